package dev.trapframe.emulator.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trapframe.emulator.ProtectedMachine;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MicroOp;
import dev.trapframe.emulator.api.MicroOp.PagingEntry;
import dev.trapframe.emulator.api.Rule;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.state.Cr4;
import dev.trapframe.emulator.state.Efer;
import dev.trapframe.emulator.state.Rflags;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Source: Intel SDM Vol. 3A, "Paging". */
@DisplayName("Outside of IA-32e mode")
class LegacyPagingTest {

    private static final long PAGED = 0x8000_0011L;
    private static final long DIRECTORY = 0x1_0000;
    private static final long TABLE = 0x1_1000;
    private static final long POINTERS = 0x1_2020;
    private static final long LINEAR = 0x0040_3000;
    private static final long FRAME = 0x2_0000;

    private static String outcome(ProtectedMachine machine, Access access, long linear) {
        try {
            switch (access) {
                case READ -> machine.memory().read(SegmentRegister.DS, linear, 4);
                case WRITE -> machine.memory().write(SegmentRegister.DS, linear, 4, 0);
                case FETCH -> machine.memory().translateFetch(linear);
            }
            return "ok";
        } catch (Fault fault) {
            return fault.getMessage();
        }
    }

    private static long physical(ProtectedMachine machine, long linear) {
        OptionalLong found = machine.memory().look(linear);
        return found.orElse(-1);
    }

    private static long word(ProtectedMachine machine, long physical, int sizeBytes) {
        machine.cpu().set(MachineRegister.CR0, 0x11);
        return machine.memory().readSystem(physical, sizeBytes);
    }

    private static MicroOp.PageWalkRefused refusal(ProtectedMachine machine) {
        return (MicroOp.PageWalkRefused) machine.memory().walk().refusal();
    }

    /** Directory entry 1, table entry 3. */
    private static ProtectedMachine in32Bit(int cpl, long directoryEntry, long tableEntry) {
        return (cpl == 0 ? ProtectedMachine.inKernelMode() : ProtectedMachine.inUserMode())
                .with(MachineRegister.CR0, PAGED)
                .with(MachineRegister.CR3, DIRECTORY)
                .put(DIRECTORY + 4, 4, directoryEntry)
                .put(TABLE + 12, 4, tableEntry);
    }

    /** Pointer 0, directory entry 2, table entry 3. */
    private static ProtectedMachine inPae(int cpl, long directoryEntry, long tableEntry) {
        return (cpl == 0 ? ProtectedMachine.inKernelMode() : ProtectedMachine.inUserMode())
                .with(MachineRegister.CR0, PAGED)
                .with(MachineRegister.CR3, POINTERS)
                .with(MachineRegister.CR4, Cr4.PAE)
                .with(MachineRegister.PDPTE0, DIRECTORY | 1)
                .put(DIRECTORY + 16, 8, directoryEntry)
                .put(TABLE + 24, 8, tableEntry);
    }

    @Nested
    @DisplayName("with paging off")
    class Off {

        @Test
        @DisplayName("linear addresses are physical, and those beyond 4 GiB begin at 0 again")
        void identity() {
            ProtectedMachine machine = ProtectedMachine.inKernelMode().put(0x1234, 4, 0xcafe_babeL);
            assertThat(machine.memory().read(SegmentRegister.DS, 0x1234, 4)).isEqualTo(0xcafe_babeL);
            assertThat(machine.memory().read(SegmentRegister.DS, 0x1_0000_1234L, 4))
                    .isEqualTo(0xcafe_babeL);
            assertThat(physical(machine, 0xffff_f123L)).isEqualTo(0xffff_f123L);
            assertThat(machine.memory().tlb()).isEmpty();
        }

        @Test
        @DisplayName("no right is asked for, whoever asks")
        void noRights() {
            ProtectedMachine machine = ProtectedMachine.inUserMode().with(MachineRegister.CR4, Cr4.SMEP | Cr4.SMAP);
            for (Access access : Access.values())
                assertThat(outcome(machine, access, 0x3000)).isEqualTo("ok");
        }
    }

    @Nested
    @DisplayName("with 32-bit paging")
    class ThirtyTwoBit {

        @Test
        @DisplayName("two levels of 4-byte entries lead to a page, and are marked accessed and dirty")
        void translates() {
            ProtectedMachine machine = in32Bit(0, TABLE | 3, FRAME | 3);
            assertThat(physical(machine, LINEAR + 0x123)).isEqualTo(FRAME + 0x123);
            assertThat(outcome(machine, Access.READ, LINEAR)).isEqualTo("ok");
            assertThat(outcome(machine, Access.WRITE, LINEAR)).isEqualTo("ok");
            assertThat(machine.memory().tlb()).singleElement().satisfies(entry -> {
                assertThat(entry.physical()).isEqualTo(FRAME);
                assertThat(entry.dirty()).isTrue();
                assertThat(entry.noExecute()).isFalse();
            });
            assertThat(word(machine, DIRECTORY + 4, 4)).isEqualTo(TABLE | 0x23);
            assertThat(word(machine, TABLE + 12, 4)).isEqualTo(FRAME | 0x63);
        }

        @ParameterizedTest(name = "entry 0x{0}: linear 0x403456 is physical 0x{1}")
        @CsvSource({"800083, 803456", "c00083, c03456", "802083, 100803456", "9fe083, ff00803456"})
        @DisplayName("CR4.PSE: an entry of the directory maps 4 MiB, address bits 39 to 32 in its bits 20 to 13")
        void largePages(String entry, String expected) {
            ProtectedMachine machine = in32Bit(0, Long.parseLong(entry, 16), 0).with(MachineRegister.CR4, Cr4.PSE);
            assertThat(Long.toHexString(physical(machine, 0x40_3456))).isEqualTo(expected);
        }

        @Test
        @DisplayName("bit 21 of an entry for 4 MiB is reserved, bit 12 is not; without CR4.PSE bit 7 says nothing")
        void largePageReserved() {
            ProtectedMachine machine = in32Bit(0, 0xa0_0083, 0).with(MachineRegister.CR4, Cr4.PSE);
            assertThat(outcome(machine, Access.READ, LINEAR)).isEqualTo("#PF(0x9)");
            assertThat(refusal(machine).rule()).isEqualTo(Rule.PAGE_RESERVED_BITS);
            machine = in32Bit(0, 0x80_1083, 0).with(MachineRegister.CR4, Cr4.PSE);
            assertThat(physical(machine, LINEAR)).isEqualTo(0x80_3000);
            machine = in32Bit(0, TABLE | 0x83, FRAME | 3);
            assertThat(physical(machine, LINEAR)).isEqualTo(FRAME);
        }

        @ParameterizedTest(name = "CPL {0}, {1}, PDE {2}, PTE {3}, CR4 {4}, WP {5}: {6}")
        @CsvSource({
            "0, READ, 0, 3, 0, 0, #PF(0x0)",
            "0, WRITE, 3, 2, 0, 0, #PF(0x2)",
            "3, READ, 7, 6, 0, 0, #PF(0x4)",
            "3, FETCH, 7, 6, 0, 0, #PF(0x4)",
            "3, FETCH, 7, 6, 100000, 0, #PF(0x14)",
            "3, READ, 3, 7, 0, 0, #PF(0x5)",
            "3, READ, 7, 3, 0, 0, #PF(0x5)",
            "3, WRITE, 7, 5, 0, 0, #PF(0x7)",
            "3, WRITE, 5, 7, 0, 0, #PF(0x7)",
            "3, WRITE, 7, 7, 0, 0, ok",
            "0, WRITE, 1, 1, 0, 0, ok",
            "0, WRITE, 1, 3, 0, 10000, #PF(0x3)",
            "0, READ, 7, 7, 200000, 0, #PF(0x1)",
            "0, READ, 7, 3, 200000, 0, ok",
            "0, FETCH, 7, 7, 100000, 0, #PF(0x11)",
            "0, FETCH, 7, 7, 0, 0, ok"
        })
        void rights(int cpl, Access access, String pde, String pte, String cr4, String wp, String expected) {
            ProtectedMachine machine = in32Bit(cpl, TABLE | Long.parseLong(pde, 16), FRAME | Long.parseLong(pte, 16))
                    .with(MachineRegister.CR4, Long.parseLong(cr4, 16))
                    .with(MachineRegister.CR0, PAGED | Long.parseLong(wp, 16));
            assertThat(outcome(machine, access, LINEAR)).isEqualTo(expected);
        }

        @Test
        @DisplayName("CR4.PSE alone makes large pages of entries with bit 7; the bits beside these two do not")
        void sizeBits() {
            ProtectedMachine small = in32Bit(0, TABLE | 3, FRAME | 3).with(MachineRegister.CR4, Cr4.PSE | 1);
            assertThat(physical(small, LINEAR)).as("bit 7 is 0").isEqualTo(FRAME);
            ProtectedMachine without = in32Bit(0, TABLE | 0x83, FRAME | 3).with(MachineRegister.CR4, 1);
            assertThat(physical(without, LINEAR)).as("CR4.PSE is 0").isEqualTo(FRAME);
            ProtectedMachine table = in32Bit(0, TABLE | 3, FRAME | 0x20_0083).with(MachineRegister.CR4, Cr4.PSE);
            assertThat(outcome(table, Access.READ, LINEAR))
                    .as("bits 7 and 21 of a page's entry")
                    .isEqualTo("ok");
            ProtectedMachine base = in32Bit(0, TABLE | 3, FRAME | 3).with(MachineRegister.CR3, DIRECTORY | 0xfff);
            assertThat(physical(base, LINEAR)).as("CR3 below bit 12").isEqualTo(FRAME);
        }

        @Test
        @DisplayName("EFER.NXE without CR4.PAE: a fetch is not told from a read in the error code")
        void noFetchBit() {
            ProtectedMachine machine = in32Bit(0, TABLE | 3, 0).with(MachineRegister.EFER, Efer.NXE);
            assertThat(outcome(machine, Access.FETCH, LINEAR)).isEqualTo("#PF(0x0)");
            machine.cpu().set(MachineRegister.CR4, 1);
            assertThat(outcome(machine, Access.FETCH, LINEAR))
                    .as("CR4.VME is no PAE")
                    .isEqualTo("#PF(0x0)");
        }

        @Test
        @DisplayName("bit 21 of an entry that leads to a table is a bit of its address")
        void tableAbove2MiB() {
            long high = 0x20_0000L;
            ProtectedMachine machine = in32Bit(0, high | TABLE | 3, 0)
                    .with(MachineRegister.CR4, Cr4.PSE)
                    .put(high + TABLE + 12, 4, FRAME | 3);
            assertThat(outcome(machine, Access.READ, LINEAR)).isEqualTo("ok");
        }

        @Test
        @DisplayName("a refused walk tells the entries of levels 2 and 1")
        void refusalTells() {
            ProtectedMachine machine = in32Bit(0, TABLE | 3, 0);
            outcome(machine, Access.READ, LINEAR + 8);
            assertThat(refusal(machine))
                    .isEqualTo(new MicroOp.PageWalkRefused(
                            LINEAR + 8,
                            List.of(new PagingEntry(2, DIRECTORY + 4, TABLE | 0x23), new PagingEntry(1, TABLE + 12, 0)),
                            Rule.PAGE_PRESENT));
        }
    }

    @Nested
    @DisplayName("with PAE paging")
    class Pae {

        @Test
        @DisplayName("the register of the two upper address bits leads to two levels of 8-byte entries")
        void translates() {
            ProtectedMachine machine = inPae(0, TABLE | 3, FRAME | 3);
            assertThat(physical(machine, LINEAR + 0x123)).isEqualTo(FRAME + 0x123);
            assertThat(physical(machine, LINEAR + 0x4000_0000L)).isEqualTo(-1);
            assertThat(outcome(machine, Access.WRITE, LINEAR)).isEqualTo("ok");
            assertThat(word(machine, DIRECTORY + 16, 8)).isEqualTo(TABLE | 0x23);
            assertThat(word(machine, TABLE + 24, 8)).isEqualTo(FRAME | 0x63);
            assertThat(machine.cpu().get(MachineRegister.PDPTE0)).isEqualTo(DIRECTORY | 1);
        }

        @Test
        @DisplayName("an entry of the directory may map 2 MiB")
        void largePages() {
            ProtectedMachine machine = inPae(0, 0x60_0083, 0);
            assertThat(physical(machine, LINEAR + 0x456)).isEqualTo(0x60_3456);
        }

        @Test
        @DisplayName("the walk follows the registers, whatever stands in memory by now")
        void registersCount() {
            ProtectedMachine machine = inPae(0, TABLE | 3, FRAME | 3).put(POINTERS, 8, 0);
            assertThat(outcome(machine, Access.READ, LINEAR)).isEqualTo("ok");
        }

        @ParameterizedTest(name = "CPL {0}, {1}, PDE {2}, PTE {3}, EFER {4}, CR4 {5}, WP {6}: {7}")
        @CsvSource({
            "0, READ, 0, 3, 0, 20, 0, #PF(0x0)",
            "3, WRITE, 7, 6, 0, 20, 0, #PF(0x6)",
            "3, FETCH, 7, 6, 0, 20, 0, #PF(0x4)",
            "3, FETCH, 7, 6, 800, 20, 0, #PF(0x14)",
            "3, READ, 3, 7, 0, 20, 0, #PF(0x5)",
            "3, WRITE, 5, 7, 0, 20, 0, #PF(0x7)",
            "0, WRITE, 1, 1, 0, 20, 0, ok",
            "0, WRITE, 1, 1, 0, 20, 10000, #PF(0x3)",
            "0, READ, 7, 7, 0, 200020, 0, #PF(0x1)",
            "0, FETCH, 7, 7, 0, 100020, 0, #PF(0x11)",
            "0, READ, 3, 8000000000000003, 0, 20, 0, #PF(0x9)",
            "0, READ, 3, 8000000000000003, 800, 20, 0, ok",
            "0, FETCH, 3, 8000000000000003, 800, 20, 0, #PF(0x11)",
            "3, FETCH, 8000000000000007, 7, 800, 20, 0, #PF(0x15)",
            "0, WRITE, 3, 4000000000000003, 800, 20, 0, #PF(0xb)",
            "0, READ, 10000000000003, 3, 800, 20, 0, #PF(0x9)",
            "0, READ, 400000000003, 3, 800, 20, 0, #PF(0x9)",
            "0, READ, 3, 400000000003, 800, 20, 0, #PF(0x9)",
            "0, READ, 1000a3, 3, 0, 20, 0, #PF(0x9)",
            "0, READ, 2000a3, 3, 0, 20, 0, ok"
        })
        void rights(
                int cpl, Access access, String pde, String pte, String efer, String cr4, String wp, String expected) {
            long directoryEntry = Long.parseUnsignedLong(pde, 16);
            long table = (directoryEntry & 0x80) == 0 ? TABLE : 0;
            ProtectedMachine machine = inPae(cpl, table | directoryEntry, FRAME | Long.parseUnsignedLong(pte, 16))
                    .with(MachineRegister.EFER, Long.parseLong(efer, 16))
                    .with(MachineRegister.CR4, Long.parseLong(cr4, 16))
                    .with(MachineRegister.CR0, PAGED | Long.parseLong(wp, 16));
            assertThat(outcome(machine, access, LINEAR)).isEqualTo(expected);
        }

        @Test
        @DisplayName("there are no protection keys, whatever CR4.PKE, CR4.PKS and the key registers say")
        void noKeys() {
            ProtectedMachine machine = inPae(3, TABLE | 7, FRAME | 7)
                    .with(MachineRegister.CR4, Cr4.PAE | Cr4.PKE | Cr4.PKS)
                    .with(MachineRegister.PKRU, 0xffff_ffffL)
                    .with(MachineRegister.PKRS, 0xffff_ffffL);
            assertThat(outcome(machine, Access.WRITE, LINEAR)).isEqualTo("ok");
        }

        @Test
        @DisplayName("RFLAGS.AC lifts SMAP")
        void smapLifted() {
            ProtectedMachine machine = inPae(0, TABLE | 7, FRAME | 7)
                    .with(MachineRegister.CR4, Cr4.PAE | Cr4.SMAP)
                    .with(MachineRegister.RFLAGS, Rflags.AC);
            assertThat(outcome(machine, Access.WRITE, LINEAR)).isEqualTo("ok");
        }

        @Test
        @DisplayName("an absent pointer is #PF, and the refused walk tells the register as level 3")
        void absentPointer() {
            ProtectedMachine machine = inPae(3, TABLE | 7, FRAME | 7).with(MachineRegister.PDPTE3, 0xabc_d000L);
            assertThat(outcome(machine, Access.WRITE, 0xc000_1000L)).isEqualTo("#PF(0x6)");
            assertThat(refusal(machine))
                    .isEqualTo(new MicroOp.PageWalkRefused(
                            0xc000_1000L, List.of(new PagingEntry(3, POINTERS + 24, 0xabc_d000L)), Rule.PAGE_PRESENT));
            machine.cpu().set(MachineRegister.CR3, POINTERS | 0x1f);
            assertThat(outcome(machine, Access.READ, 0xc000_1000L)).isEqualTo("#PF(0x4)");
            assertThat(refusal(machine).entries().get(0).physical())
                    .as("CR3 below bit 5")
                    .isEqualTo(POINTERS + 24);
        }

        @Test
        @DisplayName("bit 63 of an entry is reserved while EFER.NXE is 0, whatever EFER.SCE says")
        void noExecuteReserved() {
            ProtectedMachine machine = inPae(0, TABLE | 3, 1L << 63 | FRAME | 3).with(MachineRegister.EFER, Efer.SCE);
            assertThat(outcome(machine, Access.READ, 0x40_3000L)).isEqualTo("#PF(0x9)");
            machine.cpu().set(MachineRegister.EFER, Efer.NXE);
            assertThat(outcome(machine, Access.READ, 0x40_3000L)).isEqualTo("ok");
        }

        @Test
        @DisplayName(
                "loading takes four entries from CR3, all or none: #GP(0) if one that is present has reserved bits")
        void loading() {
            ProtectedMachine machine = ProtectedMachine.inKernelMode();
            for (int i = 0; i < 4; i++) machine.put(POINTERS + 8L * i, 8, DIRECTORY + 0x1000L * i | 0xe19);
            machine.put(POINTERS + 16, 8, ~1L);
            machine.memory().loadPageDirectoryPointers(POINTERS | 0x1f);
            List<Long> loaded = new ArrayList<>();
            for (int i = 0; i < 4; i++) loaded.add(machine.cpu().get(MachineRegister.pdpte(i)));
            assertThat(loaded).containsExactly(DIRECTORY | 0xe19, DIRECTORY + 0x1e19, ~1L, DIRECTORY + 0x3e19);
        }

        @ParameterizedTest(name = "bit {0} is reserved")
        @CsvSource({"1", "2", "5", "6", "7", "8", "46", "51", "52", "62", "63"})
        void reservedInPointer(int bit) {
            ProtectedMachine machine = ProtectedMachine.inKernelMode()
                    .put(POINTERS, 8, DIRECTORY | 1)
                    .put(POINTERS + 24, 8, DIRECTORY | 1 | 1L << bit);
            assertThatThrownBy(() -> machine.memory().loadPageDirectoryPointers(POINTERS))
                    .hasMessage("#GP(0x0)");
            assertThat(machine.cpu().get(MachineRegister.PDPTE0)).isZero();
        }
    }

    @Test
    @DisplayName("CR4.PGE keeps translations of global pages in 32-bit and PAE paging")
    void global() {
        for (ProtectedMachine machine :
                List.of(in32Bit(0, TABLE | 3, FRAME | 0x103), inPae(0, TABLE | 3, FRAME | 0x103))) {
            machine.cpu().set(MachineRegister.CR4, machine.cpu().get(MachineRegister.CR4) | Cr4.PGE);
            outcome(machine, Access.READ, LINEAR);
            machine.memory().flushTlb(false);
            assertThat(machine.memory().tlb()).hasSize(1);
        }
    }
}
