package dev.trapframe.server.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.Machine;
import dev.trapframe.emulator.api.Injection;
import dev.trapframe.emulator.api.Limits;
import dev.trapframe.emulator.api.MachineOptions;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MachineView;
import dev.trapframe.emulator.api.MicroOp;
import dev.trapframe.emulator.api.Program;
import dev.trapframe.emulator.api.Rule;
import dev.trapframe.emulator.api.RunEnd;
import dev.trapframe.emulator.api.Step;
import dev.trapframe.emulator.api.StepOutcome;
import dev.trapframe.emulator.api.TraceView;
import dev.trapframe.emulator.event.Event;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What the entry programs promise in their headers, by running them.
 *
 * <p>Source of the layouts: Linux 6.12, arch/x86/include/asm/ptrace.h; of the frame: Intel SDM Vol. 3A, "64-Bit Mode Stack
 * Frame".
 */
@DisplayName("The entry programs")
class EntryProgramsTest {

    private static final int TIMER_VECTOR = 0xec;
    private static final int PT_REGS_BYTES = 168;
    private static final long RF = 1L << 16;
    /** No page is mapped here, but a page table covers it. */
    private static final long UNMAPPED_PAGE = 0x40_6000L;

    /** Fields of struct pt_regs that hold a general register, in their order from offset 0. */
    private static final List<MachineRegister> SAVED_BY_SOFTWARE = List.of(
            MachineRegister.R15,
            MachineRegister.R14,
            MachineRegister.R13,
            MachineRegister.R12,
            MachineRegister.RBP,
            MachineRegister.RBX,
            MachineRegister.R11,
            MachineRegister.R10,
            MachineRegister.R9,
            MachineRegister.R8,
            MachineRegister.RAX,
            MachineRegister.RCX,
            MachineRegister.RDX,
            MachineRegister.RSI,
            MachineRegister.RDI);

    private static final ProgramLibrary LIBRARY =
            new ProgramLibrary(Path.of("..", "lessons", "programs"), new GnuToolchain());

    private static Program program(String name) {
        return LIBRARY.byName(name).orElseThrow().program();
    }

    private static TraceView run(Program program, List<Injection> injections) {
        Map<MachineRegister, Long> registers = new EnumMap<>(MachineRegister.class);
        for (int number = 0; number < 16; number++) {
            if (number != MachineRegister.RSP.ordinal())
                registers.put(MachineRegister.general(number), 0x1000_0001L * (number + 1));
        }
        registers.put(MachineRegister.RBX, UNMAPPED_PAGE);
        registers.put(MachineRegister.PKRS, 0x5555_5550L);
        return Machine.load(program, new MachineOptions(registers, injections)).record(Limits.ofSteps(2_000));
    }

    private static int firstAt(TraceView trace, long linear) {
        return IntStream.range(0, trace.stepCount())
                .filter(index -> trace.step(index).linear() == linear)
                .findFirst()
                .orElseThrow();
    }

    private static long quad(MachineView view, long linear) {
        return ByteBuffer.wrap(view.linear(linear, Long.BYTES).orElseThrow())
                .order(ByteOrder.LITTLE_ENDIAN)
                .getLong();
    }

    private static Map<MachineRegister, Long> userRegisters(MachineView view) {
        Map<MachineRegister, Long> registers = new EnumMap<>(MachineRegister.class);
        for (int number = 0; number < 16; number++) {
            registers.put(MachineRegister.general(number), view.register(MachineRegister.general(number)));
        }
        for (MachineRegister other : List.of(
                MachineRegister.RFLAGS,
                MachineRegister.CS,
                MachineRegister.SS,
                MachineRegister.GS_BASE,
                MachineRegister.KERNEL_GS_BASE,
                MachineRegister.CPL,
                MachineRegister.PKRS)) {
            registers.put(other, view.register(other));
        }
        return registers;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("names")
    @DisplayName("run from _start to program_end, and every swapgs has its counterpart")
    void everyProgramReachesItsEnd(String name) {
        Program program = program(name);
        TraceView trace = run(program, List.of());

        assertThat(trace.end()).isEqualTo(RunEnd.END_REACHED);
        MachineView end = trace.at(trace.stepCount());
        assertThat(end.register(MachineRegister.CPL)).isEqualTo(3);
        assertThat(end.register(MachineRegister.GS_BASE)).isEqualTo(trace.at(0).register(MachineRegister.GS_BASE));
        assertThat(end.register(MachineRegister.PKRS)).isEqualTo(0x5555_5550L);
    }

    static Stream<String> names() {
        return LIBRARY.names().stream();
    }

    @Nested
    @DisplayName("of a page fault")
    class PageFault {

        @ParameterizedTest(name = "{0}")
        @MethodSource("dev.trapframe.server.scenario.EntryProgramsTest#pageFaultPrograms")
        @DisplayName("hand the C function a pt_regs with all 21 fields of the interrupted program")
        void ptRegsIsComplete(String name, String faulting, long errorCode) {
            Program program = program(name);
            TraceView trace = run(program, List.of());
            int fault = firstAt(trace, program.symbol(faulting));
            MachineView before = trace.at(fault);
            MachineView inC = trace.at(firstAt(trace, program.symbol("exc_page_fault")));
            long regs = inC.register(MachineRegister.RDI);

            assertThat(regs).isEqualTo(program.symbol("entry_stack_top") - PT_REGS_BYTES);
            for (int i = 0; i < SAVED_BY_SOFTWARE.size(); i++) {
                MachineRegister register = SAVED_BY_SOFTWARE.get(i);
                assertThat(quad(inC, regs + 8L * i)).as(register.key()).isEqualTo(before.register(register));
            }
            assertThat(quad(inC, regs + 0x78)).as("orig_ax").isEqualTo(-1);
            assertThat(quad(inC, regs + 0x80)).as("ip").isEqualTo(program.symbol(faulting));
            assertThat(quad(inC, regs + 0x88)).as("cs").isEqualTo(0x33);
            assertThat(quad(inC, regs + 0x90)).as("flags").isEqualTo(before.register(MachineRegister.RFLAGS) | RF);
            assertThat(quad(inC, regs + 0x98)).as("sp").isEqualTo(before.register(MachineRegister.RSP));
            assertThat(quad(inC, regs + 0xa0)).as("ss").isEqualTo(0x2b);
            assertThat(inC.register(MachineRegister.RSI)).as("error code").isEqualTo(errorCode);
        }

        @Test
        @DisplayName("run the faulting store again, and this time it succeeds")
        void theStoreIsRepeated() {
            Program program = program("page-fault");
            TraceView trace = run(program, List.of());
            List<StepOutcome> stores = IntStream.range(0, trace.stepCount())
                    .mapToObj(trace::step)
                    .filter(step -> step.linear() == program.symbol("user_store"))
                    .map(Step::outcome)
                    .toList();

            assertThat(stores).hasSize(2);
            assertThat(stores.get(0)).isInstanceOf(StepOutcome.EventDelivered.class);
            assertThat(stores.get(1)).isInstanceOf(StepOutcome.Retired.class);
            assertThat(trace.at(trace.stepCount()).register(MachineRegister.RDX))
                    .isEqualTo(42);
        }

        @Test
        @DisplayName("stop at an address that no page table covers, and write nothing")
        void noTableStops() {
            Map<MachineRegister, Long> far = Map.of(MachineRegister.RBX, 0x4000_0000_0000L);
            TraceView trace = Machine.load(program("fill-the-frame"), new MachineOptions(far))
                    .record(Limits.ofSteps(2_000));

            assertThat(trace.end()).isEqualTo(RunEnd.HALTED);
        }

        @Test
        @DisplayName("keep PKRS at pt_regs - 8 while the handler runs with the default, and give it back")
        void theExtensionHoldsPkrs() {
            Program program = program("page-fault-extended");
            TraceView trace = run(program, List.of());
            MachineView mending = trace.at(firstAt(trace, program.symbol("handle_user_fault")));
            long regs = program.symbol("entry_stack_top") - PT_REGS_BYTES;

            assertThat(quad(mending, regs - 8)).isEqualTo(0x5555_5550L);
            assertThat(mending.linear(regs - 16, 1).orElseThrow()).containsExactly(0);
            assertThat(mending.register(MachineRegister.PKRS)).isEqualTo(0x5555_5554L);
        }
    }

    static Stream<Arguments> pageFaultPrograms() {
        return Stream.of(
                Arguments.of("page-fault", "user_store", 6L),
                Arguments.of("page-fault-extended", "user_store", 6L),
                Arguments.of("fill-the-frame", "user_load", 4L));
    }

    @Nested
    @DisplayName("of a timer interrupt")
    class Timer {

        private final Program program = program("timer-interrupt");

        @ParameterizedTest(name = "at position {0}")
        @MethodSource("dev.trapframe.server.scenario.EntryProgramsTest#userPositions")
        @DisplayName("leave the user loop as it was, at every boundary of it")
        void isInvisibleToTheProgram(int position) {
            TraceView quiet = run(program, List.of());
            TraceView trace = run(program, List.of(new Injection(position, Event.externalInterrupt(TIMER_VECTOR))));
            MachineView end = trace.at(trace.stepCount());
            Step delivery = trace.step(position);

            assertThat(delivery.outcome())
                    .isEqualTo(new StepOutcome.EventDelivered(Event.externalInterrupt(TIMER_VECTOR)));
            assertThat(delivery.bytes()).isEmpty();
            assertThat(trace.end()).isEqualTo(RunEnd.END_REACHED);
            assertThat(userRegisters(end)).isEqualTo(userRegisters(quiet.at(quiet.stepCount())));
            assertThat(quad(end, program.symbol("jiffies"))).isEqualTo(1);
        }

        @Test
        @DisplayName("hold a second one, with the reason, until iretq has given IF back")
        void aSecondOneWaits() {
            Event event = Event.externalInterrupt(TIMER_VECTOR);
            TraceView trace = run(program, List.of(new Injection(3, event), new Injection(6, event)));
            List<Integer> deliveries = IntStream.range(0, trace.stepCount())
                    .filter(index -> trace.step(index).outcome() instanceof StepOutcome.EventDelivered)
                    .boxed()
                    .toList();

            assertThat(deliveries).hasSize(2);
            assertThat(trace.step(deliveries.get(1) - 1).text()).isEqualTo("iretq");
            for (int index = 6; index < deliveries.get(1); index++) {
                assertThat(trace.step(index).microSteps().get(0).op())
                        .isEqualTo(new MicroOp.EventHeld(event, Rule.INTERRUPT_FLAG));
            }
            assertThat(quad(trace.at(trace.stepCount()), program.symbol("jiffies")))
                    .isEqualTo(2);
        }

        @Test
        @DisplayName("push no error code and RF = 0; the stub completes the frame with -1")
        void theFrameOfAnInterrupt() {
            TraceView trace = run(program, List.of(new Injection(4, Event.externalInterrupt(TIMER_VECTOR))));
            MachineView inC = trace.at(firstAt(trace, program.symbol("sysvec_apic_timer_interrupt")));
            long regs = inC.register(MachineRegister.RDI);

            assertThat(quad(inC, regs + 0x78)).isEqualTo(-1);
            assertThat(quad(inC, regs + 0x80)).isEqualTo(trace.step(4).linear());
            assertThat(quad(inC, regs + 0x90)).isEqualTo(trace.at(4).register(MachineRegister.RFLAGS));
            assertThat(quad(inC, regs + 0x90) & RF).isZero();
        }
    }

    /** Every boundary of the user loop, from before its first instruction to before its last. */
    static Stream<Integer> userPositions() {
        TraceView quiet = run(program("timer-interrupt"), List.of());
        return IntStream.range(0, quiet.stepCount()).boxed();
    }
}
