package dev.trapframe.emulator.memory;

import static dev.trapframe.emulator.TestMachine.KERNEL_DATA;
import static dev.trapframe.emulator.TestMachine.USER_DATA;
import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.TestMachine;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MicroOp;
import dev.trapframe.emulator.api.Rule;
import dev.trapframe.emulator.api.TlbEntry;
import dev.trapframe.emulator.event.ExceptionVector;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.state.Cr4;
import dev.trapframe.emulator.state.Efer;
import dev.trapframe.emulator.state.Rflags;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("A page walk")
class PageWalkTest {

    private static final long NX = 1L << 63;
    private static final long RESERVED = 1L << 51;
    private static final long CR0_WITHOUT_WP = 0x8004_0033L;
    private static final long CR4 = 0x6a0;

    /** The error code of a refused access at an address; -1 if it is permitted. */
    private static int errorCode(TestMachine machine, Access access, long linear) {
        try {
            switch (access) {
                case READ -> machine.memory().read(SegmentRegister.DS, linear, 8);
                case WRITE -> machine.memory().write(SegmentRegister.DS, linear, 8, 0);
                case FETCH -> machine.memory().translateFetch(linear);
            }
            return -1;
        } catch (Fault fault) {
            assertThat(fault.vector()).isEqualTo(ExceptionVector.PF);
            return fault.errorCode().orElseThrow();
        }
    }

    private static Rule ruleOf(TestMachine machine) {
        return ((MicroOp.PageWalkRefused) machine.memory().walk().refusal()).rule();
    }

    @Nested
    @DisplayName("gives the error code")
    class ErrorCodes {

        @ParameterizedTest(name = "user {0} of an absent page: {1}")
        @CsvSource({"READ, 4", "WRITE, 6", "FETCH, 20"})
        void userAbsent(Access access, int expected) {
            TestMachine machine = TestMachine.inUserMode().withPageEntry(USER_DATA, 0);
            assertThat(errorCode(machine, access, USER_DATA)).isEqualTo(expected);
            assertThat(ruleOf(machine)).isEqualTo(Rule.PAGE_PRESENT);
        }

        @ParameterizedTest(name = "kernel {0} of an absent page: {1}")
        @CsvSource({"READ, 0", "WRITE, 2", "FETCH, 16"})
        void kernelAbsent(Access access, int expected) {
            assertThat(errorCode(TestMachine.inKernelMode(), access, 0x10)).isEqualTo(expected);
        }

        @ParameterizedTest(name = "user {0} of a supervisor page: {1}")
        @CsvSource({"READ, 5", "WRITE, 7", "FETCH, 21"})
        void supervisorPage(Access access, int expected) {
            TestMachine machine = TestMachine.inUserMode();
            assertThat(errorCode(machine, access, KERNEL_DATA)).isEqualTo(expected);
            assertThat(ruleOf(machine)).isEqualTo(Rule.PAGE_USER_SUPERVISOR);
        }

        @Test
        @DisplayName("7 for a user's write to a read-only page")
        void userReadOnly() {
            TestMachine machine = TestMachine.inUserMode().withPageEntry(USER_DATA, USER_DATA | 5);
            assertThat(errorCode(machine, Access.READ, USER_DATA)).isEqualTo(-1);
            assertThat(errorCode(machine, Access.WRITE, USER_DATA)).isEqualTo(7);
            assertThat(ruleOf(machine)).isEqualTo(Rule.PAGE_WRITABLE);
        }

        @Test
        @DisplayName("3 for the kernel's write to a read-only page with CR0.WP, none without")
        void writeProtect() {
            TestMachine machine = TestMachine.inKernelMode().withPageEntry(KERNEL_DATA, KERNEL_DATA | 1);
            assertThat(errorCode(machine, Access.WRITE, KERNEL_DATA)).isEqualTo(3);
            machine.cpu().set(MachineRegister.CR0, CR0_WITHOUT_WP);
            assertThat(errorCode(machine, Access.WRITE, KERNEL_DATA)).isEqualTo(-1);
        }

        @Test
        @DisplayName("0x15 for a user's fetch from an NX page, 0x11 for the kernel's")
        void noExecute() {
            TestMachine user = TestMachine.inUserMode().withPageEntry(USER_DATA, USER_DATA | 7 | NX);
            assertThat(errorCode(user, Access.FETCH, USER_DATA)).isEqualTo(0x15);
            assertThat(ruleOf(user)).isEqualTo(Rule.PAGE_EXECUTABLE);
            TestMachine kernel = TestMachine.inKernelMode().withPageEntry(KERNEL_DATA, KERNEL_DATA | 3 | NX);
            assertThat(errorCode(kernel, Access.FETCH, KERNEL_DATA)).isEqualTo(0x11);
        }

        @Test
        @DisplayName("with P and RSVD for bit 51")
        void reservedBits() {
            TestMachine machine = TestMachine.inUserMode().withPageEntry(USER_DATA, USER_DATA | 7 | RESERVED);
            assertThat(errorCode(machine, Access.READ, USER_DATA)).isEqualTo(0xd);
            assertThat(errorCode(machine, Access.WRITE, USER_DATA)).isEqualTo(0xf);
            assertThat(ruleOf(machine)).isEqualTo(Rule.PAGE_RESERVED_BITS);
        }

        @Test
        @DisplayName("with RSVD for bit 63 where EFER.NXE is 0, and then no I/D for fetches")
        void noExecuteIsReservedWithoutNxe() {
            TestMachine machine = TestMachine.inUserMode()
                    .with(MachineRegister.EFER, 0xd01 & ~Efer.NXE)
                    .withPageEntry(USER_DATA, USER_DATA | 7 | NX);
            assertThat(errorCode(machine, Access.FETCH, USER_DATA)).isEqualTo(0xd);
        }

        @Test
        @DisplayName("for the first byte that could not be reached, over a page border; nothing is written")
        void overAPageBorder() {
            TestMachine machine = TestMachine.inUserMode()
                    .withPageEntry(USER_DATA + 0x1000, 0)
                    .withQuadword(USER_DATA + 0xff8, -1);
            assertThat(errorCode(machine, Access.WRITE, USER_DATA + 0xffd)).isEqualTo(6);
            assertThat(machine.memory().walk().refusedLinear()).isEqualTo(USER_DATA + 0x1000);
            assertThat(machine.physicalMemory().read(USER_DATA + 0xff8, 8)).isEqualTo(-1);
        }
    }

    @Nested
    @DisplayName("keeps the supervisor")
    class SupervisorModes {

        @Test
        @DisplayName("from fetching user pages with SMEP")
        void smep() {
            TestMachine machine = TestMachine.inKernelMode();
            assertThat(errorCode(machine, Access.FETCH, USER_DATA)).isEqualTo(-1);
            machine.cpu().set(MachineRegister.CR4, CR4 | Cr4.SMEP);
            assertThat(errorCode(machine, Access.FETCH, USER_DATA)).isEqualTo(0x11);
            assertThat(ruleOf(machine)).isEqualTo(Rule.PAGE_SMEP);
        }

        @Test
        @DisplayName("from user data with SMAP, unless RFLAGS.AC is set; the processor's own accesses even then")
        void smap() {
            TestMachine machine = TestMachine.inKernelMode().with(MachineRegister.CR4, CR4 | Cr4.SMAP);
            assertThat(errorCode(machine, Access.READ, USER_DATA)).isEqualTo(1);
            assertThat(ruleOf(machine)).isEqualTo(Rule.PAGE_SMAP);
            machine.cpu().setRflags(2 | Rflags.AC);
            assertThat(errorCode(machine, Access.READ, USER_DATA)).isEqualTo(-1);
            try {
                machine.memory().readSystem(USER_DATA, 8);
                throw new AssertionError("SMAP let an implicit access through");
            } catch (Fault fault) {
                assertThat(fault.errorCode()).hasValue(1);
            }
        }
    }

    @Nested
    @DisplayName("asks its own flag and no other:")
    class OwnFlags {

        /** CR4.VME, CR0.PE and RFLAGS.CF: bit 0 of each, which decides nothing here. */
        private static final long BIT_0 = 1;

        @Test
        @DisplayName("SMEP, SMAP, PKE, PKS, LA57 and PGE are off whatever else is set in CR4")
        void controlRegister4() {
            TestMachine kernel = TestMachine.inKernelMode()
                    .with(MachineRegister.CR4, (CR4 & ~Cr4.PGE) | BIT_0)
                    .with(MachineRegister.PKRU, -1)
                    .with(MachineRegister.PKRS, -1)
                    .withPageEntry(KERNEL_DATA, KERNEL_DATA | 0x103);
            assertThat(errorCode(kernel, Access.FETCH, USER_DATA)).isEqualTo(-1);
            assertThat(errorCode(kernel, Access.READ, USER_DATA)).isEqualTo(-1);
            assertThat(errorCode(kernel, Access.WRITE, KERNEL_DATA)).isEqualTo(-1);
            assertThat(kernel.memory().tlb()).noneMatch(TlbEntry::global);
            TestMachine user = TestMachine.inUserMode()
                    .with(MachineRegister.CR4, CR4 | BIT_0)
                    .with(MachineRegister.PKRU, -1);
            assertThat(errorCode(user, Access.WRITE, USER_DATA)).isEqualTo(-1);
        }

        @Test
        @DisplayName("without EFER.NXE and SMEP the error code has no I/D")
        void instructionOrData() {
            TestMachine machine = TestMachine.inUserMode()
                    .with(MachineRegister.EFER, 0xd01 & ~Efer.NXE)
                    .with(MachineRegister.CR4, CR4 | BIT_0)
                    .withPageEntry(USER_DATA, 0);
            assertThat(errorCode(machine, Access.FETCH, USER_DATA)).isEqualTo(4);
            machine.cpu().set(MachineRegister.CR4, CR4 | Cr4.SMEP);
            assertThat(errorCode(machine, Access.FETCH, USER_DATA)).isEqualTo(0x14);
        }

        @Test
        @DisplayName("SMAP is lifted by RFLAGS.AC, not by CF")
        void alignmentCheckFlag() {
            TestMachine machine = TestMachine.inKernelMode()
                    .with(MachineRegister.CR4, CR4 | Cr4.SMAP)
                    .with(MachineRegister.RFLAGS, 2 | BIT_0);
            assertThat(errorCode(machine, Access.READ, USER_DATA)).isEqualTo(1);
        }
    }

    @Nested
    @DisplayName("asks the protection key")
    class ProtectionKeys {

        private static final long KEY_5 = 5L << 59;
        private static final long ACCESS_DISABLE = 0x400;
        private static final long WRITE_DISABLE = 0x800;

        private final TestMachine user = TestMachine.inUserMode()
                .with(MachineRegister.CR4, CR4 | Cr4.PKE)
                .withPageEntry(USER_DATA, USER_DATA | 7 | KEY_5);
        private final TestMachine kernel = TestMachine.inKernelMode()
                .with(MachineRegister.CR4, CR4 | Cr4.PKS)
                .withPageEntry(KERNEL_DATA, KERNEL_DATA | 3 | KEY_5);

        @Test
        @DisplayName("in PKRU for user pages: 0x25 for reads, 0x27 for writes, never for fetches")
        void userKeys() {
            user.with(MachineRegister.PKRU, ACCESS_DISABLE);
            assertThat(errorCode(user, Access.READ, USER_DATA)).isEqualTo(0x25);
            assertThat(errorCode(user, Access.WRITE, USER_DATA)).isEqualTo(0x27);
            assertThat(ruleOf(user)).isEqualTo(Rule.PAGE_PROTECTION_KEY);
            assertThat(errorCode(user, Access.FETCH, USER_DATA)).isEqualTo(-1);
        }

        @Test
        @DisplayName("in IA32_PKRS for supervisor pages: WD stops writes with CR0.WP only")
        void supervisorKeys() {
            kernel.with(MachineRegister.PKRS, WRITE_DISABLE);
            assertThat(errorCode(kernel, Access.READ, KERNEL_DATA)).isEqualTo(-1);
            assertThat(errorCode(kernel, Access.WRITE, KERNEL_DATA)).isEqualTo(0x23);
            kernel.cpu().set(MachineRegister.CR0, CR0_WITHOUT_WP);
            assertThat(errorCode(kernel, Access.WRITE, KERNEL_DATA)).isEqualTo(-1);
        }

        @Test
        @DisplayName("again when the register changes, although the translation is cached")
        void followsTheRegister() {
            assertThat(errorCode(kernel, Access.WRITE, KERNEL_DATA)).isEqualTo(-1);
            kernel.cpu().set(MachineRegister.PKRS, ACCESS_DISABLE);
            assertThat(errorCode(kernel, Access.READ, KERNEL_DATA)).isEqualTo(0x21);
        }
    }

    @Nested
    @DisplayName("maps")
    class Mapping {

        private static final long LARGE = 0x20_0000L;
        private static final long HUGE = 0x4000_0000L;

        @Test
        @DisplayName("2 MiB pages, whose low address bits are reserved but for PAT")
        void largePages() {
            TestMachine machine =
                    TestMachine.inKernelMode().withQuadword(0x3008, 0x1083).withBytes(0xf008, "77");
            assertThat(machine.memory().read(SegmentRegister.DS, LARGE + 0xf008, 1))
                    .isEqualTo(0x77);
            TestMachine reserved = TestMachine.inKernelMode().withQuadword(0x3008, 0x2083);
            assertThat(errorCode(reserved, Access.READ, LARGE)).isEqualTo(9);
        }

        @ParameterizedTest(name = "level {0}: {1}")
        @CsvSource({"1, -1", "2, -1", "3, -1", "4, 9"})
        @DisplayName("pages by bit 7 at levels 2 and 3; at level 4 it is reserved, at level 1 it is PAT")
        void pageSizeBit(int level, int expected) {
            long linear = level == 1 ? KERNEL_DATA : 1L << 3 + 9 * level;
            long entry = level == 1 ? 0x4000 + 8 * (KERNEL_DATA >>> 12) : 0x5008 - 0x1000L * level;
            TestMachine machine =
                    TestMachine.inKernelMode().withQuadword(entry, level == 1 ? KERNEL_DATA | 0x83 : 0x83);
            assertThat(errorCode(machine, Access.READ, linear)).isEqualTo(expected);
        }

        @Test
        @DisplayName("the last page of a table by its last entry")
        void lastEntry() {
            TestMachine machine = TestMachine.inKernelMode();
            assertThat(machine.memory().read(SegmentRegister.DS, 0x1f_f000, 8)).isZero();
            assertThat(machine.memory().tlb().get(0).physical()).isEqualTo(0x1f_f000);
        }

        @Test
        @DisplayName("addresses to look at, whoever may use them, and changes nothing by it")
        void look() {
            TestMachine machine = TestMachine.inUserMode();
            HeardChanges heard = HeardChanges.of(machine);
            assertThat(machine.memory().look(KERNEL_DATA + 0x123)).hasValue(KERNEL_DATA + 0x123);
            assertThat(machine.memory().look(0x10)).isEmpty();
            assertThat(machine.memory().look(1L << 48 | KERNEL_DATA)).isEmpty();
            assertThat(heard.take()).isEmpty();
            assertThat(machine.memory().tlb()).isEmpty();
        }

        @ParameterizedTest(name = "entry flags {0}")
        @CsvSource({
            "0x001, false, false, false, false, false, 0",
            "0x003, false, true, false, false, false, 0",
            "0x005, true, false, false, false, false, 0",
            "0x8000000000000001, false, false, true, false, false, 0",
            "0x101, false, false, false, true, false, 0",
            "0x041, false, false, false, false, true, 0",
            "0x4800000000000001, false, false, false, false, false, 9"
        })
        @DisplayName("with the rights of the last entry")
        void cachesRights(
                String flags,
                boolean user,
                boolean writable,
                boolean noExecute,
                boolean global,
                boolean dirty,
                int key) {
            TestMachine machine = TestMachine.inKernelMode()
                    .with(MachineRegister.CR4, CR4 | Cr4.PGE)
                    .withPageEntry(KERNEL_DATA, 0x20000 | Long.parseUnsignedLong(flags.substring(2), 16));
            machine.memory().read(SegmentRegister.DS, KERNEL_DATA + 5, 1);
            assertThat(machine.memory().tlb())
                    .containsExactly(
                            new TlbEntry(0, KERNEL_DATA, 0x20000, user, writable, noExecute, global, dirty, key, 4096));
        }

        @ParameterizedTest(name = "table at {0}")
        @CsvSource({"0x1000", "0x2000", "0x3000"})
        @DisplayName("with no more rights than every level grants")
        void rightsOfAllLevels(String table) {
            TestMachine machine = TestMachine.inKernelMode();
            long entry = Long.decode(table);
            machine.withQuadword(entry, entry + 0x1000 | 1 | NX);
            machine.memory().read(SegmentRegister.DS, USER_DATA, 8);
            assertThat(machine.memory().tlb())
                    .containsExactly(new TlbEntry(0, USER_DATA, USER_DATA, false, false, true, false, false, 0, 4096));
        }

        @Test
        @DisplayName("and writes only the accessed and dirty bits that were 0, as the processor's own writes")
        void changesOnce() {
            TestMachine machine = TestMachine.inKernelMode();
            HeardChanges heard = HeardChanges.of(machine);
            long entry = 0x4000 + 8 * (KERNEL_DATA >>> 12);
            machine.memory().readSystem(KERNEL_DATA, 8);
            String ofEntry = String.format("%x of ffffffffffffffff, 1 bytes: ", entry);
            assertThat(heard.take())
                    .containsExactly(
                            "1000 of ffffffffffffffff, 1 bytes: 7 to 27",
                            "2000 of ffffffffffffffff, 1 bytes: 7 to 27",
                            "3000 of ffffffffffffffff, 1 bytes: 7 to 27",
                            ofEntry + "3 to 23",
                            "in f000");
            machine.memory().writeSystem(KERNEL_DATA, 8, 0);
            assertThat(heard.take())
                    .containsExactly(
                            "out f000", ofEntry + "23 to 63", "in f000 dirty", "f000 of f000, 8 bytes: 0 to 0");
            machine.memory().writeSystem(KERNEL_DATA, 8, 0);
            assertThat(heard.take()).containsExactly("f000 of f000, 8 bytes: 0 to 0");
        }

        @Test
        @DisplayName("1 GiB pages")
        void hugePages() {
            TestMachine machine =
                    TestMachine.inKernelMode().withQuadword(0x2008, 0x83).withBytes(0xf008, "77");
            assertThat(machine.memory().read(SegmentRegister.DS, HUGE + 0xf008, 1))
                    .isEqualTo(0x77);
        }

        @Test
        @DisplayName("and sets A in every level used, D in the last one by writes only")
        void accessedAndDirty() {
            TestMachine machine = TestMachine.inKernelMode();
            long entry = 0x4000 + 8 * (KERNEL_DATA >>> 12);
            machine.memory().read(SegmentRegister.DS, KERNEL_DATA, 8);
            assertThat(machine.physicalMemory().read(0x1000, 8)).isEqualTo(0x2027);
            assertThat(machine.physicalMemory().read(entry, 8)).isEqualTo(KERNEL_DATA | 0x23);
            machine.memory().write(SegmentRegister.DS, KERNEL_DATA, 8, 1);
            assertThat(machine.physicalMemory().read(entry, 8)).isEqualTo(KERNEL_DATA | 0x63);
        }

        @Test
        @DisplayName("and leaves the last level's A alone where it refuses")
        void refusedLeavesAccessed() {
            TestMachine machine = TestMachine.inUserMode();
            errorCode(machine, Access.READ, KERNEL_DATA);
            assertThat(machine.physicalMemory().read(0x4000 + 8 * (KERNEL_DATA >>> 12), 8))
                    .isEqualTo(KERNEL_DATA | 3);
        }
    }

    @Nested
    @DisplayName("is not made again while the TLB holds the translation:")
    class Caching {

        private final TestMachine machine = TestMachine.inKernelMode().with(MachineRegister.CR4, CR4 | Cr4.PGE);
        private final long entry = 0x4000 + 8 * (KERNEL_DATA >>> 12);

        private int readAfter(long oldEntry, Runnable invalidation) {
            machine.physicalMemory().write(entry, -1, 8, oldEntry);
            machine.memory().flushTlb(true);
            machine.memory().read(SegmentRegister.DS, KERNEL_DATA, 8);
            machine.physicalMemory().write(entry, -1, 8, 0);
            invalidation.run();
            return errorCode(machine, Access.READ, KERNEL_DATA);
        }

        @Test
        @DisplayName("it stays though the tables have changed")
        void staysStale() {
            assertThat(readAfter(KERNEL_DATA | 3, () -> {})).isEqualTo(-1);
        }

        @Test
        @DisplayName("INVLPG of any byte of the page drops it")
        void invlpg() {
            assertThat(readAfter(KERNEL_DATA | 3, () -> machine.memory().invalidate(KERNEL_DATA + 0x123)))
                    .isZero();
        }

        @Test
        @DisplayName("a #PF drops it. SDM Vol. 3A, Operations that Invalidate TLBs and Paging-Structure Caches")
        void pageFault() {
            machine.physicalMemory().write(entry, -1, 8, KERNEL_DATA | 1);
            machine.memory().read(SegmentRegister.DS, KERNEL_DATA, 8);
            int generation = machine.memory().tlbGeneration();
            assertThat(errorCode(machine, Access.WRITE, KERNEL_DATA)).isEqualTo(3);
            assertThat(machine.memory().tlb()).isEmpty();
            assertThat(machine.memory().tlbGeneration()).isGreaterThan(generation);
        }

        @Test
        @DisplayName("a flush drops it, but a global one only if it is told to")
        void flush() {
            assertThat(readAfter(KERNEL_DATA | 3, () -> machine.memory().flushTlb(false)))
                    .isZero();
            assertThat(readAfter(KERNEL_DATA | 0x103, () -> machine.memory().flushTlb(false)))
                    .isEqualTo(-1);
            assertThat(readAfter(KERNEL_DATA | 0x103, () -> machine.memory().flushTlb(true)))
                    .isZero();
        }
    }

    @Test
    @DisplayName("tells the entries it has read, from the top, when it refuses")
    void tellsTheEntries() {
        TestMachine machine = TestMachine.inUserMode().withPageEntry(USER_DATA, USER_DATA | 7 | RESERVED);
        errorCode(machine, Access.READ, USER_DATA);

        MicroOp.PageWalkRefused refusal =
                (MicroOp.PageWalkRefused) machine.memory().walk().refusal();
        assertThat(refusal.linear()).isEqualTo(USER_DATA);
        assertThat(refusal.entries()).extracting(MicroOp.PagingEntry::level).containsExactly(4, 3, 2, 1);
        assertThat(refusal.entries().get(3).value()).isEqualTo(USER_DATA | 7 | RESERVED);
    }
}
