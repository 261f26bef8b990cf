package dev.trapframe.emulator.execute;

import static dev.trapframe.emulator.execute.TestContext.memory;
import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.Change.SystemRegister;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.isa.Mnemonic;
import dev.trapframe.emulator.isa.SegmentRegister;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Source: Intel SDM Vol. 2A, "CALL" and "JMP", Operation; Vol. 2B, "RET", Operation. */
@DisplayName("Far transfers, exactly:")
class FarTransferEdgesTest {

    private static final long GDT = 0x1_0000;
    private static final int CODE = 0x10;
    private static final int DATA = 0x18;
    private static final long CODE_64 = 0x00af_9b00_0000_ffffL;
    private static final long CODE_32 = 0x0040_9b00_0000_0fffL;
    private static final long DATA_32 = 0x00cf_9300_0000_ffffL;
    private static final long CONFORMING = 1L << 42;
    private static final long RSP = 0x8000;

    private final TestContext context = new TestContext();

    @BeforeEach
    void tables() {
        context.cpu().setDescriptor(SystemRegister.GDTR, new Descriptor(0, GDT, 0xff, 0));
        context.cpu().setSegment(SegmentRegister.SS, new Descriptor(DATA, 0, 0xffff_ffffL, 0xc093));
        entry(0, CODE_64);
        entry(CODE, CODE_64);
        entry(DATA, DATA_32);
    }

    private void entry(int selector, long descriptor) {
        context.poke(GDT + (selector & ~7), 8, descriptor);
    }

    private String transfer(Mnemonic mnemonic, int selector, long offset) {
        context.poke(0x2000, 8, offset);
        context.poke(0x2008, 2, selector);
        context.poke(0x200a, 1, 0x5a);
        return faultOf(() -> context.executeSized(mnemonic, 8, memory(0x2000, 10)));
    }

    private String ret(int selector, long offset, long rsp, int stackSelector) {
        context.cpu().setRsp(RSP);
        context.poke(RSP, 8, offset);
        context.poke(RSP + 8, 8, selector);
        context.poke(RSP + 16, 8, rsp);
        context.poke(RSP + 24, 8, stackSelector);
        return faultOf(() -> context.executeSized(Mnemonic.RET_FAR, 8));
    }

    private static String faultOf(Runnable action) {
        try {
            action.run();
            return "none";
        } catch (Fault fault) {
            return fault.getMessage();
        }
    }

    @ParameterizedTest
    @CsvSource({"0", "1", "2", "3"})
    @DisplayName("a null selector is #GP(0), whatever the first entry of the GDT holds")
    void nullSelector(int selector) {
        entry(0, CODE_64 | CONFORMING);
        assertThat(transfer(Mnemonic.JMP_FAR, selector, 0x5000)).isEqualTo("#GP(0x0)");
        assertThat(transfer(Mnemonic.CALL_FAR, selector, 0x5000)).isEqualTo("#GP(0x0)");
        assertThat(ret(selector, 0x5000, 0, 0)).isEqualTo("#GP(0x0)");
        assertThat(context.cpu().rip()).isEqualTo(TestContext.RIP);
    }

    @ParameterizedTest(name = "CPL {0}, DPL {1}, RPL {2}, conforming {3}: {4}")
    @CsvSource({
        "0, 0, 0, false, none",
        "0, 0, 1, false, #GP(0x20)",
        "3, 3, 0, false, none",
        "3, 3, 3, false, none",
        "3, 0, 0, false, #GP(0x20)",
        "0, 3, 0, false, #GP(0x20)",
        "2, 2, 1, false, none",
        "2, 2, 3, false, #GP(0x20)",
        "0, 0, 0, true, none",
        "0, 0, 1, true, none",
        "0, 0, 2, true, none",
        "0, 0, 3, true, none",
        "0, 1, 0, true, #GP(0x20)",
        "1, 1, 2, true, none",
        "3, 0, 0, true, none",
        "3, 3, 1, true, none",
        "2, 1, 3, true, none",
        "1, 2, 1, true, #GP(0x20)"
    })
    @DisplayName("JMP and CALL keep the CPL, and CS gets it as its RPL")
    void privilege(int cpl, long dpl, int rpl, boolean conforming, String expected) {
        long descriptor = CODE_64 | dpl << 45 | (conforming ? CONFORMING : 0);
        entry(0x20, descriptor);
        for (Mnemonic mnemonic : new Mnemonic[] {Mnemonic.JMP_FAR, Mnemonic.CALL_FAR}) {
            context.cpu().setSegment(SegmentRegister.CS, new Descriptor(CODE, 0, 0xffff_ffffL, 0xa09b));
            context.cpu().setRsp(RSP);
            context.cpu().setCpl(cpl);
            assertThat(transfer(mnemonic, 0x20 | rpl, 0x7fff_0000_5000L)).isEqualTo(expected);
            assertThat(context.cpu().cpl()).isEqualTo(cpl);
            boolean done = expected.equals("none");
            Descriptor loaded = new Descriptor(0x20 | cpl, 0, 0xffff_ffffL, (int) (descriptor >>> 40) & 0xf0ff);
            if (done) assertThat(context.cpu().descriptor(SystemRegister.CS)).isEqualTo(loaded);
            assertThat(context.cpu().rip()).isEqualTo(done ? 0x7fff_0000_5000L : TestContext.RIP);
        }
    }

    @ParameterizedTest(name = "offset {0}: {1}")
    @CsvSource({"0xfff, none", "0x1000, #GP(0x0)", "0x7fffffffffffffff, #GP(0x0)", "0, none"})
    @DisplayName("a target in 32-bit code has to be within the limit")
    void limit(String offset, String expected) {
        entry(0x20, CODE_32);
        assertThat(transfer(Mnemonic.JMP_FAR, 0x20, Long.decode(offset))).isEqualTo(expected);
        setUpAgain();
        assertThat(transfer(Mnemonic.CALL_FAR, 0x20, Long.decode(offset))).isEqualTo(expected);
        setUpAgain();
        assertThat(ret(0x20, Long.decode(offset), 0, 0)).isEqualTo(expected);
        boolean done = expected.equals("none");
        assertThat(context.cpu().selector(SegmentRegister.CS)).isEqualTo(done ? 0x20 : CODE);
        assertThat(context.cpu().rsp()).isEqualTo(done ? RSP + 16 : RSP);
        assertThat(context.cpu().rip()).isEqualTo(done ? Long.decode(offset) : TestContext.RIP);
    }

    private void setUpAgain() {
        context.cpu().setSegment(SegmentRegister.CS, new Descriptor(CODE, 0, 0xffff_ffffL, 0xa09b));
        context.cpu().setRsp(RSP);
    }

    @Test
    @DisplayName("RET within a level loads CS, and refuses a target that is not canonical with nothing changed")
    void returnWithinALevel() {
        entry(0x20, CODE_64 & ~(1L << 40));
        assertThat(ret(0x20, 0x8000_0000_0000L, 0, 0)).isEqualTo("#GP(0x0)");
        assertThat(context.cpu().rsp()).isEqualTo(RSP);
        assertThat(ret(0x20, 0x7fff_0000_5000L, 0, 0)).isEqualTo("none");
        assertThat(context.cpu().descriptor(SystemRegister.CS))
                .isEqualTo(new Descriptor(0x20, 0, 0xffff_ffffL, 0xa09b));
        assertThat(context.cpu().rip()).isEqualTo(0x7fff_0000_5000L);
        assertThat(context.peek(GDT + 0x20, 8)).isEqualTo(CODE_64);
    }

    @ParameterizedTest(name = "DPL {0}, RPL {1}, conforming {2}: {3}")
    @CsvSource({
        "3, 3, false, none", "1, 1, false, none", "0, 3, false, #GP(0x20)", "3, 1, false, #GP(0x20)",
                "0, 3, true, none",
        "1, 1, true, none", "3, 3, true, none", "3, 2, true, #GP(0x20)", "1, 0, true, #GP(0x20)",
                "2, 1, true, #GP(0x20)"
    })
    @DisplayName("RET to an outer level: DPL equal to the RPL, of conforming code at most that")
    void returnPrivilege(long dpl, int rpl, boolean conforming, String expected) {
        entry(0x20, CODE_64 | dpl << 45 | (conforming ? CONFORMING : 0));
        entry(0x28, DATA_32 | (long) rpl << 45);
        assertThat(ret(0x20 | rpl, 0x7fff_0000_5000L, 0x6000, 0x28 | rpl)).isEqualTo(expected);
        if (!expected.equals("none")) return;
        assertThat(context.cpu().rip()).isEqualTo(0x7fff_0000_5000L);
        assertThat(context.cpu().selector(SegmentRegister.CS)).isEqualTo(0x20 | rpl);
        assertThat(context.cpu().cpl()).isEqualTo(rpl);
        assertThat(context.cpu().rsp()).isEqualTo(0x6000);
        assertThat(context.cpu().descriptor(SystemRegister.SS))
                .isEqualTo(new Descriptor(0x28 | rpl, 0, 0xffff_ffffL, 0xc093 | rpl << 5));
    }

    @ParameterizedTest(name = "RPL {0}, SS {1}, 64-bit code {2}: {3}")
    @CsvSource({
        "1, 1, true, none",
        "2, 2, true, none",
        "3, 3, true, #GP(0x0)",
        "1, 0, true, #GP(0x0)",
        "1, 2, true, #GP(0x0)",
        "1, 1, false, #GP(0x0)"
    })
    @DisplayName("RET may leave SS null in 64-bit code at CPL 1 and 2, with its own RPL")
    void nullStack(int rpl, int stackSelector, boolean longMode, String expected) {
        entry(0x20, (longMode ? CODE_64 : CODE_32) | (long) rpl << 45);
        assertThat(ret(0x20 | rpl, 0x500, 0x6000, stackSelector)).isEqualTo(expected);
        if (!expected.equals("none")) return;
        assertThat(context.cpu().descriptor(SystemRegister.SS)).isEqualTo(new Descriptor(rpl, 0, 0, rpl << 5));
    }

    @Test
    @DisplayName("RET to an outer level leaves nothing in a segment register that it nulls but the base")
    void dropsSegments() {
        entry(0x20, CODE_64 | 3L << 45);
        entry(0x28, DATA_32 | 3L << 45);
        context.cpu().setSegment(SegmentRegister.DS, new Descriptor(DATA, 0x100, 0xffff_ffffL, 0xc093));
        context.cpu().setSegment(SegmentRegister.ES, new Descriptor(0x38, 0x100, 0xffff_ffffL, 0xc09f));
        context.cpu().setSegment(SegmentRegister.GS, new Descriptor(DATA, 0x9000, 0xffff_ffffL, 0xc093));
        assertThat(ret(0x23, 0x5000, 0x6000, 0x2b)).isEqualTo("none");
        assertThat(context.cpu().descriptor(SystemRegister.DS)).isEqualTo(new Descriptor(0, 0x100, 0, 0));
        assertThat(context.cpu().descriptor(SystemRegister.ES))
                .isEqualTo(new Descriptor(0x38, 0x100, 0xffff_ffffL, 0xc09f));
        assertThat(context.cpu().descriptor(SystemRegister.GS))
                .isEqualTo(new Descriptor(0, context.cpu().get(MachineRegister.GS_BASE), 0, 0));
        assertThat(context.cpu().get(MachineRegister.GS_BASE)).isEqualTo(0x9000);
    }

    @ParameterizedTest(name = "RSP {0}: {1}")
    @CsvSource({
        "0x800000000000, none",
        "0x800000000001, #SS(0x0)",
        "0x800000000010, #SS(0x0)",
        "0xffff800000000010, none",
        "0xffff80000000000f, #SS(0x0)"
    })
    @DisplayName("CALL needs canonical room for two words")
    void roomFor64Bits(String rsp, String expected) {
        long before = Long.parseUnsignedLong(rsp.substring(2), 16);
        context.cpu().setRsp(before);
        assertThat(transfer(Mnemonic.CALL_FAR, CODE, 0x5000)).isEqualTo(expected);
        assertThat(context.cpu().rsp()).isEqualTo(expected.equals("none") ? before - 16 : before);
    }

    @ParameterizedTest(name = "SS {1} with limit {2}, ESP {0}: {3}")
    @CsvSource({
        "0x1000, 0xc093, 0xfff, none", "0x1001, 0xc093, 0xfff, #SS(0x0)", "0x1004, 0xc093, 0xfff, #SS(0x0)",
        "0x1000, 0xc097, 0xff7, none", "0x1000, 0xc097, 0xff8, #SS(0x0)", "0x1000, 0xc097, 0xffb, #SS(0x0)",
        "0x10fff, 0x93, 0xfff, none", "0x11001, 0x93, 0xfff, #SS(0x0)"
    })
    @DisplayName("CALL in compatibility mode needs room for two words within the limit of SS")
    void roomFor32Bits(String esp, String attributes, String limit, String expected) {
        entry(0x20, CODE_32);
        context.cpu().setSegment(SegmentRegister.CS, new Descriptor(0x20, 0, 0xffff_ffffL, 0xc09b));
        context.cpu()
                .setSegment(
                        SegmentRegister.SS, new Descriptor(DATA, 0, Long.decode(limit), Integer.decode(attributes)));
        context.cpu().setRsp(Long.decode(esp));
        context.poke(0x2000, 4, 0x500);
        context.poke(0x2004, 2, 0x20);
        assertThat(faultOf(() -> context.executeSized(Mnemonic.CALL_FAR, 4, memory(0x2000, 6))))
                .isEqualTo(expected);
        boolean done = expected.equals("none");
        assertThat(context.cpu().rsp()).isEqualTo(done ? Long.decode(esp) - 8 : Long.decode(esp));
    }
}
