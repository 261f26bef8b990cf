package dev.trapframe.emulator.cpu;

import static dev.trapframe.emulator.TestMachine.HANDLER;
import static dev.trapframe.emulator.TestMachine.INTERRUPT_GATE;
import static dev.trapframe.emulator.TestMachine.KERNEL_DATA;
import static dev.trapframe.emulator.TestMachine.KERNEL_DS;
import static dev.trapframe.emulator.TestMachine.KERNEL_RIP;
import static dev.trapframe.emulator.TestMachine.USER_RIP;
import static dev.trapframe.emulator.TestMachine.USER_RSP;
import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.Machine;
import dev.trapframe.emulator.TestMachine;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.Step;
import dev.trapframe.emulator.api.StepOutcome;
import dev.trapframe.emulator.event.Event;
import dev.trapframe.emulator.event.ExceptionVector;
import dev.trapframe.emulator.memory.LittleEndian;
import dev.trapframe.emulator.state.Rflags;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Source: Intel SDM Vol. 3B, "Debug Exceptions"; Vol. 3A, "Interrupt 1-Debug Exception (#DB)". */
@DisplayName("Debug exceptions")
class DebugExceptionsTest {

    private static final long IF_TF = 0x202 | Rflags.TF;
    /** So that a program of a test does not run out. */
    private static final String LOOP = "; 9: jmp 9b";

    private static final long DR6_NONE = 0xffff_0ff0L;

    private static TestMachine prepared(TestMachine machine) {
        for (int vector : List.of(1, 3, 6, 13, 0x30, 0x80)) machine.withGate(vector, INTERRUPT_GATE, 3);
        return machine.withBytes(HANDLER, "48 cf") // iretq
                .with(MachineRegister.STAR, 0x0023_0010_0000_0000L)
                .with(MachineRegister.LSTAR, HANDLER + 0x10)
                .with(MachineRegister.SFMASK, 0x4_7700)
                .withBytes(HANDLER + 0x10, "90 48 0f 07"); // nop; sysretq
    }

    private static TestMachine kernel() {
        return prepared(TestMachine.inKernelMode())
                .with(MachineRegister.RFLAGS, IF_TF)
                .with(MachineRegister.RAX, KERNEL_DS);
    }

    private static TestMachine user() {
        return prepared(TestMachine.inUserMode()).with(MachineRegister.RFLAGS, IF_TF);
    }

    private static long quadword(Machine machine, long linear) {
        return LittleEndian.get(machine.view().physical(linear, 8), 0, 8);
    }

    private static boolean isDebug(Step step) {
        return step.outcome() instanceof StepOutcome.EventDelivered delivered
                && delivered.event().vector() == ExceptionVector.DB.vector();
    }

    /** Where each debug exception of so many steps says that the program goes on, from its start, and DR6 then. */
    private static List<String> traps(Machine machine, long start, int steps) {
        List<String> traps = new ArrayList<>();
        for (int i = 0; i < steps; i++) {
            Step step = machine.step();
            if (!isDebug(step)) continue;
            long saved = quadword(machine, machine.view().register(MachineRegister.RSP));
            long dr6 = machine.view().register(MachineRegister.DR6) ^ DR6_NONE;
            traps.add(Long.toHexString(saved - start) + ":" + Long.toHexString(dr6));
        }
        return traps;
    }

    @ParameterizedTest(name = "{0} -> {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "nop; nop; nop | 1:4000 2:4000 3:4000",
                "jmp 1f; nop; 1: nop | 3:4000 4:4000",
                "pushf; popf; nop | 1:4000 2:4000 3:4000",
                "pushf; andl $~0x100, (%rsp); popf; nop; nop | 1:4000 8:4000 9:4000",
                "cli; sti; nop | 1:4000 2:4000 3:4000",
                "mov %eax, %ss; nop; nop | 3:4000 4:4000",
                "mov %eax, %ss; mov %eax, %ss; nop; nop | 4:4000 5:4000 6:4000",
                "push %rax; mov %eax, %ss; ud2; nop | 1:4000",
                "mov $3, %ecx; mov $0xf000, %edi; rep stosb; nop | 5:4000 a:4000 a:4000 a:4000 c:4000 d:4000",
                "int3; nop; nop | 2:4000 3:4000",
                "int $0x80; nop; nop | 3:4000 4:4000",
                "hlt; nop | 1:4000 2:4000",
                "call 1f; nop; 1: pop %rcx | 6:4000 7:4000",
                "mov %dr6, %rcx; nop | 3:4000 4:4000",
                "mov %cr8, %rcx; nop | 4:4000 5:4000",
                "lock incl 0xf000; nop | 8:4000 9:4000",
                "int1; nop | 1:0 2:4000",
            })
    @DisplayName("by TF come after each instruction, where RIP then is, and not in a handler")
    void singleStep(String program, String expected) {
        Machine machine = kernel().withProgram(program + LOOP).machine();
        int count = expected.trim().split(" ").length;
        assertThat(traps(machine, KERNEL_RIP, 3 * count))
                .startsWith(expected.trim().split(" "));
    }

    @Test
    @DisplayName("by TF come first after the instruction behind the POPF that set it")
    void popfSets() {
        Machine machine = kernel().with(MachineRegister.RFLAGS, 0x202)
                .withProgram("pushf; orl $0x100, (%rsp); popf; nop; nop")
                .machine();
        assertThat(traps(machine, KERNEL_RIP, 7)).containsExactly("a:4000", "b:4000");
    }

    @Test
    @DisplayName("by TF come first after the instruction that IRET with TF in its image returned to")
    void iretSets() {
        Machine machine = kernel().with(MachineRegister.RFLAGS, 0x202)
                .withProgram("push $0x2b; push $0x43000; push $0x302; push $0x33; push $0x40000; iretq")
                .withBytes(USER_RIP, "90 90")
                .machine();
        assertThat(traps(machine, USER_RIP, 6)).isEmpty();
        assertThat(traps(machine, USER_RIP, 1)).containsExactly("1:4000");
    }

    @Test
    @DisplayName("SYSCALL with TF masked traps nowhere in the kernel; SYSRET that brings TF back traps itself")
    void fastSystemCall() {
        Machine machine = user().withProgram("syscall; nop").machine();
        assertThat(traps(machine, USER_RIP, 2)).isEmpty();
        Step sysret = machine.step();
        assertThat(sysret.text()).startsWith("sysret");
        assertThat(isDebug(sysret)).isTrue();
        long frame = machine.view().register(MachineRegister.RSP);
        assertThat(quadword(machine, frame)).isEqualTo(USER_RIP + 2);
        assertThat(quadword(machine, frame + 8) & 3)
                .as("CPL of the trapped code")
                .isEqualTo(3);
    }

    @Test
    @DisplayName("SYSCALL with TF not masked traps before the kernel's first instruction")
    void unmaskedSystemCall() {
        Machine machine =
                user().with(MachineRegister.SFMASK, 0).withProgram("syscall").machine();
        Step syscall = machine.step();
        assertThat(isDebug(syscall)).isTrue();
        assertThat(quadword(machine, machine.view().register(MachineRegister.RSP)))
                .isEqualTo(HANDLER + 0x10);
    }

    @Test
    @DisplayName("an instruction that faults is not trapped: its handler has TF and RF in the image")
    void faultIsNoTrap() {
        Machine machine = kernel().withProgram("ud2").machine();
        Step step = machine.step();
        assertThat(step.outcome()).isEqualTo(new StepOutcome.EventDelivered(Event.exception(ExceptionVector.UD)));
        assertThat(quadword(machine, machine.view().register(MachineRegister.RSP) + 16))
                .isEqualTo(IF_TF | Rflags.RF);
        assertThat(machine.view().register(MachineRegister.DR6)).isEqualTo(DR6_NONE);
    }

    @Nested
    @DisplayName("by breakpoint registers")
    class Breakpoints {

        private static final long DATA = KERNEL_DATA;

        private static TestMachine watching(long dr7) {
            return kernel().with(MachineRegister.RFLAGS, 0x202)
                    .with(MachineRegister.DR0, KERNEL_RIP + 1)
                    .with(MachineRegister.DR1, DATA)
                    .with(MachineRegister.DR2, 0x61)
                    .with(MachineRegister.DR3, DATA + 4)
                    .with(MachineRegister.DR7, 0x400 | dr7);
        }

        @Test
        @DisplayName("on an instruction are faults: it has not run, RF lets it run once, IRET restores that")
        void instruction() {
            Machine machine = watching(0x1).withProgram("nop; inc %ebx; nop").machine();
            assertThat(traps(machine, KERNEL_RIP, 2)).containsExactly("1:1");
            long image = quadword(machine, machine.view().register(MachineRegister.RSP) + 16);
            assertThat(image & Rflags.RF).as("RF is left to software").isZero();
            Machine resumed = watching(0x1)
                    .with(MachineRegister.RFLAGS, 0x202 | Rflags.RF)
                    .with(MachineRegister.RIP, KERNEL_RIP + 1)
                    .withBytes(KERNEL_RIP, "90 ff c3 eb fb") // nop; 1: inc %ebx; jmp 1b - 1
                    .machine();
            assertThat(traps(resumed, KERNEL_RIP, 1)).isEmpty();
            assertThat(resumed.view().register(MachineRegister.RBX)).isEqualTo(1);
            assertThat(traps(resumed, KERNEL_RIP, 3))
                    .as("RF lasts one instruction")
                    .containsExactly("1:1");
        }

        @Test
        @DisplayName("on an instruction behind MOV SS are lost with the shadow")
        void instructionBehindMovSs() {
            Machine machine = watching(0x1)
                    .with(MachineRegister.DR0, KERNEL_RIP + 2)
                    .withProgram("mov %eax, %ss; nop; nop")
                    .machine();
            assertThat(traps(machine, KERNEL_RIP, 3)).isEmpty();
        }

        @ParameterizedTest(name = "R/W1 {0}: {1} -> {2}")
        @CsvSource(
                delimiter = '|',
                value = {
                    "1 | mov %eax, 0xf000; nop | 7:2",
                    "1 | mov 0xf000, %eax; nop | -",
                    "3 | mov 0xf000, %eax; nop | 7:2",
                    "1 | incl 0xf000; nop | 7:2",
                    "3 | cmpl $0, 0xf000; nop | 8:2",
                    "1 | mov %eax, 0xeffd; nop | 7:2",
                    "1 | mov %eax, 0xf004; nop | -",
                    "0 | mov %eax, 0xf000; nop | -",
                    "1 | mov $0xf000, %edi; mov $4, %ecx; rep stosb; nop | a:2 a:2 a:2 c:2",
                    "1 | mov $0xf008, %esp; push %rax; nop | 6:2",
                    "1 | mov $0xf000, %edi; mov %eax, %ss; mov %eax, (%rdi); nop | 9:2",
                    "1 | mov $0xeff8, %esp; mov %eax, %ss; movl $1, 0xf000; nop | 12:2",
                })
        @DisplayName("on data are traps: the instruction has run, a string instruction one iteration")
        void data(String kind, String program, String expected) {
            Machine machine = watching(0xc_0004 | Long.parseLong(kind) << 20 | 3 << 22)
                    .withProgram(program + LOOP)
                    .machine();
            String[] traps = expected.equals("-") ? new String[0] : expected.split(" ");
            assertThat(traps(machine, KERNEL_RIP, 12)).startsWith(traps).hasSize(traps.length);
        }

        @Test
        @DisplayName("on data that the load of SS itself reads are held until after the next instruction")
        void heldByMovSs() {
            Machine machine = watching(0x4 | 3 << 20 | 1 << 22)
                    .withQuadword(DATA, KERNEL_DS)
                    .withProgram("mov 0xf000, %ss; nop; nop")
                    .machine();
            assertThat(traps(machine, KERNEL_RIP, 3)).containsExactly("8:2");
        }

        @Test
        @DisplayName("that are met together are in DR6 together, with BS if TF was set")
        void together() {
            Machine machine = watching(0x44 | 1 << 20 | 1 << 28 | 3 << 22 | 3 << 30)
                    .with(MachineRegister.RFLAGS, IF_TF)
                    .withProgram("mov %rax, 0xf000; nop")
                    .machine();
            assertThat(traps(machine, KERNEL_RIP, 1)).containsExactly("8:400a");
        }

        @Test
        @DisplayName("leave BS and BD of DR6 as software left them, and set B0 to B3 anew")
        void accumulates() {
            Machine machine = watching(0x4 | 1 << 20)
                    .with(MachineRegister.DR6, DR6_NONE | 0x6009)
                    .withProgram("mov %al, 0xf000")
                    .machine();
            assertThat(traps(machine, KERNEL_RIP, 1)).containsExactly("7:6002");
        }

        @ParameterizedTest(name = "CR4.DE {0}, LEN2 {1}: {2} -> {3}")
        @CsvSource(
                delimiter = '|',
                value = {
                    "1 | 0 | in $0x61, %al; nop | 2:4", "1 | 0 | out %al, $0x61; nop | 2:4",
                            "1 | 0 | in $0x60, %al; nop | -",
                    "1 | 0 | in $0x60, %ax; nop | 3:4", "1 | 1 | in $0x60, %al; nop | 2:4",
                            "1 | 3 | out %al, $0x63; nop | 2:4",
                    "1 | 0 | in $0x62, %eax; nop | -", "0 | 0 | in $0x61, %al; nop | -",
                            "1 | 0 | movb $1, 0x61(%rip); nop | -",
                    "1 | 0 | mov $0x61, %edx; mov $0xf000, %edi; mov $2, %ecx; rep insb; nop | f:4 11:4",
                })
        @DisplayName("on I/O ports are traps, and are there with CR4.DE alone")
        void ports(long debugExtensions, long length, String program, String expected) {
            Machine machine = watching(0x10 | 2 << 24 | length << 26)
                    .with(MachineRegister.CR4, 0x6a0 | debugExtensions << 3)
                    .withProgram(program + LOOP)
                    .machine();
            String[] traps = expected.equals("-") ? new String[0] : expected.split(" ");
            assertThat(traps(machine, KERNEL_RIP, 12)).startsWith(traps).hasSize(traps.length);
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"mov %dr0@ %rbx", "mov %rbx@ %dr3", "mov %dr7@ %rbx", "mov %rbx@ %dr6"})
    @DisplayName("by general detect are faults: the MOV has not run, DR6.BD is set, and GD is 0 in the handler")
    void generalDetect(String program) {
        Machine machine = kernel().with(MachineRegister.RFLAGS, 0x202)
                .with(MachineRegister.DR7, 0x2400)
                .withProgram(program.replace('@', ','))
                .machine();
        assertThat(traps(machine, KERNEL_RIP, 1)).containsExactly("0:2000");
        assertThat(machine.view().register(MachineRegister.DR7)).isEqualTo(0x400);
    }

    @Test
    @DisplayName("by general detect come after the privilege check")
    void generalDetectInUserMode() {
        Machine machine = user().with(MachineRegister.RFLAGS, 0x202)
                .with(MachineRegister.DR7, 0x2400)
                .with(MachineRegister.RSP, USER_RSP)
                .withProgram("mov %dr0, %rbx")
                .machine();
        assertThat(machine.step().outcome())
                .isEqualTo(new StepOutcome.EventDelivered(Event.exception(ExceptionVector.GP, 0)));
        assertThat(machine.view().register(MachineRegister.DR7)).isEqualTo(0x2400);
    }
}
