package dev.trapframe.emulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.Change.SystemRegister;
import dev.trapframe.emulator.api.DefaultLayout;
import dev.trapframe.emulator.api.Limits;
import dev.trapframe.emulator.api.MachineOptions;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MachineState;
import dev.trapframe.emulator.api.MachineView;
import dev.trapframe.emulator.api.Program;
import dev.trapframe.emulator.api.RunEnd;
import dev.trapframe.emulator.assemble.Assembler;
import dev.trapframe.emulator.assemble.AssemblerOptions;
import dev.trapframe.emulator.assemble.IncludeResolver;
import dev.trapframe.emulator.conformance.RecordedStates;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Running free gives what stepping gives")
class FreeRunTest {

    private static final List<String> REGISTERS_64 =
            List.of("%rax", "%rbx", "%rcx", "%rdx", "%rsi", "%rdi", "%rbp", "%r8", "%r9", "%r10", "%r11", "%r12");
    private static final List<String> REGISTERS_32 =
            List.of("%eax", "%ebx", "%ecx", "%edx", "%esi", "%edi", "%ebp", "%r8d", "%r9d", "%r10d", "%r11d", "%r12d");
    private static final List<String> BINARY = List.of("add", "sub", "cmp", "and", "or", "xor", "test", "mov", "adc");
    private static final List<String> UNARY = List.of("inc", "dec", "neg", "not");
    private static final List<String> CONDITIONS =
            List.of("o", "no", "b", "ae", "e", "ne", "be", "a", "s", "ns", "p", "np", "l", "ge", "le", "g");
    private static final List<Long> CONSTANTS =
            List.of(0L, 1L, -1L, 127L, -128L, 0x7fffffffL, -0x80000000L, 0x12345678L, 0xffL);

    /** Everything about a machine that instructions can change. */
    private record Snapshot(
            Map<MachineRegister, Long> registers,
            Map<SystemRegister, Descriptor> system,
            SortedMap<Long, String> pages) {

        static Snapshot of(MachineView view) {
            Map<MachineRegister, Long> registers = new EnumMap<>(MachineRegister.class);
            for (MachineRegister register : MachineRegister.values()) registers.put(register, view.register(register));
            Map<SystemRegister, Descriptor> system = new EnumMap<>(SystemRegister.class);
            for (SystemRegister register : SystemRegister.values()) system.put(register, view.descriptor(register));
            SortedMap<Long, String> pages = new TreeMap<>();
            view.state()
                    .pages()
                    .forEach((address, bytes) -> pages.put(address, Integer.toHexString(Arrays.hashCode(bytes))));
            return new Snapshot(registers, system, pages);
        }
    }

    private static Program assembled(String source) {
        return new Assembler(AssemblerOptions.of(DefaultLayout.SECTIONS, IncludeResolver.none()))
                .assemble("free.S", source);
    }

    private static Machine machine(String source) {
        return machine(assembled(source));
    }

    private static Machine machine(Program program) {
        return Machine.load(program, MachineOptions.DEFAULT);
    }

    private static Snapshot stepped(Machine machine, long steps) {
        for (long i = 0; i < steps; i++) machine.step();
        return Snapshot.of(machine.view());
    }

    private static Snapshot ranFree(Machine machine, long steps) {
        assertThat(machine.run(steps)).isEqualTo(RunEnd.STEP_LIMIT);
        return Snapshot.of(machine.view());
    }

    static Stream<String> recordedCases() {
        return RecordedStates.names();
    }

    @ParameterizedTest
    @MethodSource("recordedCases")
    @DisplayName("for every recorded case, run in pieces of random length")
    void recordedCases(String name) {
        MachineState state = RecordedStates.state(name);
        int steps = RecordedStates.steps(name);
        Machine free = Machine.load(state);
        Random random = new Random(name.hashCode());
        for (int done = 0; done < steps; ) {
            int count = Math.min(steps - done, 1 + random.nextInt(40));
            free.run(count);
            done += count;
        }

        var recorded = Machine.load(state).record(Limits.ofSteps(steps));
        assertThat(Snapshot.of(free.view())).isEqualTo(Snapshot.of(recorded.at(recorded.stepCount())));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    @DisplayName("for random sequences with branches, at every length")
    void randomSequences(int seed) {
        for (int program = 0; program < 6; program++) {
            String source = randomProgram(new Random(seed * 1000L + program));
            Program assembled = assembled(source);
            Machine stepping = machine(assembled);
            for (int steps = 0; steps <= 120; steps++) {
                if (steps > 0) stepping.step();
                Machine running = machine(assembled);
                // A block exists from the second time on.
                running.run(steps / 2);
                assertThat(ranFree(running, steps - steps / 2))
                        .as("after %d steps of:%n%s", steps, source)
                        .isEqualTo(Snapshot.of(stepping.view()));
            }
        }
    }

    private static String randomProgram(Random random) {
        StringBuilder source = new StringBuilder("        .text\n        .globl _start\n_start:\n");
        source.append("        mov $").append(random.nextLong()).append(",%rax\n");
        source.append("        mov $").append(random.nextLong()).append(",%rbx\n");
        source.append("        movabs $buffer,%r13\n        movabs $stack+2048,%rsp\n");
        for (int i = 0; i < 40; i++) {
            source.append(i)
                    .append(":\n        ")
                    .append(instruction(random, i))
                    .append('\n');
        }
        return source.append("40:     jmp 0b\n")
                .append("        .section .task_stack,\"aw\"\nstack:  .skip 4096\n")
                .append("        .section .trapframe.stack\n        .quad stack,stack+4096,9,0\n")
                .append("        .data\nbuffer: .skip 64\n")
                .toString();
    }

    private static String instruction(Random random, int index) {
        boolean wide = random.nextBoolean();
        List<String> registers = wide ? REGISTERS_64 : REGISTERS_32;
        String first = pick(random, registers);
        String second = pick(random, registers);
        return switch (random.nextInt(12)) {
            case 0, 1, 2, 3 -> pick(random, BINARY) + " " + first + "," + second;
            case 4 -> pick(random, BINARY) + " $" + pick(random, CONSTANTS).intValue() + "," + second;
            case 5 -> pick(random, UNARY) + " " + first;
            case 6 ->
                "lea " + random.nextInt(300) + "(" + pick(random, REGISTERS_64) + "," + pick(random, REGISTERS_64) + ","
                        + (1 << random.nextInt(4)) + ")," + first;
            case 7 -> "j" + pick(random, CONDITIONS) + " " + Math.min(40, index + 1 + random.nextInt(5)) + "f";
            case 8 -> "mov " + first + "," + 8 * random.nextInt(8) + "(%r13)";
            case 9 -> pick(random, BINARY).replace("test", "or") + " " + 8 * random.nextInt(8) + "(%r13)," + first;
            case 10 -> "push " + pick(random, REGISTERS_64) + "\n        pop " + pick(random, REGISTERS_64);
            default -> "set" + pick(random, CONDITIONS) + " %al";
        };
    }

    private static <T> T pick(Random random, List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    private static final String STACK = """
                    .section .task_stack,"aw"
            stack:  .skip   4096
                    .section .trapframe.stack
                    .quad   stack,stack+4096,9,0
            """;

    @Test
    @DisplayName("code that writes itself is executed as written")
    void selfModifyingCode() {
        // mov $100,%ecx; lea 1f(%rip),%rbx; xor %eax,%eax; 2: add $1,%eax; 1: add $1,%edx; incb 2(%rbx); dec; jnz 2b
        String code = "b9 64 00 00 00 48 8d 1d 05 00 00 00 31 c0 83 c0 01 83 c2 01 fe 43 02 ff c9 75 f3 f4";
        int steps = 3 + 5 * 100;
        Snapshot stepping = stepped(TestMachine.inKernelMode().withCode(code).machine(), steps);

        assertThat(ranFree(TestMachine.inKernelMode().withCode(code).machine(), steps))
                .isEqualTo(stepping);
        assertThat(stepping.registers().get(MachineRegister.RDX)).isEqualTo(100L * 101 / 2);
    }

    @Test
    @DisplayName("time goes on: RDTSC counts the instructions that ran free")
    void ticks() {
        String source = """
                        .text
                        .globl  _start
                _start: mov     $20,%ecx
                1:      dec     %ecx
                        jnz     1b
                        rdtsc
                        mov     %rax,%rbx
                        rdtsc
                        hlt
                """ + STACK;
        int steps = 1 + 2 * 20 + 3;
        Snapshot running = ranFree(machine(source), steps);

        assertThat(running).isEqualTo(stepped(machine(source), steps));
        assertThat(running.registers().get(MachineRegister.RAX)
                        - running.registers().get(MachineRegister.RBX))
                .isEqualTo(2);
    }
}
