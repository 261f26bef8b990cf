package dev.trapframe.emulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNoException;

import dev.trapframe.emulator.api.Limits;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MachineState;
import dev.trapframe.emulator.api.MachineView;
import dev.trapframe.emulator.api.RunEnd;
import dev.trapframe.emulator.api.TraceView;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A machine")
class MachineTest {

    private static final String INC_RAX_FOR_EVER = "48 ff c0 eb fb";

    @Test
    @DisplayName("starts in protected mode and in IA-32e mode; refuses other states, and names the registers")
    void refusesOtherModes() {
        assertThatNoException()
                .isThrownBy(() -> ProtectedMachine.inUserMode().machine().view());
        refuses(TestMachine.inKernelMode().with(MachineRegister.EFER, 0x100).state(), "EFER.LMA", "EFER 0x100");
        refuses(TestMachine.inKernelMode().with(MachineRegister.CR4, 0).state(), "CR4.PAE", "CR4 0x0");
        ProtectedMachine machine = ProtectedMachine.inKernelMode();
        refuses(machine.with(MachineRegister.RFLAGS, 1 << 17).state(), "virtual-8086 mode", "RFLAGS 0x20002");
        refuses(machine.with(MachineRegister.CR0, 0x10).state(), "real-address mode", "CR0 0x10");
    }

    private static void refuses(MachineState state, String... parts) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Machine.load(state))
                .withMessageContainingAll(parts);
    }

    @Test
    @DisplayName("makes no step after the last one")
    void stopsForGood() {
        Machine machine = TestMachine.inKernelMode().withCode("f4").machine();
        assertThat(machine.run(10)).isEqualTo(RunEnd.HALTED);
        assertThatIllegalStateException().isThrownBy(machine::step);
    }

    @Test
    @DisplayName("hands out views that do not move with it")
    void viewsStandStill() {
        Machine machine = TestMachine.inKernelMode().withCode(INC_RAX_FOR_EVER).machine();
        MachineView before = machine.view();
        machine.run(10);

        assertThat(before.register(MachineRegister.RAX)).isZero();
        assertThat(machine.view().register(MachineRegister.RAX)).isEqualTo(5);
    }

    @Test
    @DisplayName("can be recorded from where it is")
    void recordsFromHere() {
        Machine machine = TestMachine.inKernelMode().withCode(INC_RAX_FOR_EVER).machine();
        machine.run(10);
        TraceView trace = machine.record(Limits.ofSteps(4));

        assertThat(trace.at(0).register(MachineRegister.RAX)).isEqualTo(5);
        assertThat(trace.at(4).register(MachineRegister.RAX)).isEqualTo(7);
        assertThat(trace.initial().registers()).containsEntry(MachineRegister.RAX, 5L);
    }

    @Test
    @DisplayName(
            "keeps its time in its state: the time-stamp counter that WRMSR set goes on in a machine loaded from it")
    void keepsTime() {
        String setCounterThenReadItTwice = "b9 10 00 00 00 b8 00 00 01 00 31 d2 0f 30 0f 31 0f 31";
        Machine machine =
                TestMachine.inKernelMode().withCode(setCounterThenReadItTwice).machine();
        machine.run(5);
        MachineView between = machine.view();
        machine.run(1);
        Machine loaded = Machine.load(between.state());
        loaded.run(1);

        assertThat(between.register(MachineRegister.RAX)).isEqualTo(0x1_0001);
        assertThat(machine.view().register(MachineRegister.RAX)).isEqualTo(0x1_0002);
        assertThat(loaded.view().register(MachineRegister.RAX)).isEqualTo(0x1_0002);
    }

    @Test
    @DisplayName("stays halted when it is loaded from the state of a halted one")
    void staysHalted() {
        Machine machine =
                TestMachine.inKernelMode().withCode("f4 48 ff c0 eb fb").machine();
        machine.step();
        Machine loaded = Machine.load(machine.view().state());
        assertThat(loaded.run(10)).isEqualTo(RunEnd.HALTED);
        assertThat(loaded.view().register(MachineRegister.RAX)).isZero();
    }

    @Test
    @DisplayName("shows memory by linear address, and says where nothing is mapped")
    void showsLinearMemory() {
        MachineView view = TestMachine.inKernelMode()
                .withQuadword(TestMachine.KERNEL_DATA, 0x1234)
                .machine()
                .view();

        assertThat(view.linear(TestMachine.KERNEL_DATA, 2)).hasValue(new byte[] {0x34, 0x12});
        assertThat(view.translate(TestMachine.KERNEL_DATA + 5)).hasValue(TestMachine.KERNEL_DATA + 5);
        assertThat(view.linear(0, 1)).isEmpty();
        assertThat(view.linear(1L << 47, 1)).isEmpty();
    }

    @Test
    @DisplayName("ends a REP step of a huge count between iterations, so that limits are looked at")
    void boundsRepetition() {
        Machine machine = TestMachine.inKernelMode()
                .withCode("f3 ac") // rep lodsb
                .with(MachineRegister.RCX, -1)
                .with(MachineRegister.RSI, TestMachine.KERNEL_DATA)
                .machine();
        assertThat(machine.run(1)).isEqualTo(RunEnd.STEP_LIMIT);
        assertThat(machine.view().register(MachineRegister.RIP)).isEqualTo(TestMachine.KERNEL_RIP);
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(
            strings = {
                "f3 ac", // rep lodsb, RCX is -1
                "be 00 f0 00 00 b9 00 10 00 00 f3 ac eb f2", // the same 4,096 bytes for ever
                "be 00 f0 00 00 b9 40 00 00 00 f3 48 ad eb f1" // 64 quadwords
            })
    @DisplayName("cannot be kept longer by REP than limits allow, recorded or free")
    void countsIterations(String code) {
        TestMachine repeating = TestMachine.inKernelMode()
                .withCode(code)
                .with(MachineRegister.RCX, -1)
                .with(MachineRegister.RSI, TestMachine.KERNEL_DATA);

        TraceView trace = repeating.machine().record(new Limits(1_000_000, 10_000, 100, () -> false));
        long iterations = 0;
        for (int i = 0; i < trace.stepCount(); i++) iterations += trace.step(i).iterations() - 1;
        assertThat(trace.end()).isEqualTo(RunEnd.ITERATION_LIMIT);
        assertThat(iterations).isBetween(10_000L, 10_000L + 4_096);

        Machine free = repeating.machine();
        assertThat(free.run(900_000)).isEqualTo(RunEnd.ITERATION_LIMIT);
        assertThat(free.view().nonRegisterState().ticks()).isLessThan(1_200_000);
        assertThat(free.run(10)).isEqualTo(RunEnd.STEP_LIMIT);
    }

    @Test
    @DisplayName("is asked whether to stop after each long REP step, not only every so many steps")
    void asksWithinRepetition() {
        int[] asked = {0};
        TestMachine.inKernelMode()
                .withCode("f3 ac")
                .with(MachineRegister.RCX, -1)
                .with(MachineRegister.RSI, TestMachine.KERNEL_DATA)
                .machine()
                .record(new Limits(10, 100_000, 100, () -> ++asked[0] < 0));
        assertThat(asked[0]).isEqualTo(10);
    }

    /** Every byte string ends in one of the documented ways, and a trace of it is exact; seeds name the failing run. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    @DisplayName("runs random bytes with random registers without a crash, and records them exactly")
    void survivesRandomCode(long seed) {
        Random random = new Random(seed);
        for (int run = 0; run < 250; run++) {
            MachineState state = random(random);
            TraceView trace = Machine.load(state).record(Limits.ofSteps(50));
            Machine free = Machine.load(state);
            free.run(trace.stepCount());
            MachineState recorded = trace.at(trace.stepCount()).state();
            MachineState actual = free.view().state();
            assertThat(recorded.registers()).as("seed %d run %d", seed, run).isEqualTo(actual.registers());
            assertThat(recorded.system()).as("seed %d run %d", seed, run).isEqualTo(actual.system());
            actual.pages()
                    .forEach((address, bytes) -> assertThat(
                                    Arrays.equals(bytes, recorded.pages().get(address)))
                            .as("page %x", address)
                            .isTrue());
        }
    }

    private static MachineState random(Random random) {
        TestMachine machine = random.nextBoolean() ? TestMachine.inUserMode() : TestMachine.inKernelMode();
        for (int vector = 0; vector < 32; vector++) {
            if (random.nextInt(4) != 0) machine.withGate(vector, TestMachine.INTERRUPT_GATE, 3);
        }
        for (int number = 0; number < 16; number++) {
            if (number == 4 && random.nextInt(4) != 0) continue;
            long near = (random.nextInt(0x50) << 12) + random.nextInt(0x1000);
            machine.with(MachineRegister.general(number), random.nextInt(3) == 0 ? random.nextLong() : near);
        }
        StringBuilder code = new StringBuilder();
        for (int i = 0; i < 200; i++) code.append(String.format("%02x", random.nextInt(256)));
        return machine.withCode(code.toString())
                .withBytes(TestMachine.HANDLER, code.toString())
                .state();
    }
}
