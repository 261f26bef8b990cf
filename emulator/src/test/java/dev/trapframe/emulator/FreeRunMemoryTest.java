package dev.trapframe.emulator;

import static dev.trapframe.emulator.TestMachine.HANDLER;
import static dev.trapframe.emulator.TestMachine.INTERRUPT_GATE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MachineState;
import dev.trapframe.emulator.api.StepOutcome;
import dev.trapframe.emulator.isa.SegmentRegister;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random code that loads, stores, calls and pushes, over pages that come and go: the page-fault handler makes the page present,
 * and the program takes pages away again. The frames on the stack hold the flags as they were, so that flags made too late show.
 */
@DisplayName("Running free gives what stepping gives, where accesses to memory leave a block")
class FreeRunMemoryTest {

    private static final int STEPS = 300;
    private static final int INSTRUCTIONS = 70;
    private static final long DATA = 0x100000;
    private static final List<String> REGISTERS = List.of("a", "b", "c", "d", "si", "di", "8", "9", "10", "11");
    private static final List<String> BINARY = List.of("add", "sub", "cmp", "and", "or", "xor", "test", "mov", "adc");
    private static final List<String> CONDITIONS =
            List.of("o", "no", "b", "ae", "e", "ne", "be", "a", "s", "ns", "p", "np", "l", "ge", "le", "g");

    /** CR2's entry in the page table at 0x4000 becomes present. */
    private static final String FAULT_HANDLER = """
            push %rax
            mov %cr2, %rax
            shr $12, %rax
            orb $1, 0x4000(,%rax,8)
            pop %rax
            add $8, %rsp
            iretq
            """;

    private final Random random = new Random();
    private boolean wide = true;

    private TestMachine machine(String program) {
        TestMachine machine = TestMachine.inKernelMode()
                .withGate(14, INTERRUPT_GATE, 0)
                .with(MachineRegister.RBP, DATA + 0x800)
                .withProgram(program + "\n.org " + (HANDLER - TestMachine.KERNEL_RIP) + "\n" + FAULT_HANDLER);
        // All ten general registers begin with something.
        for (int i = 0; i < 16; i++) {
            if (i != 4 && i != 5) machine.with(MachineRegister.general(i), random.nextLong());
        }
        return machine;
    }

    private String program() {
        StringBuilder source = new StringBuilder();
        for (int i = 0; i < INSTRUCTIONS; i++)
            source.append(i).append(": ").append(instruction(i)).append('\n');
        return source.append(INSTRUCTIONS)
                .append(": jmp 0b\n200: ret\n201: xor %eax, %ebx; ret\n")
                .toString();
    }

    private <T> T pick(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    private int width() {
        return 1 << random.nextInt(wide ? 4 : 3);
    }

    /** The name of a register that has a part of this width in the mode of the program. */
    private String name(int width) {
        if (wide) return pick(REGISTERS);
        return pick(REGISTERS.subList(0, width == 1 ? 4 : 6));
    }

    private int word() {
        return wide ? 8 : 4;
    }

    private String register(String name, int width) {
        if (Character.isDigit(name.charAt(0))) {
            return "%r" + name
                    + switch (width) {
                        case 1 -> "b";
                        case 2 -> "w";
                        case 4 -> "d";
                        default -> "";
                    };
        }
        boolean index = name.length() == 2;
        return switch (width) {
            case 1 -> "%" + name + "l";
            case 2 -> "%" + name + (index ? "" : "x");
            case 4 -> "%e" + name + (index ? "" : "x");
            default -> "%r" + name + (index ? "" : "x");
        };
    }

    private static String suffix(int width) {
        return switch (width) {
            case 1 -> "b";
            case 2 -> "w";
            case 4 -> "l";
            default -> "q";
        };
    }

    /** In one of three pages, sometimes over a border. */
    private String place() {
        int page = random.nextInt(3) * 0x1000;
        int offset = random.nextInt(8) == 0 ? 0xff8 + random.nextInt(16) : 8 * random.nextInt(32);
        return switch (random.nextInt(3)) {
            case 0 -> "0x%x".formatted(DATA + page + offset);
            case 1 -> "%d(%s)".formatted(page + offset - 0x800, wide ? "%rbp" : "%ebp");
            default -> "%d(%s)".formatted(page + offset - 0x800, wide ? "%rbp,%r12,2" : "%ebp,%ebp,1");
        };
    }

    private String instruction(int index) {
        int width = width();
        String register = register(name(width), width);
        String other = register(name(width), width);
        String binary = pick(BINARY);
        String forward = Math.min(INSTRUCTIONS, index + 1 + random.nextInt(5)) + "f";
        return switch (random.nextInt(23)) {
            case 0, 1, 2 -> binary + " " + register + ", " + other;
            case 3, 4 ->
                binary.equals("test") ? "test " + register + ", " + place() : binary + " " + place() + ", " + register;
            case 5, 6 -> binary + " " + register + ", " + place();
            case 7 -> binary + suffix(width) + " $" + (random.nextInt(256) - 128) + ", " + place();
            case 8 -> (random.nextBoolean() ? "inc" : "dec") + suffix(width) + " " + place();
            case 9 -> (random.nextBoolean() ? "inc " : "dec ") + register;
            case 10 -> "j" + pick(CONDITIONS) + " " + forward;
            case 11 -> "push " + register(name(word()), word()) + "\npop " + register(name(word()), word());
            case 12 -> "call " + (200 + random.nextInt(2)) + "f";
            case 13 -> pick(List.of("movzb", "movsb")) + "l " + place() + ", " + register(name(4), 4);
            case 14 -> "cmov" + pick(CONDITIONS) + " " + place() + ", " + register(name(4), 4);
            case 15 -> "set" + pick(CONDITIONS) + " " + place();
            case 16 ->
                pick(List.of("shl", "shr", "sar")) + " $" + (1 + random.nextInt(31)) + ", "
                        + register(name(4), random.nextBoolean() ? 4 : word());
            case 17, 20, 21, 22 -> !wide ? "nop" : pageAway(random.nextInt(3));
            case 18 -> wide ? "lea 1f(%rip), %r13\njmp *%r13\n1:" : "mov $1f, %edi\njmp *%edi\n1:";
            default ->
                (wide ? "xor %r12d, %r12d\n" : "") + "lock " + pick(List.of("add", "or", "xor")) + suffix(width)
                        + " $1, " + place();
        };
    }

    private static String pageAway(int page) {
        return "andb $~1, 0x%x; invlpg 0x%x".formatted(0x4000 + 8 * (DATA / 0x1000 + page), DATA + 0x1000 * page);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6})
    @DisplayName("at every length")
    void atEveryLength(int seed) {
        random.setSeed(seed);
        String program = "xor %r12d, %r12d\n" + program();
        int faults = compare(machine(program).state(), program);
        assertThat(faults).as("page faults of%n%s", program).isGreaterThan(3);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    @DisplayName("in 32-bit code with flat segments, and with a data segment that is not")
    void in32BitCode(int seed) {
        random.setSeed(seed);
        wide = false;
        String program = program();
        ProtectedMachine machine = ProtectedMachine.inKernelMode()
                .with(MachineRegister.RBP, DATA + 0x800)
                .withSource(program);
        for (int i : new int[] {0, 1, 2, 3, 6, 7})
            machine.with(MachineRegister.general(i), random.nextInt() & 0xffff_ffffL);
        compare(machine.state(), program);
        machine.withEntry(ProtectedMachine.SPARE, ProtectedMachine.DATA_32_ENTRY | 0x2000L << 16)
                .withSegment(SegmentRegister.DS, ProtectedMachine.SPARE);
        compare(machine.state(), program);
    }

    /** How many events there were. */
    private static int compare(MachineState start, String program) {
        Machine stepping = Machine.load(start);
        int events = 0;
        for (int steps = 1; steps <= STEPS; steps++) {
            if (stepping.step().outcome() instanceof StepOutcome.EventDelivered) events++;
            Machine free = Machine.load(start);
            // Blocks are there from the second time on.
            free.run(steps / 3);
            free.run(steps - steps / 3);
            assertSame(free.view().state(), stepping.view().state(), steps, program);
        }
        return events;
    }

    private static void assertSame(MachineState free, MachineState stepping, int steps, String program) {
        assertThat(free.registers())
                .as("registers after %d steps of%n%s", steps, program)
                .isEqualTo(stepping.registers());
        assertThat(free.nonRegister())
                .as("after %d steps of%n%s", steps, program)
                .isEqualTo(stepping.nonRegister());
        assertThat(free.pages().keySet()).isEqualTo(stepping.pages().keySet());
        free.pages()
                .forEach((page, bytes) -> assertThat(
                                Arrays.equals(bytes, stepping.pages().get(page)))
                        .as("page %x after %d steps of%n%s", page, steps, program)
                        .isTrue());
    }
}
