package dev.trapframe.emulator.execute;

import static dev.trapframe.emulator.TestMachine.KERNEL_DATA;
import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.Machine;
import dev.trapframe.emulator.TestMachine;
import dev.trapframe.emulator.api.Limits;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.StepOutcome;
import dev.trapframe.emulator.api.TraceView;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("SSE moves and exclusive ors")
class VectorMovesTest {

    private static final long CR0 = 0x8005_0033L;
    private static final long EM = 1L << 2;
    private static final long TS = 1L << 3;
    private static final long CR4_WITHOUT_OSFXSR = 0x4a0;
    private static final long LOW = 0x1122_3344_5566_7788L;
    private static final long HIGH = 0x99aa_bbcc_ddee_ff00L;

    /** RAX points to two quadwords, and XMM1 holds others. */
    private static TestMachine machine(String code) {
        return TestMachine.inKernelMode()
                .withCode(code)
                .withGate(6, TestMachine.INTERRUPT_GATE, 0)
                .withGate(7, TestMachine.INTERRUPT_GATE, 0)
                .withGate(13, TestMachine.INTERRUPT_GATE, 0)
                .withGate(16, TestMachine.INTERRUPT_GATE, 0)
                .with(MachineRegister.RAX, KERNEL_DATA)
                .withQuadword(KERNEL_DATA, LOW)
                .withQuadword(KERNEL_DATA + 8, HIGH)
                .with(MachineRegister.XMM1_LOW, 0xf0f0)
                .with(MachineRegister.XMM1_HIGH, 0x0f0f);
    }

    private static void assertXmm(Machine machine, int number, long low, long high) {
        MachineRegister register = MachineRegister.xmm(number);
        assertThat(machine.view().register(register)).isEqualTo(low);
        assertThat(machine.view().register(MachineRegister.values()[register.ordinal() + 1]))
                .isEqualTo(high);
    }

    private static int vector(Machine machine) {
        return ((StepOutcome.EventDelivered) machine.step().outcome()).event().vector();
    }

    @ParameterizedTest
    @CsvSource({"0f 28 00", "0f 10 00", "66 0f 6f 00", "f3 0f 6f 00"})
    @DisplayName("MOVAPS, MOVUPS, MOVDQA and MOVDQU from memory take both halves")
    void loads(String code) {
        Machine machine = machine(code).machine();
        machine.step();
        assertXmm(machine, 0, LOW, HIGH);
    }

    @ParameterizedTest
    @CsvSource({"0f 29 08", "0f 11 08", "66 0f 7f 08", "f3 0f 7f 08"})
    @DisplayName("to memory they write both halves, and stepping back takes them away")
    void stores(String code) {
        TraceView trace = machine(code).record(1);
        assertThat(trace.at(1).physical(KERNEL_DATA, 16))
                .containsExactly(0xf0, 0xf0, 0, 0, 0, 0, 0, 0, 0x0f, 0x0f, 0, 0, 0, 0, 0, 0);
        assertThat(trace.at(0).physical(KERNEL_DATA, 2)).containsExactly(0x88, 0x77);
    }

    @ParameterizedTest
    @CsvSource({
        "66 0f 6e c0, 0xf000, 0", // movd %eax,%xmm0
        "66 48 0f 6e c0, 0xf000, 0", // movq %rax,%xmm0
        "f3 0f 7e c1, 0xf0f0, 0", // movq %xmm1,%xmm0
        "66 0f d6 c8, 0xf0f0, 0",
        "66 0f 6e 00, 0x55667788, 0",
        "f3 0f 7e 00, 0x1122334455667788, 0",
        "66 0f ef c0, 0, 0", // pxor %xmm0,%xmm0
        "0f 57 c1, 0xf00f, 0xf0f",
    })
    @DisplayName("MOVD and MOVQ clear what they do not write; PXOR and XORPS take the whole register")
    void moves(String code, String low, String high) {
        Machine machine = machine(code).with(MachineRegister.XMM0_LOW, 0xff).machine();
        machine.step();
        assertXmm(machine, 0, Long.decode(low), Long.decode(high));
    }

    @Test
    @DisplayName("MOVD to a general register clears its upper half")
    void toGeneral() {
        Machine machine = machine("66 0f 7e c8").machine();
        machine.step();
        assertThat(machine.view().register(MachineRegister.RAX)).isEqualTo(0xf0f0);
    }

    @ParameterizedTest
    @CsvSource({
        "0f 58 c1, sse",
        "66 0f 38 00 c1, sse",
        "66 0f 3a 0f c1 08, sse",
        "0f fc c1, mmx",
        "d9 e8, x87",
        "d8 00, x87",
        "c5 f0 58 c2, absent",
        "c4 e2 71 98 c2, absent",
        "62 f1 74 48 58 c2, absent",
        "c5 ec 41 cb, absent",
        "0f 78 c1, absent",
        "66 0f ae f1, absent",
        "c6 f8 01, absent"
    })
    @DisplayName("what is in listings only raises the #UD or #NM of its unit, then it is not emulated")
    void listed(String code, String unit) {
        StepOutcome plain = machine(code).machine().step().outcome();
        if (unit.equals("absent")) {
            assertThat(vector(machine(code).machine())).isEqualTo(6);
            return;
        }
        assertThat(plain).isInstanceOf(StepOutcome.NotEmulated.class);
        assertThat(vector(machine(code).with(MachineRegister.CR0, CR0 | TS).machine()))
                .isEqualTo(7);
        assertThat(vector(machine(code).with(MachineRegister.CR0, CR0 | EM).machine()))
                .isEqualTo(unit.equals("x87") ? 7 : 6);
    }

    @ParameterizedTest
    @CsvSource({"0f 28 40 08", "66 0f 6f 40 01", "0f 29 40 04", "66 0f 7f 40 08", "66 0f ef 40 08", "0f 57 40 02"})
    @DisplayName("aligned ones raise #GP(0) on another boundary and change nothing")
    void alignment(String code) {
        Machine machine = machine(code).machine();
        assertThat(vector(machine)).isEqualTo(13);
        assertXmm(machine, 0, 0, 0);
        assertThat(machine.view().physical(KERNEL_DATA, 1)).containsExactly(0x88);
    }

    @ParameterizedTest
    @CsvSource({"0f 10 40 01", "f3 0f 6f 40 01", "66 0f d6 48 01", "66 0f 6e 40 01"})
    @DisplayName("the others take any address")
    void unaligned(String code) {
        assertThat(machine(code).machine().step().outcome()).isInstanceOf(StepOutcome.Retired.class);
    }

    @ParameterizedTest
    @CsvSource({"0f 28 40 08", "66 0f 6e c0", "0f 58 c1", "66 0f ef c0", "0f ae 10"})
    @DisplayName("#UD with CR0.EM or without CR4.OSFXSR comes before #NM, and both before #GP")
    void availability(String code) {
        assertThat(vector(machine(code).with(MachineRegister.CR0, CR0 | EM | TS).machine()))
                .isEqualTo(6);
        assertThat(vector(machine(code)
                        .with(MachineRegister.CR0, CR0 | TS)
                        .with(MachineRegister.CR4, CR4_WITHOUT_OSFXSR)
                        .machine()))
                .isEqualTo(6);
        assertThat(vector(machine(code).with(MachineRegister.CR0, CR0 | TS).machine()))
                .isEqualTo(7);
    }

    @ParameterizedTest
    @CsvSource({"d9 38, 7", "db e3, 7", "d9 28, 7", "d9 c0, 7", "0f ae 00, 7", "9b, 7"})
    @DisplayName("x87 and FXSAVE: #NM with CR0.EM or CR0.TS; FWAIT with CR0.MP and CR0.TS")
    void x87Availability(String code, int vector) {
        assertThat(vector(machine(code).with(MachineRegister.CR0, CR0 | TS).machine()))
                .isEqualTo(vector);
        boolean waits = code.equals("9b");
        Machine emulated = machine(code).with(MachineRegister.CR0, CR0 | EM).machine();
        if (waits) assertThat(emulated.step().outcome()).isInstanceOf(StepOutcome.Retired.class);
        else assertThat(vector(emulated)).isEqualTo(7);
    }

    @Test
    @DisplayName("an unmasked exception that was loaded is raised by the next waiting instruction: #MF")
    void pendingException() {
        TestMachine pending = machine("9b").with(MachineRegister.FSW, 1).with(MachineRegister.FCW, 0x37e);
        assertThat(vector(pending.machine())).isEqualTo(16);
        assertThat(machine("9b").with(MachineRegister.FSW, 1).machine().step().outcome())
                .isInstanceOf(StepOutcome.Retired.class);
    }

    @Test
    @DisplayName("a store across two pages writes nothing if the second one faults")
    void secondPage() {
        TestMachine test = machine("0f 11 48 f8")
                .with(MachineRegister.RAX, 0x10000)
                .withPageEntry(0x10000, 0)
                .withQuadword(0xfff8, LOW);
        Machine machine = test.machine();
        TraceView trace = test.record(1);
        machine.record(Limits.ofSteps(1));
        assertThat(trace.at(1).physical(0xfff8, 1)).containsExactly(0x88);
        assertThat(trace.at(1).register(MachineRegister.CR2)).isEqualTo(0x10000);
    }

    @Test
    @DisplayName("changes of XMM registers are part of the trace, old and new")
    void journal() {
        TraceView trace = machine("0f 28 00 0f 28 c8").record(2);
        assertThat(trace.at(2).register(MachineRegister.XMM1_HIGH)).isEqualTo(HIGH);
        assertThat(trace.at(1).register(MachineRegister.XMM1_HIGH)).isEqualTo(0x0f0f);
        assertThat(trace.at(0).register(MachineRegister.XMM0_LOW)).isZero();
    }

    @Test
    @DisplayName("LDMXCSR refuses reserved bits with #GP(0); STMXCSR stores")
    void mxcsr() {
        Machine refused =
                machine("0f ae 10").withQuadword(KERNEL_DATA, 0x1_0000).machine();
        assertThat(vector(refused)).isEqualTo(13);
        Machine machine = machine("0f ae 10 0f ae 58 08")
                .withQuadword(KERNEL_DATA, 0x9fc0)
                .machine();
        machine.step();
        machine.step();
        assertThat(machine.view().register(MachineRegister.MXCSR)).isEqualTo(0x9fc0);
        assertThat(machine.view().physical(KERNEL_DATA + 8, 4)).containsExactly(0xc0, 0x9f, 0, 0);
    }
}
