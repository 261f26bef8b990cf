package dev.trapframe.emulator.execute;

import static dev.trapframe.emulator.execute.TestContext.memory;
import static dev.trapframe.emulator.execute.TestContext.register;
import static org.assertj.core.api.Assertions.assertThat;

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
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Source: Intel SDM Vol. 3A, "Segment Registers" and "Limit Checking"; Vol. 2, the instructions' pages. */
@DisplayName("Descriptor tables, exactly:")
class SegmentEdgesTest {

    private static final long GDT = 0x1_0000;
    private static final long LDT = 0x1_8000;
    private static final long DATA = 0x00cf_9300_0000_ffffL;

    private final TestContext context = new TestContext();

    @BeforeEach
    void tables() {
        context.cpu().setDescriptor(SystemRegister.GDTR, new Descriptor(0, GDT, 0x5f, 0));
        context.cpu().setDescriptor(SystemRegister.LDTR, new Descriptor(0x50, LDT, 0x1f, 0x82));
        context.cpu().setSegment(SegmentRegister.SS, new Descriptor(0x18, 0, 0xffff_ffffL, 0xc093));
        for (int selector = 0; selector < 0x100; selector += 8) {
            context.poke(GDT + selector, 8, DATA);
            context.poke(LDT + selector, 8, DATA);
        }
    }

    private String load(SegmentRegister segment, int selector) {
        context.set(GeneralRegister.RAX, 0xffff_0000L | selector);
        return faultOf(Mnemonic.MOV, new SegmentRegisterOperand(segment), register(GeneralRegister.RAX, 2));
    }

    private String faultOf(Mnemonic mnemonic, Operand... operands) {
        try {
            context.execute(mnemonic, operands);
            return "none";
        } catch (Fault fault) {
            return fault.getMessage();
        }
    }

    @ParameterizedTest(name = "DS := {0} with a GDT of {1} and an LDT of {2}: {3}")
    @CsvSource({
        "0x58, 0x5f, 0x1f, none", "0x58, 0x5e, 0x1f, #GP(0x58)", "0x60, 0x5f, 0xff, #GP(0x60)", "0x5c, 0x0, 0x5f, none",
        "0x5c, 0xff, 0x5e, #GP(0x5c)", "0x1c, 0x0, 0x1f, none", "0x1c, 0xff, 0x17, #GP(0x1c)",
                "0x8, 0x8, 0xff, #GP(0x8)",
        "0x8, 0xf, 0xff, none"
    })
    @DisplayName("a descriptor has to lie inside its own table")
    void limits(String selector, String gdt, String ldt, String expected) {
        context.cpu().setDescriptor(SystemRegister.GDTR, new Descriptor(0, GDT, Long.decode(gdt), 0));
        context.cpu().setDescriptor(SystemRegister.LDTR, new Descriptor(0x50, LDT, Long.decode(ldt), 0x82));
        assertThat(load(SegmentRegister.DS, Integer.decode(selector))).isEqualTo(expected);
        assertThat(context.cpu().selector(SegmentRegister.DS))
                .isEqualTo(expected.equals("none") ? Integer.decode(selector) : 0);
    }

    @ParameterizedTest
    @ValueSource(ints = {0x58, 0x59, 0x5a, 0x5b})
    @DisplayName("the RPL is no part of a descriptor's place")
    void rplIsNoPlace(int selector) {
        context.poke(GDT + 0x58, 8, DATA | 3L << 45);
        assertThat(load(SegmentRegister.DS, selector)).isEqualTo("none");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    @DisplayName("nothing is inside the LDT while LDTR is null, whatever its limit; the GDT is not asked about it")
    void noLdt(int ldtr) {
        context.cpu().setDescriptor(SystemRegister.LDTR, new Descriptor(ldtr, LDT, 0xffff, 0x82));
        assertThat(load(SegmentRegister.DS, 0xc)).isEqualTo("#GP(0xc)");
        assertThat(load(SegmentRegister.DS, 0x8)).isEqualTo("none");
    }

    @Test
    @DisplayName("each table gives its own descriptors")
    void ownTable() {
        context.poke(GDT + 8, 8, 0x00cf_9312_3456_ffffL);
        context.poke(LDT + 8, 8, 0x00cf_9265_4321_ffffL);
        assertThat(load(SegmentRegister.ES, 0x8)).isEqualTo("none");
        assertThat(load(SegmentRegister.DS, 0xc)).isEqualTo("none");
        assertThat(context.cpu().descriptor(SystemRegister.ES))
                .isEqualTo(new Descriptor(8, 0x12_3456, 0xffff_ffffL, 0xc093));
        assertThat(context.cpu().descriptor(SystemRegister.DS))
                .isEqualTo(new Descriptor(0xc, 0x65_4321, 0xffff_ffffL, 0xc093));
        assertThat(context.peek(LDT + 8, 8)).isEqualTo(0x00cf_9365_4321_ffffL);
        assertThat(context.peek(GDT + 8, 8)).isEqualTo(0x00cf_9312_3456_ffffL);
    }

    @Test
    @DisplayName("SS is loaded with its descriptor")
    void stackSegment() {
        context.poke(GDT + 0x20, 8, 0x00cf_9200_1000_ffffL);
        assertThat(load(SegmentRegister.SS, 0x20)).isEqualTo("none");
        assertThat(context.cpu().descriptor(SystemRegister.SS))
                .isEqualTo(new Descriptor(0x20, 0x1000, 0xffff_ffffL, 0xc093));
        assertThat(context.calls).containsExactly("shadowAfterMovSs");
    }

    @ParameterizedTest(name = "{0} := {1} at CPL {2}: {3}")
    @CsvSource({
        "DS, 0, 0, none",
        "DS, 3, 3, none",
        "SS, 0, 0, none",
        "SS, 1, 1, none",
        "SS, 2, 2, none",
        "SS, 3, 3, #GP(0x0)",
        "SS, 1, 0, #GP(0x0)",
        "SS, 0, 3, #GP(0x0)"
    })
    @DisplayName("a null selector leaves nothing in the segment register but, for SS, the CPL as its DPL")
    void nullSelectors(SegmentRegister segment, int selector, int cpl, String expected) {
        SystemRegister register = segment == SegmentRegister.SS ? SystemRegister.SS : SystemRegister.DS;
        context.cpu().setCpl(cpl);
        Descriptor before = context.cpu().descriptor(register);
        assertThat(load(segment, selector)).isEqualTo(expected);
        int attributes = segment == SegmentRegister.SS ? cpl << 5 : 0;
        Descriptor loaded = expected.equals("none") ? new Descriptor(selector, 0, 0, attributes) : before;
        assertThat(context.cpu().descriptor(register)).isEqualTo(loaded);
    }

    @ParameterizedTest(name = "{0} from {1}: RSP {2}")
    @CsvSource({"DS, 0x2fffe, 0x20000", "SS, 0x2fffe, 0x20000", "DS, 0x21000, 0x21002"})
    @DisplayName("POP of a segment register moves SP alone on a 16-bit stack; POP SS has a shadow")
    void narrowStack(SegmentRegister segment, String rsp, String after) {
        context.cpu().setSegment(SegmentRegister.CS, new Descriptor(0x10, 0, 0xffff_ffffL, 0xc09b));
        context.cpu().setSegment(SegmentRegister.SS, new Descriptor(0x18, 0, 0xffff_ffffL, 0x93));
        context.cpu().setRsp(Long.decode(rsp));
        context.poke(Long.decode(rsp), 2, 0x20);
        context.poke(GDT + 0x20, 8, 0x0000_9300_0000_ffffL);
        context.executeSized(Mnemonic.POP, 2, new SegmentRegisterOperand(segment));
        assertThat(context.cpu().rsp()).isEqualTo(Long.decode(after));
        assertThat(context.cpu().selector(segment)).isEqualTo(0x20);
        assertThat(context.calls).hasSize(segment == SegmentRegister.SS ? 1 : 0);
    }

    @Test
    @DisplayName("POP of a segment register moves ESP on a 32-bit stack, RSP on a 64-bit one")
    void wideStack() {
        context.cpu().setRsp(0x1_0000_fffeL);
        context.poke(0x1_0000_fffeL, 2, 0x20);
        context.executeSized(Mnemonic.POP, 2, new SegmentRegisterOperand(SegmentRegister.FS));
        assertThat(context.cpu().rsp()).isEqualTo(0x1_0001_0000L);
        context.cpu().setSegment(SegmentRegister.CS, new Descriptor(0x10, 0, 0xffff_ffffL, 0xc09b));
        context.cpu().setRsp(0xffff_fffeL);
        context.poke(0xffff_fffeL, 2, 0x20);
        context.executeSized(Mnemonic.POP, 2, new SegmentRegisterOperand(SegmentRegister.DS));
        assertThat(context.cpu().rsp()).isZero();
    }

    @Test
    @DisplayName("LGDT and LIDT take 2 and 8 bytes, SGDT and SIDT write 2 and 8, and nothing beyond")
    void tableRegisters() {
        context.poke(0x2000, 2, 0x1234);
        context.poke(0x2002, 8, 0xffff_8000_5566_77ffL);
        context.poke(0x200a, 8, -1);
        context.execute(Mnemonic.LGDT, memory(0x2000, 10));
        context.execute(Mnemonic.LIDT, memory(0x2000, 10));
        Descriptor expected = new Descriptor(0, 0xffff_8000_5566_77ffL, 0x1234, 0);
        assertThat(context.cpu().descriptor(SystemRegister.GDTR)).isEqualTo(expected);
        assertThat(context.cpu().descriptor(SystemRegister.IDTR)).isEqualTo(expected);
        for (Mnemonic mnemonic : new Mnemonic[] {Mnemonic.SGDT, Mnemonic.SIDT}) {
            context.poke(0x3000, 8, -1);
            context.poke(0x3008, 8, 0x5555_5555_5555_5555L);
            context.makeReadOnly(0x300a);
            context.execute(mnemonic, memory(0x3000, 10));
            assertThat(context.peek(0x3000, 2)).isEqualTo(0x1234);
            assertThat(context.peek(0x3002, 8)).isEqualTo(0xffff_8000_5566_77ffL);
            assertThat(context.peek(0x300a, 2)).isEqualTo(0x5555);
            context.makeReadOnly(0x3009);
            context.poke(0x3000, 8, 0);
            assertThat(faultOf(mnemonic, memory(0x3000, 10))).isEqualTo("#PF(0x0)");
            assertThat(context.peek(0x3000, 8)).isZero();
        }
    }

    @Test
    @DisplayName("outside 64-bit mode the base has 4 bytes")
    void narrowTableRegisters() {
        context.cpu().setSegment(SegmentRegister.CS, new Descriptor(0x10, 0, 0xffff_ffffL, 0xc09b));
        context.poke(0x2000, 8, 0xff55_6677_8899_1234L);
        context.executeSized(Mnemonic.LGDT, 4, memory(0x2000, 6));
        assertThat(context.cpu().descriptor(SystemRegister.GDTR)).isEqualTo(new Descriptor(0, 0x6677_8899L, 0x1234, 0));
        context.poke(0x3000, 8, -1);
        context.makeReadOnly(0x3006);
        context.executeSized(Mnemonic.SGDT, 4, memory(0x3000, 6));
        assertThat(context.peek(0x3000, 8)).isEqualTo(0xffff_6677_8899_1234L);
    }

    @Test
    @DisplayName(
            "LLDT with a null selector leaves nothing in LDTR; LTR refuses one, whatever stands in the GDT's first entry")
    void nullSystemSelectors() {
        context.set(GeneralRegister.RAX, 2);
        assertThat(faultOf(Mnemonic.LLDT, register(GeneralRegister.RAX, 2))).isEqualTo("none");
        assertThat(context.cpu().descriptor(SystemRegister.LDTR)).isEqualTo(new Descriptor(2, 0, 0, 0));
        context.poke(GDT, 8, 0x0000_8900_0000_0067L);
        context.poke(GDT + 8, 8, 0);
        for (int selector = 0; selector < 4; selector++) {
            context.set(GeneralRegister.RAX, selector);
            assertThat(faultOf(Mnemonic.LTR, register(GeneralRegister.RAX, 2))).isEqualTo("#GP(0x0)");
        }
    }

    @ParameterizedTest(name = "{0} with a GDT of {1}, upper half {2}: {3}")
    @CsvSource({
        "LTR, 0x4f, 0x11, none",
        "LTR, 0x4e, 0x11, #GP(0x40)",
        "LTR, 0x4f, 0x8000, #GP(0x0)",
        "LLDT, 0x4f, 0x11, none",
        "LLDT, 0x4e, 0x11, #GP(0x40)",
        "LLDT, 0x4f, 0x8000, #GP(0x0)"
    })
    @DisplayName("LTR and LLDT want 16 bytes inside of the GDT and a base that is canonical")
    void systemDescriptors(Mnemonic mnemonic, String limit, String upper, String expected) {
        long type = mnemonic == Mnemonic.LTR ? 9 : 2;
        context.cpu().setDescriptor(SystemRegister.GDTR, new Descriptor(0, GDT, Long.decode(limit), 0));
        context.poke(GDT + 0x40, 8, 0x8012_0034_5678_0067L | type << 40 | 1L << 47);
        context.poke(GDT + 0x48, 8, Long.decode(upper));
        context.set(GeneralRegister.RAX, 0x40);
        assertThat(faultOf(mnemonic, register(GeneralRegister.RAX, 2))).isEqualTo(expected);
        if (!expected.equals("none")) return;
        SystemRegister register = mnemonic == Mnemonic.LTR ? SystemRegister.TR : SystemRegister.LDTR;
        int attributes = mnemonic == Mnemonic.LTR ? 0x108b : 0x1082;
        assertThat(context.cpu().descriptor(register))
                .isEqualTo(new Descriptor(0x40, 0x11_8034_5678L, 0x2_0067, attributes));
        context.set(GeneralRegister.RAX, 0x44);
        assertThat(faultOf(mnemonic, register(GeneralRegister.RAX, 2))).isEqualTo("#GP(0x44)");
    }

    @ParameterizedTest(name = "{0} of selector {1}, type {2}: {3}")
    @CsvSource({
        "LAR, 0x8, 0x93, true",
        "LAR, 0x0, 0x93, false",
        "LAR, 0x3, 0x93, false",
        "LAR, 0x58, 0x93, true",
        "LAR, 0x60, 0x93, false",
        "LAR, 0x8, 0x82, true",
        "LAR, 0x8, 0x89, true",
        "LAR, 0x8, 0x8b, true",
        "LAR, 0x8, 0x8c, true",
        "LAR, 0x8, 0x8e, false",
        "LAR, 0x8, 0x8f, false",
        "LAR, 0x8, 0x80, false",
        "LAR, 0x8, 0x85, false",
        "LSL, 0x8, 0x93, true",
        "LSL, 0x0, 0x93, false",
        "LSL, 0x8, 0x8c, false",
        "LSL, 0x8, 0x82, true",
        "LSL, 0x8, 0x8e, false",
        "LSL, 0x60, 0x93, false",
        "LSL, 0x58, 0x93, true",
        "VERR, 0x0, 0x93, false",
        "VERR, 0x58, 0x93, true",
        "VERR, 0x60, 0x93, false",
        "VERW, 0x3, 0x93, false",
        "VERW, 0x58, 0x93, true",
        "VERW, 0x8, 0x91, false",
        "VERR, 0x8, 0x99, false"
    })
    @DisplayName(
            "LAR, LSL, VERR and VERW set ZF if the segment is visible and of a type they take, and change no other flag")
    void visible(Mnemonic mnemonic, String selector, String access, boolean expected) {
        long descriptor = 0x00af_0001_0000_ffffL | Long.decode(access) << 40;
        context.poke(GDT + (Integer.decode(selector) & 0xf8), 8, descriptor);
        for (long before : new long[] {Rflags.ALWAYS_ONE, Rflags.ALWAYS_ONE | Rflags.STATUS}) {
            context.cpu().setRflags(before);
            context.set(GeneralRegister.RBX, Integer.decode(selector));
            context.set(GeneralRegister.RAX, 0x1234);
            boolean one = mnemonic.name().startsWith("V");
            Operand source = register(GeneralRegister.RBX, one ? 2 : 4);
            assertThat(one ? faultOf(mnemonic, source) : faultOf(mnemonic, register(GeneralRegister.RAX, 4), source))
                    .isEqualTo("none");
            assertThat(context.cpu().rflags()).isEqualTo(before & ~Rflags.ZF | (expected ? Rflags.ZF : 0));
            long result = mnemonic == Mnemonic.LAR ? descriptor >>> 32 & 0xf0_ff00 : 0xffff_ffffL;
            if (!one) assertThat(context.get(GeneralRegister.RAX)).isEqualTo(expected ? result : 0x1234);
        }
    }

    @ParameterizedTest(name = "{0} bytes, IA32_SYSENTER_CS {1}: CS {2}, SS {3}")
    @CsvSource({"8, 0x10, 0x33, 0x3b", "8, 0x13, 0x33, 0x3b", "4, 0x10, 0x23, 0x2b", "4, 0x12, 0x23, 0x2b"})
    @DisplayName("SYSEXIT and SYSENTER load flat segments. SDM Vol. 2B, SYSENTER, SYSEXIT")
    void fastSystemCalls(int size, String selector, String cs, String ss) {
        context.cpu().set(MachineRegister.SYSENTER_CS, Long.decode(selector));
        context.set(GeneralRegister.RCX, size == 8 ? 0x7fff_0000_1000L : 0xffff_ffff_0000_1000L);
        context.set(GeneralRegister.RDX, size == 8 ? 0x7fff_0000_2000L : 0xffff_ffff_0000_2000L);
        context.executeSized(Mnemonic.SYSEXIT, size);
        int code = size == 8 ? 0xa0fb : 0xc0fb;
        assertThat(context.cpu().descriptor(SystemRegister.CS))
                .isEqualTo(new Descriptor(Integer.decode(cs), 0, 0xffff_ffffL, code));
        assertThat(context.cpu().descriptor(SystemRegister.SS))
                .isEqualTo(new Descriptor(Integer.decode(ss), 0, 0xffff_ffffL, 0xc0f3));
        assertThat(context.cpu().rsp()).isEqualTo(size == 8 ? 0x7fff_0000_1000L : 0x1000);
        assertThat(context.cpu().rip()).isEqualTo(size == 8 ? 0x7fff_0000_2000L : 0x2000);
        assertThat(context.cpu().cpl()).isEqualTo(3);
        assertThat(faultOf(Mnemonic.SYSEXIT)).isEqualTo("#GP(0x0)");

        context.executeSized(Mnemonic.SYSENTER, size);
        assertThat(context.cpu().descriptor(SystemRegister.CS))
                .isEqualTo(new Descriptor(0x10, 0, 0xffff_ffffL, 0xa09b));
        assertThat(context.cpu().descriptor(SystemRegister.SS))
                .isEqualTo(new Descriptor(0x18, 0, 0xffff_ffffL, 0xc093));
        assertThat(context.cpu().cpl()).isZero();
    }

    @ParameterizedTest(name = "RCX {0}, RDX {1}")
    @CsvSource({"0x800000000000, 0x1000", "0x1000, 0x800000000000"})
    @DisplayName("SYSEXIT to 64-bit code wants RCX and RDX to be canonical")
    void sysexitNotCanonical(String rcx, String rdx) {
        context.cpu().set(MachineRegister.SYSENTER_CS, 0x10);
        context.set(GeneralRegister.RCX, Long.decode(rcx));
        context.set(GeneralRegister.RDX, Long.decode(rdx));
        assertThat(faultOf(Mnemonic.SYSEXIT)).isEqualTo("#GP(0x0)");
        assertThat(context.cpu().cpl()).isZero();
    }
}
