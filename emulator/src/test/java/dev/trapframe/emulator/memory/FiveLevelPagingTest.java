package dev.trapframe.emulator.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.trapframe.emulator.TestMachine;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MicroOp;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.state.Cr4;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Source: Intel SDM Vol. 3A, "4-Level Paging and 5-Level Paging". */
@DisplayName("With CR4.LA57")
class FiveLevelPagingTest {

    private static final long PML5 = 0x10000;
    private static final long PML4 = 0x11000;
    private static final long PDPT = 0x12000;
    /** The second 256 TiB; beyond what 4-level paging calls canonical. */
    private static final long LINEAR = 1L << 48;

    private final TestMachine machine = TestMachine.inKernelMode()
            .with(MachineRegister.CR4, 0x6a0 | Cr4.LA57)
            .with(MachineRegister.CR3, PML5)
            .withQuadword(PML5, 0x1007)
            .withQuadword(PML5 + 8, PML4 | 7)
            .withQuadword(PML4, PDPT | 7)
            .withQuadword(PDPT, 0x83)
            .withQuadword(0xf008, 0x1122_3344_5566_7788L);

    @Test
    @DisplayName("a walk starts at the PML5 and reaches pages of 1 GiB")
    void walks() {
        assertThat(machine.memory().read(SegmentRegister.DS, LINEAR | 0xf008, 8))
                .isEqualTo(0x1122_3344_5566_7788L);
        assertThat(machine.memory().tlb().get(0).sizeBytes()).isEqualTo(1L << 30);
    }

    @Test
    @DisplayName("the tables that a refused walk has read start at level 5")
    void tellsLevels() {
        assertThatExceptionOfType(Fault.class)
                .isThrownBy(() -> machine.memory().read(SegmentRegister.DS, 2 * LINEAR, 8))
                .withMessage("#PF(0x0)");
        assertThat(((MicroOp.PageWalkRefused) machine.memory().walk().refusal()).entries())
                .extracting(MicroOp.PagingEntry::level)
                .containsExactly(5);
    }

    @ParameterizedTest(name = "{0} is canonical: {1}")
    @CsvSource({"00ffffffffffffff, true", "0100000000000000, false", "feffffffffffffff, false", "ff00000000000000, true"
    })
    void canonical(String linear, boolean expected) {
        assertThat(machine.cpu().isCanonical(Long.parseUnsignedLong(linear, 16)))
                .isEqualTo(expected);
    }

    @ParameterizedTest(name = "PS in a level-{0} entry is reserved")
    @CsvSource({"5, 10008, 11087", "4, 11000, 12087"})
    void pageSizeIsReserved(int level, String physical, String entry) {
        machine.withQuadword(Long.parseLong(physical, 16), Long.parseLong(entry, 16));
        assertThatExceptionOfType(Fault.class)
                .isThrownBy(() -> machine.memory().read(SegmentRegister.DS, LINEAR, 8))
                .withMessage("#PF(0x9)");
    }

    @ParameterizedTest(name = "bit {0} of an entry that maps 1 GiB: refused {1}")
    @CsvSource({"12, false", "13, true", "29, true", "45, false", "46, true", "51, true", "52, false", "62, false"})
    void bitsOfLargePages(int bit, boolean refused) {
        machine.withQuadword(PDPT, 0x83 | 1L << bit);
        String fault = "";
        try {
            machine.memory().read(SegmentRegister.DS, LINEAR, 8);
        } catch (Fault met) {
            fault = met.getMessage();
        }
        assertThat(fault).isEqualTo(refused ? "#PF(0x9)" : "");
    }
}
