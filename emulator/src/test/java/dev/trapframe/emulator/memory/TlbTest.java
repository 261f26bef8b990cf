package dev.trapframe.emulator.memory;

import static dev.trapframe.emulator.TestMachine.KERNEL_DATA;
import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.Machine;
import dev.trapframe.emulator.TestMachine;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.TlbEntry;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.state.Cr4;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Source: Intel SDM Vol. 3A, "Caching Translation Information" and "Process-Context Identifiers (PCIDs)". */
@DisplayName("The TLB")
class TlbTest {

    private static final long CR4 = 0x6a0 | Cr4.PGE | Cr4.PCIDE;
    private static final long CR3 = 0x1000;
    private static final long ENTRY = 0x4000 + 8 * (KERNEL_DATA >>> 12);

    private final TestMachine machine = TestMachine.inKernelMode().with(MachineRegister.CR4, CR4);

    private void use(int pcid) {
        machine.cpu().set(MachineRegister.CR3, CR3 | pcid);
        machine.memory().switchContext();
    }

    /** Caches the page in a context, then takes it out of the tables. */
    private void cache(int pcid, long flags) {
        use(pcid);
        machine.physicalMemory().write(ENTRY, -1, 8, KERNEL_DATA | flags);
        machine.memory().read(SegmentRegister.DS, KERNEL_DATA, 8);
        machine.physicalMemory().write(ENTRY, -1, 8, 0);
    }

    private boolean isCached(int pcid) {
        use(pcid);
        return machine.memory().tlb().stream()
                .anyMatch(entry -> entry.linear() == KERNEL_DATA && (entry.global() || entry.pcid() == pcid));
    }

    @Test
    @DisplayName("serves a translation to its own PCID alone")
    void contexts() {
        cache(1, 3);
        use(2);
        boolean faulted = false;
        try {
            machine.memory().read(SegmentRegister.DS, KERNEL_DATA, 8);
        } catch (Fault fault) {
            faulted = true;
        }
        assertThat(faulted).isTrue();
        use(1);
        assertThat(machine.memory().read(SegmentRegister.DS, KERNEL_DATA, 8)).isZero();
    }

    @Test
    @DisplayName("serves a global translation to every PCID")
    void global() {
        cache(1, 0x103);
        use(2);
        assertThat(machine.memory().read(SegmentRegister.DS, KERNEL_DATA, 8)).isZero();
    }

    @Test
    @DisplayName("INVLPG drops the PCID's and global translations, not those of other PCIDs")
    void invlpg() {
        cache(1, 3);
        cache(2, 3);
        machine.memory().invalidate(KERNEL_DATA + 5);
        assertThat(isCached(2)).isFalse();
        assertThat(isCached(1)).isTrue();
        machine.memory().flushTlb(true);
        cache(1, 0x103);
        use(3);
        machine.memory().invalidate(KERNEL_DATA);
        assertThat(isCached(1)).isFalse();
    }

    @Test
    @DisplayName("INVPCID: type 0 spares global and other PCIDs, 1 one PCID, 3 global, 2 nothing")
    void invpcid() {
        cache(1, 3);
        cache(2, 3);
        machine.memory().invalidate(1, KERNEL_DATA);
        assertThat(isCached(1)).isFalse();
        assertThat(isCached(2)).isTrue();
        machine.memory().flushTlb(1, true);
        assertThat(isCached(2)).isTrue();
        machine.memory().flushTlb(2, false);
        assertThat(isCached(2)).isFalse();

        cache(1, 0x103);
        machine.memory().invalidate(1, KERNEL_DATA);
        machine.memory().flushTlb(1, false);
        machine.memory().flushTlb(false);
        assertThat(isCached(1)).isTrue();
        machine.memory().flushTlb(true);
        assertThat(isCached(1)).isFalse();
    }

    @Test
    @DisplayName("MOV CR3 with bit 63 keeps the stale translation, without it drops it; INVLPG drops it too")
    void program() {
        // mov 0xf000,%rax; movq $0,0x4078; mov %rbx,%cr3; mov 0xf000,%rax
        Machine stale = programWith(CR3 | 1L << 63);
        assertThat(stale.view().register(MachineRegister.RIP)).isNotEqualTo(TestMachine.HANDLER);
        Machine fresh = programWith(CR3);
        assertThat(fresh.view().register(MachineRegister.RIP)).isEqualTo(TestMachine.HANDLER);
        assertThat(fresh.view().register(MachineRegister.CR2)).isEqualTo(KERNEL_DATA);
    }

    private static Machine programWith(long cr3) {
        Machine machine = TestMachine.inKernelMode()
                .with(MachineRegister.CR4, CR4)
                .with(MachineRegister.RBX, cr3)
                .withGate(14, TestMachine.INTERRUPT_GATE, 0)
                .withCode("48 8b 04 25 00 f0 00 00 48 c7 04 25 78 40 00 00 00 00 00 00 0f 22 db"
                        + "48 8b 04 25 00 f0 00 00")
                .machine();
        for (int i = 0; i < 4; i++) machine.step();
        return machine;
    }

    @Test
    @DisplayName("shows its translations, oldest first, in a view")
    void isShown() {
        Machine machine = programWith(CR3 | 1L << 63);
        assertThat(machine.view().tlb()).extracting(TlbEntry::linear).startsWith(TestMachine.KERNEL_RIP, KERNEL_DATA);
    }

    @Test
    @DisplayName("tells what comes into it and what leaves it: replaced, dropped, or the oldest when it is full")
    void tellsItsChanges() {
        HeardChanges heard = HeardChanges.of(machine);
        Tlb tlb = new Tlb(machine.cpu());
        assertThat(tlb.insert(entry(0x1000, 7, false))).isFalse();
        assertThat(tlb.insert(entry(0x1000, 7, false))).isFalse();
        tlb.insert(entry(0x1000, 7, true));
        assertThat(heard.take()).containsExactly("in 1000", "out 1000", "in 1000", "in 1000");
        tlb.flush(8, true);
        assertThat(heard.take()).containsExactly("out 1000");
        tlb.flush(8, false);
        assertThat(tlb.entries()).containsExactly(entry(0x1000, 7, false));
        tlb.remove(entry(0x1000, 7, false));
        assertThat(tlb.entries()).isEmpty();

        for (int page = 1; page <= Tlb.CAPACITY; page++) {
            assertThat(tlb.insert(entry(0x1000L * page, 7, false))).isFalse();
        }
        heard.take();
        assertThat(tlb.insert(entry(0x1000L * (Tlb.CAPACITY + 1), 7, false))).isTrue();
        assertThat(heard.take()).containsExactly("in 601000", "out 1000");
    }

    private static TlbEntry entry(long linear, int pcid, boolean global) {
        return new TlbEntry(pcid, linear, linear, true, true, false, global, false, 0, 4096);
    }

    @Test
    @DisplayName("holds 1,536 translations; then the oldest goes")
    void isBounded() {
        TestMachine large = TestMachine.inKernelMode()
                .with(MachineRegister.CR4, 0x6a0)
                .withQuadword(0x3000 + 8, 0x83)
                .withQuadword(0x3000 + 16, 0x83)
                .withQuadword(0x3000 + 24, 0x83)
                .withQuadword(0x3000 + 32, 0x83);
        for (long page = 0; page <= Tlb.CAPACITY; page++) {
            large.memory().read(SegmentRegister.DS, 0x20_0000 + 4096 * page, 8);
        }
        assertThat(large.memory().tlb()).hasSize(Tlb.CAPACITY);
        assertThat(large.memory().tlb().get(0).linear()).isEqualTo(0x20_1000);
    }
}
