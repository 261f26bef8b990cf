package dev.trapframe.emulator.execute;

import static dev.trapframe.emulator.execute.TestContext.immediate;
import static dev.trapframe.emulator.execute.TestContext.memory;
import static dev.trapframe.emulator.execute.TestContext.register;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.Change.SystemRegister;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.Mnemonic;
import dev.trapframe.emulator.isa.Operand;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.isa.SegmentRegisterOperand;
import dev.trapframe.emulator.state.Rflags;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Segments")
class SegmentTest {

    private static final long GDT = 0x1_0000;
    private static final int KERNEL_CODE = 0x10;
    private static final int KERNEL_DATA = 0x18;
    private static final int USER_DATA = 0x2b;
    private static final int USER_CODE = 0x33;
    private static final int TSS = 0x40;
    private static final int LDT = 0x50;
    private static final int ABSENT_DATA = 0x60;
    private static final int READ_ONLY = 0x68;
    private static final int EXECUTE_ONLY = 0x70;
    private static final int CONFORMING = 0x78;
    private static final int ABSENT_CODE = 0x80;
    private static final int BOTH_WIDTHS = 0x88;
    private static final int CALL_GATE = 0x90;
    private static final int BASED = 0xa3;
    private static final int NOT_ACCESSED = 0xa8;
    private static final int BEYOND = 0x1f8;

    private final TestContext context = new TestContext();

    @BeforeEach
    void descriptors() {
        context.cpu().setDescriptor(SystemRegister.GDTR, new Descriptor(0, GDT, 0xff, 0));
        entry(KERNEL_CODE, 0x00af_9b00_0000_ffffL);
        entry(KERNEL_DATA, 0x00cf_9300_0000_ffffL);
        entry(USER_DATA, 0x00cf_f300_0000_ffffL);
        entry(USER_CODE, 0x00af_fb00_0000_ffffL);
        entry(TSS, 0x8000_8934_5678_0067L);
        context.poke(GDT + TSS + 8, 8, 0xffff_ffffL);
        entry(LDT, 0x0000_8200_0000_0fffL);
        entry(ABSENT_DATA, 0x00cf_1300_0000_ffffL);
        entry(READ_ONLY, 0x00cf_9100_0000_ffffL);
        entry(EXECUTE_ONLY, 0x00af_9900_0000_ffffL);
        entry(CONFORMING, 0x00af_9f00_0000_ffffL);
        entry(ABSENT_CODE, 0x00af_1b00_0000_ffffL);
        entry(BOTH_WIDTHS, 0x00ef_9b00_0000_ffffL);
        entry(CALL_GATE, 0x0000_8c00_0010_0000L);
        entry(BASED, 0x00cf_f340_2000_ffffL);
        entry(NOT_ACCESSED, 0x00cf_9200_0000_ffffL);
        context.cpu().setSegment(SegmentRegister.SS, new Descriptor(KERNEL_DATA, 0, -1L >>> 32, 0xc093));
    }

    private void entry(int selector, long descriptor) {
        context.poke(GDT + (selector & ~7), 8, descriptor);
    }

    private static Operand segment(SegmentRegister register) {
        return new SegmentRegisterOperand(register);
    }

    private void load(SegmentRegister register, int selector) {
        context.set(GeneralRegister.RAX, 0xabcd_0000L | selector);
        context.executeSized(Mnemonic.MOV, 4, segment(register), register(GeneralRegister.RAX, 4));
    }

    private static void assertFault(String message, ThrowingCallable action) {
        assertThatExceptionOfType(Fault.class).isThrownBy(action).withMessage(message);
    }

    @Nested
    @DisplayName("MOV to segment registers")
    class Move {

        @ParameterizedTest(name = "{0} := {1} at CPL {2} is {3}")
        @CsvSource({
            "DS, 1f8, 0, #GP(0x1f8)", "ES, 70, 0, #GP(0x70)", "DS, 1b, 0, #GP(0x18)", "DS, 18, 3, #GP(0x18)",
            "FS, 14, 0, #GP(0x14)", "GS, 40, 0, #GP(0x40)", "DS, 60, 0, #NP(0x60)", "SS, 10, 0, #GP(0x10)",
            "SS, 68, 0, #GP(0x68)", "SS, 2b, 0, #GP(0x28)", "SS, 1b, 0, #GP(0x18)", "SS, 60, 0, #SS(0x60)",
            "SS, 0, 3, #GP(0x0)", "SS, 3, 0, #GP(0x0)", "CS, 10, 0, #UD"
        })
        void refused(SegmentRegister register, String selector, int cpl, String message) {
            context.cpu().setCpl(cpl);
            int before = context.cpu().selector(register);
            assertFault(message, () -> load(register, Integer.parseInt(selector, 16)));
            assertThat(context.cpu().selector(register)).isEqualTo(before);
            assertThat(context.calls).isEmpty();
        }

        @ParameterizedTest(name = "{0} := {1} at CPL {2}")
        @CsvSource({"DS, 0, 3", "DS, 3, 3", "ES, 2b, 3", "DS, 10, 0", "FS, 7b, 3", "GS, 28, 0", "SS, 0, 0", "SS, 18, 0"
        })
        void accepted(SegmentRegister register, String selector, int cpl) {
            context.cpu().setCpl(cpl);
            load(register, Integer.parseInt(selector, 16));
            assertThat(Integer.toHexString(context.cpu().selector(register))).isEqualTo(selector);
        }

        @Test
        @DisplayName("FS and GS take their base from the descriptor, and 0 from a null selector")
        void base() {
            load(SegmentRegister.FS, BASED);
            assertThat(context.cpu().get(MachineRegister.FS_BASE)).isEqualTo(0x40_2000);
            load(SegmentRegister.FS, 0);
            assertThat(context.cpu().get(MachineRegister.FS_BASE)).isZero();
        }

        @Test
        @DisplayName("loading sets the accessed bit in the table")
        void accessed() {
            load(SegmentRegister.DS, NOT_ACCESSED);
            assertThat(context.peek(GDT + NOT_ACCESSED + 5, 1)).isEqualTo(0x93);
        }

        @Test
        @DisplayName("MOV SS has a shadow, other segments have none")
        void shadow() {
            load(SegmentRegister.DS, KERNEL_DATA);
            load(SegmentRegister.SS, KERNEL_DATA);
            assertThat(context.calls).containsExactly("shadowAfterMovSs");
        }

        @Test
        @DisplayName("from a segment register: zero-extended to 32 bits, merged with 16, 16 bits to memory")
        void store() {
            context.set(GeneralRegister.RBX, -1);
            context.executeSized(Mnemonic.MOV, 2, register(GeneralRegister.RBX, 2), segment(SegmentRegister.SS));
            assertThat(context.get(GeneralRegister.RBX)).isEqualTo(0xffff_ffff_ffff_0018L);
            context.executeSized(Mnemonic.MOV, 4, register(GeneralRegister.RBX, 4), segment(SegmentRegister.SS));
            assertThat(context.get(GeneralRegister.RBX)).isEqualTo(0x18);
            context.poke(0x2000, 8, -1);
            context.executeSized(Mnemonic.MOV, 8, memory(0x2000, 2), segment(SegmentRegister.SS));
            assertThat(context.peek(0x2000, 4)).isEqualTo(0xffff_0018L);
        }
    }

    @Nested
    @DisplayName("PUSH, POP, LSS, LFS, LGS")
    class FromMemory {

        @Test
        @DisplayName("PUSH FS pushes eight bytes; POP GS takes the low 16 bits")
        void pushAndPop() {
            load(SegmentRegister.FS, BASED);
            context.poke(0x7ff8, 8, -1);
            context.executeSized(Mnemonic.PUSH, 8, segment(SegmentRegister.FS));
            assertThat(context.peek(0x7ff8, 8)).isEqualTo(BASED);
            context.poke(0x7ffa, 2, 0xffff);
            context.executeSized(Mnemonic.POP, 8, segment(SegmentRegister.GS));
            assertThat(context.cpu().selector(SegmentRegister.GS)).isEqualTo(BASED);
            assertThat(context.cpu().rsp()).isEqualTo(0x8000);
        }

        @Test
        @DisplayName("a POP that is refused leaves RSP")
        void refusedPop() {
            context.poke(0x8000, 8, ABSENT_DATA);
            assertFault("#NP(0x60)", () -> context.executeSized(Mnemonic.POP, 8, segment(SegmentRegister.GS)));
            assertThat(context.cpu().rsp()).isEqualTo(0x8000);
        }

        @Test
        @DisplayName("LFS, LGS and LSS read the offset, then the selector; a refused selector leaves the register")
        void farPointers() {
            context.poke(0x2000, 8, 0x1234_5678_9abcL);
            context.poke(0x2008, 2, BASED);
            context.execute(Mnemonic.LFS, register(GeneralRegister.RBX, 8), memory(0x2000, 10));
            assertThat(context.get(GeneralRegister.RBX)).isEqualTo(0x1234_5678_9abcL);
            assertThat(context.cpu().selector(SegmentRegister.FS)).isEqualTo(BASED);
            context.poke(0x2004, 2, KERNEL_DATA);
            context.execute(Mnemonic.LGS, register(GeneralRegister.RCX, 4), memory(0x2000, 6));
            assertThat(context.get(GeneralRegister.RCX)).isEqualTo(0x5678_9abcL);
            context.poke(0x2004, 2, READ_ONLY);
            assertFault(
                    "#GP(0x68)",
                    () -> context.execute(Mnemonic.LSS, register(GeneralRegister.RSP, 4), memory(0x2000, 6)));
            assertThat(context.cpu().rsp()).isEqualTo(0x8000);
        }
    }

    @Nested
    @DisplayName("LAR, LSL, VERR, VERW")
    class Checks {

        private boolean visible(Mnemonic mnemonic, int selector, int cpl) {
            context.cpu().setCpl(cpl);
            context.set(GeneralRegister.RCX, selector);
            context.set(GeneralRegister.RAX, -1);
            Operand source = register(GeneralRegister.RCX, 2);
            if (mnemonic == Mnemonic.LAR || mnemonic == Mnemonic.LSL) {
                context.execute(mnemonic, register(GeneralRegister.RAX, 4), source);
            } else {
                context.execute(mnemonic, source);
            }
            return context.cpu().flag(Rflags.ZF);
        }

        @ParameterizedTest(name = "{0} of {1} at CPL {2}: ZF={3}, RAX={4}")
        @CsvSource({
            "LAR, 10, 0, true, a09b00", "LAR, 40, 0, true, 8900", "LAR, 90, 0, true, 8c00", "LAR, 0, 0, false, ''",
            "LAR, 1f8, 0, false, ''", "LAR, 18, 3, false, ''", "LAR, 78, 3, true, a09f00", "LAR, 60, 0, true, c01300",
            "LSL, 10, 0, true, ffffffff", "LSL, 40, 0, true, 67", "LSL, 90, 0, false, ''", "LSL, 1b, 0, false, ''",
            "VERR, 10, 0, true, ''", "VERR, 70, 0, false, ''", "VERR, 18, 3, false, ''", "VERR, 2b, 3, true, ''",
            "VERR, 40, 0, false, ''", "VERW, 18, 0, true, ''", "VERW, 68, 0, false, ''", "VERW, 10, 0, false, ''"
        })
        void answers(Mnemonic mnemonic, String selector, int cpl, boolean expected, String rax) {
            assertThat(visible(mnemonic, Integer.parseInt(selector, 16), cpl)).isEqualTo(expected);
            long untouched = -1;
            long result = rax.isEmpty() ? untouched : Long.parseLong(rax, 16);
            assertThat(context.get(GeneralRegister.RAX)).isEqualTo(result);
        }
    }

    @Nested
    @DisplayName("LGDT, LIDT, SGDT, SIDT, LLDT, SLDT, LTR, STR")
    class Tables {

        private void loadSelector(Mnemonic mnemonic, int selector) {
            context.set(GeneralRegister.RAX, selector);
            context.execute(mnemonic, register(GeneralRegister.RAX, 2));
        }

        @Test
        @DisplayName("limit and base go in and out as ten bytes")
        void tableRegisters() {
            context.poke(0x2000, 2, 0xfff);
            context.poke(0x2002, 8, 0xffff_ffff_8010_a000L);
            context.executeSized(Mnemonic.LIDT, 8, memory(0x2000, 10));
            context.executeSized(Mnemonic.SIDT, 8, memory(0x3000, 10));
            assertThat(context.peek(0x3000, 2)).isEqualTo(0xfff);
            assertThat(context.peek(0x3002, 8)).isEqualTo(0xffff_ffff_8010_a000L);
            context.executeSized(Mnemonic.LGDT, 8, memory(0x2000, 10));
            context.executeSized(Mnemonic.SGDT, 8, memory(0x4000, 10));
            assertThat(context.peek(0x4002, 8)).isEqualTo(0xffff_ffff_8010_a000L);
        }

        @Test
        @DisplayName("with a 16-bit operand size, LGDT and LIDT load 24 bits of the base")
        void base24() {
            context.store(SegmentRegister.DS, 0x2000, 2, 0x7f);
            context.store(SegmentRegister.DS, 0x2002, 8, 0xff12_3456L);
            context.executeSized(Mnemonic.LGDT, 2, memory(0x2000, 6));
            context.executeSized(Mnemonic.LIDT, 2, memory(0x2000, 6));

            assertThat(context.cpu().descriptor(SystemRegister.GDTR).base()).isEqualTo(0x12_3456);
            assertThat(context.cpu().descriptor(SystemRegister.IDTR).base()).isEqualTo(0x12_3456);
        }

        @Test
        @DisplayName("a non-canonical base is #GP(0); SGDT writes all ten bytes or none")
        void tableFaults() {
            context.poke(0x2002, 8, 0x0000_9000_0000_0000L);
            assertFault("#GP(0x0)", () -> context.executeSized(Mnemonic.LGDT, 8, memory(0x2000, 10)));
            context.makeReadOnly(0x3008);
            assertThatExceptionOfType(Fault.class)
                    .isThrownBy(() -> context.executeSized(Mnemonic.SGDT, 8, memory(0x3000, 10)));
            assertThat(context.peek(0x3000, 8)).isZero();
        }

        @Test
        @DisplayName("LTR marks the TSS busy, reads a 64-bit base, and refuses it the second time")
        void taskRegister() {
            loadSelector(Mnemonic.LTR, TSS);
            assertThat(context.peek(GDT + TSS + 5, 1)).isEqualTo(0x8b);
            assertThat(context.cpu().descriptor(SystemRegister.TR))
                    .isEqualTo(new Descriptor(TSS, 0xffff_ffff_8034_5678L, 0x67, 0x8b));
            assertFault("#GP(0x40)", () -> loadSelector(Mnemonic.LTR, TSS));
            assertFault("#GP(0x0)", () -> loadSelector(Mnemonic.LTR, 0));
            assertFault("#GP(0x1f8)", () -> loadSelector(Mnemonic.LTR, BEYOND));
            assertFault("#GP(0x44)", () -> loadSelector(Mnemonic.LTR, TSS | 4));
            context.execute(Mnemonic.STR, register(GeneralRegister.RBX, 4));
            assertThat(context.get(GeneralRegister.RBX)).isEqualTo(TSS);
        }

        @Test
        @DisplayName("LLDT takes null, and only an LDT else")
        void localTable() {
            loadSelector(Mnemonic.LLDT, LDT);
            context.execute(Mnemonic.SLDT, memory(0x2000, 2));
            assertThat(context.peek(0x2000, 8)).isEqualTo(LDT);
            assertFault("#GP(0x18)", () -> loadSelector(Mnemonic.LLDT, KERNEL_DATA));
            loadSelector(Mnemonic.LLDT, 0);
            assertThat(context.cpu().descriptor(SystemRegister.LDTR).selector()).isZero();
        }

        @ParameterizedTest(name = "{0} at CPL 3 is #GP(0), for stores if CR4.UMIP is set")
        @CsvSource({"LGDT", "LIDT", "SGDT", "SIDT", "LLDT", "LTR", "SLDT", "STR"})
        void privilege(Mnemonic mnemonic) {
            context.cpu().set(MachineRegister.CR4, 1L << 11);
            context.cpu().setCpl(3);
            assertFault("#GP(0x0)", () -> context.executeSized(mnemonic, 8, memory(0x2000, 10)));
        }
    }

    @Nested
    @DisplayName("Far JMP, CALL and RET")
    class Far {

        private static final long TARGET = 0x4000;

        private void transfer(Mnemonic mnemonic, int selector, long target) {
            context.poke(0x2000, 8, target);
            context.poke(0x2008, 2, selector);
            context.executeSized(mnemonic, 8, memory(0x2000, 10));
        }

        private void stack(long... words) {
            for (int i = 0; i < words.length; i++) context.poke(0x8000 + 8L * i, 8, words[i]);
        }

        @ParameterizedTest(name = "JMP and CALL to {0} are {1}")
        @CsvSource({
            "0, #GP(0x0)",
            "1f8, #GP(0x1f8)",
            "18, #GP(0x18)",
            "33, #GP(0x30)",
            "13, #GP(0x10)",
            "80, #NP(0x80)",
            "88, #GP(0x88)",
            "40, #GP(0x40)"
        })
        void refused(String selector, String message) {
            int target = Integer.parseInt(selector, 16);
            assertFault(message, () -> transfer(Mnemonic.JMP_FAR, target, TARGET));
            assertFault(message, () -> transfer(Mnemonic.CALL_FAR, target, TARGET));
            assertThat(context.cpu().rsp()).isEqualTo(0x8000);
            assertThat(context.peek(0x7ff0, 8)).isZero();
        }

        @Test
        @DisplayName("CALL pushes CS and RIP, RET pops them and releases")
        void callAndReturn() {
            transfer(Mnemonic.CALL_FAR, CONFORMING, TARGET);
            assertThat(context.cpu().rip()).isEqualTo(TARGET);
            assertThat(context.cpu().selector(SegmentRegister.CS)).isEqualTo(CONFORMING);
            assertThat(context.peek(0x7ff8, 8)).isEqualTo(KERNEL_CODE);
            assertThat(context.peek(0x7ff0, 8)).isEqualTo(TestContext.NEXT_RIP);
            context.executeSized(Mnemonic.RET_FAR, 8, immediate(8, 2));
            assertThat(context.cpu().rip()).isEqualTo(TestContext.NEXT_RIP);
            assertThat(context.cpu().rsp()).isEqualTo(0x8008);
        }

        @Test
        @DisplayName("a non-canonical target is #GP(0)")
        void targets() {
            assertFault("#GP(0x0)", () -> transfer(Mnemonic.CALL_FAR, KERNEL_CODE, 0x0000_9000_0000_0000L));
            assertThat(context.peek(0x7ff8, 8)).isZero();
        }

        @Test
        @DisplayName("a call gate is asked with its selector, and the offset is not looked at")
        void callGates() {
            transfer(Mnemonic.JMP_FAR, CALL_GATE | 2, 0x0000_9000_0000_0000L);
            transfer(Mnemonic.CALL_FAR, CALL_GATE, TARGET);
            assertThat(context.calls).containsExactly("jumpThroughGate 0x92", "callThroughGate 0x90");
        }

        @ParameterizedTest(name = "system type {0}")
        @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0xa, 0xb, 0xd, 0xe, 0xf})
        @DisplayName("every other system descriptor is #GP(selector): no task switch in IA-32e mode")
        void otherSystemDescriptors(int type) {
            entry(CALL_GATE, 0x0000_8000_0010_0000L | (long) type << 40);
            assertFault("#GP(0x90)", () -> transfer(Mnemonic.JMP_FAR, CALL_GATE, TARGET));
            assertFault("#GP(0x90)", () -> transfer(Mnemonic.CALL_FAR, CALL_GATE, TARGET));
            assertThat(context.calls).isEmpty();
        }

        @Test
        @DisplayName("RET to CPL 3 pops SS:RSP, releases on both stacks, and drops kernel segments but not FS.base")
        void toUser() {
            load(SegmentRegister.DS, KERNEL_DATA);
            load(SegmentRegister.ES, USER_DATA);
            load(SegmentRegister.FS, KERNEL_DATA);
            context.cpu().set(MachineRegister.FS_BASE, 0x7000);
            stack(TARGET, USER_CODE, -1, 0x6000, USER_DATA);
            context.executeSized(Mnemonic.RET_FAR, 8, immediate(8, 2));
            assertThat(context.cpu().cpl()).isEqualTo(3);
            assertThat(context.cpu().rsp()).isEqualTo(0x6008);
            assertThat(context.cpu().selector(SegmentRegister.SS)).isEqualTo(USER_DATA);
            assertThat(context.cpu().selector(SegmentRegister.DS)).isZero();
            assertThat(context.cpu().selector(SegmentRegister.ES)).isEqualTo(USER_DATA);
            assertThat(context.cpu().selector(SegmentRegister.FS)).isZero();
            assertThat(context.cpu().get(MachineRegister.FS_BASE)).isEqualTo(0x7000);
        }

        @Test
        @DisplayName("RET to CPL 3 makes null selectors 0, whatever their RPL")
        void toUserWithNullSelectors() {
            context.cpu().setSegment(SegmentRegister.DS, new Descriptor(3, 0, 0, 0));
            context.cpu().setSegment(SegmentRegister.GS, new Descriptor(1, 0x9000, 0, 0));
            stack(TARGET, USER_CODE, 0x6000, USER_DATA);
            context.executeSized(Mnemonic.RET_FAR, 8);
            assertThat(context.cpu().selector(SegmentRegister.DS)).isZero();
            assertThat(context.cpu().selector(SegmentRegister.GS)).isZero();
            assertThat(context.cpu().get(MachineRegister.GS_BASE)).isEqualTo(0x9000);
        }

        @ParameterizedTest(name = "RET to {0} with SS {1} is {2}")
        @CsvSource({
            "0, 18, #GP(0x0)",
            "18, 18, #GP(0x18)",
            "33, 0, #GP(0x0)",
            "33, 18, #GP(0x18)",
            "33, 33, #GP(0x30)",
            "33, 1fb, #GP(0x1f8)",
            "80, 18, #NP(0x80)",
            "13, 18, #GP(0x10)"
        })
        void refusedReturn(String selector, String stackSelector, String message) {
            stack(TARGET, Long.parseLong(selector, 16), 0x6000, Long.parseLong(stackSelector, 16));
            assertFault(message, () -> context.executeSized(Mnemonic.RET_FAR, 8));
            assertThat(context.cpu().cpl()).isZero();
            assertThat(context.cpu().rsp()).isEqualTo(0x8000);
            assertThat(context.cpu().selector(SegmentRegister.CS)).isEqualTo(KERNEL_CODE);
        }

        @Test
        @DisplayName("RET cannot go to a more privileged level")
        void inward() {
            context.cpu().setCpl(3);
            stack(TARGET, KERNEL_CODE);
            assertFault("#GP(0x10)", () -> context.executeSized(Mnemonic.RET_FAR, 8));
        }
    }

    @Nested
    @DisplayName("ARPL")
    class AdjustRpl {

        @ParameterizedTest(name = "of {0} by {1}")
        @CsvSource({
            "0x10, 0x23, 0x13, true",
            "0x11, 0x0a, 0x12, true",
            "0x13, 0x20, 0x13, false",
            "0x12, 0x2a, 0x12, false"
        })
        void raises(int destination, int source, int after, boolean zero) {
            context.set(GeneralRegister.RAX, 0xffff_ffff_ffff_0000L | destination);
            context.set(GeneralRegister.RCX, source);
            context.execute(
                    Mnemonic.ARPL,
                    TestContext.register(GeneralRegister.RAX, 2),
                    TestContext.register(GeneralRegister.RCX, 2));
            assertThat(context.get(GeneralRegister.RAX)).isEqualTo(0xffff_ffff_ffff_0000L | after);
            assertThat(context.cpu().flag(Rflags.ZF)).isEqualTo(zero);
        }
    }
}
