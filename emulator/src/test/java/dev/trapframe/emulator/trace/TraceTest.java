package dev.trapframe.emulator.trace;

import static dev.trapframe.emulator.TestMachine.HANDLER;
import static dev.trapframe.emulator.TestMachine.INTERRUPT_GATE;
import static dev.trapframe.emulator.TestMachine.KERNEL_DATA;
import static dev.trapframe.emulator.TestMachine.KERNEL_RIP;
import static dev.trapframe.emulator.TestMachine.KERNEL_RSP;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.trapframe.emulator.TestMachine;
import dev.trapframe.emulator.api.FrameSlot;
import dev.trapframe.emulator.api.Limits;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MicroOp;
import dev.trapframe.emulator.api.ProcessorActivity;
import dev.trapframe.emulator.api.RunEnd;
import dev.trapframe.emulator.api.TraceView;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A recorded run")
class TraceTest {

    /** mov %rax,0xf000; inc %eax; mov %rax,0xf000; int3; handler: hlt. */
    private static TestMachine storing() {
        return TestMachine.inKernelMode()
                .withGate(3, INTERRUPT_GATE, 0)
                .withBytes(HANDLER, "f4")
                .with(MachineRegister.RAX, 1)
                .withCode("48 89 04 25 00 f0 00 00  ff c0  48 89 04 25 00 f0 00 00  cc");
    }

    /** loop: inc %rax; push %rax; pop %rbx; jmp loop. */
    private static TestMachine looping() {
        return TestMachine.inKernelMode().withCode("48 ff c0 50 5b eb f9");
    }

    @Test
    @DisplayName("knows who wrote a byte last, looking back from a position")
    void lastWrite() {
        TraceView trace = storing().record(100);

        assertThat(trace.lastWrite(KERNEL_DATA, 0)).isEmpty();
        assertThat(trace.lastWrite(KERNEL_DATA, 1)).contains(new TraceView.Write(0, 1));
        assertThat(trace.lastWrite(KERNEL_DATA + 7, 2)).contains(new TraceView.Write(0, 1));
        assertThat(trace.lastWrite(KERNEL_DATA, 3)).contains(new TraceView.Write(2, 1));
        assertThat(trace.lastWrite(KERNEL_DATA + 8, 4)).isEmpty();
    }

    @Test
    @DisplayName("knows the push that wrote a word of a frame")
    void lastWriteOfAFrame() {
        TraceView trace = storing().record(100);

        TraceView.Write write = trace.lastWrite(KERNEL_RSP - 40, 4).orElseThrow();
        assertThat(trace.step(write.stepIndex())
                        .microSteps()
                        .get(write.microIndex())
                        .op())
                .isEqualTo(new MicroOp.Pushed(FrameSlot.RIP, KERNEL_RSP - 40, KERNEL_RIP + 19));
    }

    @Test
    @DisplayName("counts a store that changed nothing as a write")
    void storeOfTheSameValue() {
        TraceView trace = storing().with(MachineRegister.RAX, 0).record(1);

        assertThat(trace.step(0).microSteps().get(1).changes().stream()
                        .filter(change -> change.toString().contains("linear=" + KERNEL_DATA)))
                .isEmpty();
        assertThat(trace.lastWrite(KERNEL_DATA, 1)).contains(new TraceView.Write(0, 1));
    }

    @Test
    @DisplayName("has every position, across keyframes, in any order")
    void positionsAcrossKeyframes() {
        TraceView trace = looping().record(1200);

        for (int position : new int[] {1200, 1, 1024, 256, 255, 257, 0, 512}) {
            assertThat(trace.at(position).register(MachineRegister.RAX))
                    .as("RAX at %d", position)
                    .isEqualTo((position + 3) / 4);
        }
        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> trace.at(1201));
    }

    @Test
    @DisplayName("says why it ended: HLT, the step limit, the page limit, or the wish to stop")
    void ends() {
        assertThat(storing().record(100).end()).isEqualTo(RunEnd.HALTED);
        assertThat(looping().record(7).end()).isEqualTo(RunEnd.STEP_LIMIT);
        assertThat(looping().record(7).stepCount()).isEqualTo(7);
        assertThat(looping()
                        .machine()
                        .record(new Limits(1000, 1000, 1, () -> false))
                        .end())
                .isEqualTo(RunEnd.MEMORY_LIMIT);
        assertThat(looping()
                        .machine()
                        .record(new Limits(1000, 1000, 100, () -> true))
                        .end())
                .isEqualTo(RunEnd.TIME_LIMIT);
    }

    @Test
    @DisplayName("takes less than 64 bytes of journal per step of an integer loop")
    void isPacked() {
        // add %rcx,%rax; lea 3(%rax,%rcx,2),%rdx; xor %rdx,%rax; dec %rcx; jnz
        TestMachine machine = TestMachine.inKernelMode()
                .with(MachineRegister.RCX, 1_000_000)
                .withCode("48 01 c8 48 8d 54 48 03 48 31 d0 48 ff c9 75 f0");
        TraceRecorder recorder = new TraceRecorder(
                machine.state(),
                0,
                machine.cpu(),
                machine.physicalMemory(),
                ProcessorActivity.NONE,
                (instruction, linear, longMode) -> "");
        machine.runRecorded(recorder, 1000);

        assertThat(recorder.journal().sizeBytes()).isLessThan(64 * 1000).isPositive();
    }
}
