package dev.trapframe.emulator.execute;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.Machine;
import dev.trapframe.emulator.ProtectedMachine;
import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.Change.SystemRegister;
import dev.trapframe.emulator.api.Limits;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MachineState;
import dev.trapframe.emulator.api.MachineView;
import dev.trapframe.emulator.api.RunEnd;
import dev.trapframe.emulator.api.Step;
import dev.trapframe.emulator.api.StepOutcome;
import dev.trapframe.emulator.api.TraceView;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.memory.LittleEndian;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Source: Intel SDM Vol. 3A, "Initializing IA-32e Mode" and "IA-32e Mode System Data Structures". */
@DisplayName("Switching modes")
class ModeSwitchTest {

    /** Maps the first 2 MiB for 4-level paging from 0x10000 on; as PAE directory 0x12000 serves too. */
    private static final String TABLES = """
            movl $0x11003, 0x10000
            movl $0x12003, 0x11000
            movl $0x00083, 0x12000
            """;

    private static final String TO_LONG_MODE = """
            mov %cr4, %eax
            or $0x20, %eax
            mov %eax, %cr4
            mov $0x10000, %eax
            mov %eax, %cr3
            mov $0xc0000080, %ecx
            rdmsr
            or $0x100, %eax
            wrmsr
            mov %cr0, %eax
            or $0x80000000, %eax
            mov %eax, %cr0
            """;

    private static final String THERE_AND_BACK = TABLES + TO_LONG_MODE + """
            compatible: ljmp $0x38, $long
            .code64
            long: mov $0x1122334455667788, %rbx
            push %rbx
            lretq_frame: pushq $0x08
            pushq $back
            lretq
            .code32
            back: mov %cr0, %eax
            and $0x7fffffff, %eax
            mov %eax, %cr0
            legacy: mov $0xc0000080, %ecx
            xor %edx, %edx
            xor %eax, %eax
            wrmsr
            mov %esp, %ebp
            hlt
            """;

    private static long register(MachineView view, MachineRegister register) {
        return view.register(register);
    }

    private static int position(TraceView trace, long linear) {
        for (int i = 0; i < trace.stepCount(); i++) if (trace.step(i).linear() == linear) return i;
        throw new AssertionError("never at 0x" + Long.toHexString(linear));
    }

    @Test
    @DisplayName("protected mode without paging, compatibility mode, 64-bit mode, and back")
    void thereAndBack() {
        ProtectedMachine setUp = ProtectedMachine.inKernelMode().withSource(THERE_AND_BACK);
        TraceView trace = setUp.machine().record(Limits.ofSteps(100));
        assertThat(trace.end()).isEqualTo(RunEnd.HALTED);

        MachineView compatible = trace.at(position(trace, setUp.symbol("compatible")));
        assertThat(register(compatible, MachineRegister.EFER)).isEqualTo(0x500);
        assertThat(register(compatible, MachineRegister.CR0)).isEqualTo(0x8000_0011L);
        assertThat(compatible.tlb()).isEmpty();

        MachineView longMode = trace.at(position(trace, setUp.symbol("lretq_frame")));
        assertThat(register(longMode, MachineRegister.RBX)).isEqualTo(0x1122_3344_5566_7788L);
        assertThat(register(longMode, MachineRegister.RSP)).isEqualTo(ProtectedMachine.ESP - 8);
        assertThat(longMode.tlb()).isNotEmpty();

        MachineView legacy = trace.at(position(trace, setUp.symbol("legacy")));
        assertThat(register(legacy, MachineRegister.EFER)).isEqualTo(0x100);
        assertThat(legacy.tlb()).isEmpty();
        assertThat(register(trace.at(trace.stepCount()), MachineRegister.EFER)).isZero();
        assertThat(register(trace.at(trace.stepCount()), MachineRegister.RBP)).isEqualTo(ProtectedMachine.ESP - 8);
    }

    @Test
    @DisplayName("a machine taken at any position goes on exactly as the one it was taken from")
    void anyPosition() {
        TraceView trace = ProtectedMachine.inKernelMode()
                .withSource(THERE_AND_BACK)
                .machine()
                .record(Limits.ofSteps(100));
        for (int position = 0; position < trace.stepCount(); position++) {
            TraceView rest = Machine.load(trace.at(position).state()).record(Limits.ofSteps(100));
            assertThat(rest.stepCount()).isEqualTo(trace.stepCount() - position);
            assertSame(rest.at(rest.stepCount()), trace.at(trace.stepCount()));
        }
    }

    private static void assertSame(MachineView actual, MachineView expected) {
        MachineState first = actual.state();
        MachineState second = expected.state();
        assertThat(first.registers()).isEqualTo(second.registers());
        assertThat(first.system()).isEqualTo(second.system());
        assertThat(first.nonRegister()).isEqualTo(second.nonRegister());
        assertThat(first.pages().keySet()).isEqualTo(second.pages().keySet());
        first.pages()
                .forEach((address, bytes) ->
                        assertThat(bytes).isEqualTo(second.pages().get(address)));
    }

    @Test
    @DisplayName("a step shows the text of the mode it ran in: 16-bit, 32-bit, 64-bit")
    void texts() {
        String bytes = "48 89 d8 90";
        assertThat(texts(ProtectedMachine.inKernelMode().withCode(bytes))).containsExactly("dec %eax", "mov %ebx,%eax");
        ProtectedMachine small =
                ProtectedMachine.inKernelMode().withSegment(SegmentRegister.CS, ProtectedMachine.CODE_16);
        assertThat(texts(small.withCode(bytes))).containsExactly("dec %ax", "mov %bx,%ax");
    }

    private static List<String> texts(ProtectedMachine machine) {
        TraceView trace = machine.machine().record(Limits.ofSteps(2));
        return List.of(text(trace.step(0)), text(trace.step(1)));
    }

    private static String text(Step step) {
        return step.text().replaceAll(" +", " ");
    }

    /** What becomes of MOV to CR0 that sets PG while EFER.LME is 1. */
    private static String activate(ProtectedMachine machine, long cr4) {
        Machine started = machine.with(MachineRegister.CR4, cr4)
                .with(MachineRegister.EFER, 0x100)
                .with(MachineRegister.CR3, 0x10000)
                .with(MachineRegister.RAX, 0x8000_0011L)
                .put(0x10000, 8, 0x11003)
                .put(0x11000, 8, 0x12003)
                .put(0x12000, 8, 0x83)
                .withCode("0f 22 c0") // mov %eax, %cr0
                .machine();
        StepOutcome outcome = started.step().outcome();
        if (outcome instanceof StepOutcome.Retired) {
            return "EFER " + Long.toHexString(started.view().register(MachineRegister.EFER));
        }
        assertThat(started.view().register(MachineRegister.CR0)).isEqualTo(0x11);
        return "refused";
    }

    @Test
    @DisplayName("IA-32e mode starts with PAE alone, not in a code segment with L, not with a TSS of 16 bits")
    void activation() {
        assertThat(activate(ProtectedMachine.inKernelMode(), 0x20)).isEqualTo("EFER 500");
        assertThat(activate(ProtectedMachine.inKernelMode(), 0)).isEqualTo("refused");
        Descriptor code64 = new Descriptor(ProtectedMachine.CODE_64, 0, 0xffff_ffffL, 0xa09b);
        Descriptor code32WithL = new Descriptor(ProtectedMachine.CODE_64, 0, 0xffff_ffffL, 0xe09b);
        for (Descriptor code : List.of(code64, code32WithL)) {
            assertThat(activate(ProtectedMachine.inKernelMode().with(SystemRegister.CS, code), 0x20))
                    .isEqualTo("refused");
        }
        Descriptor tss16 = new Descriptor(ProtectedMachine.TSS_SELECTOR, ProtectedMachine.TSS, 0x2b, 0x83);
        assertThat(activate(ProtectedMachine.inKernelMode().with(SystemRegister.TR, tss16), 0x20))
                .isEqualTo("refused");
    }

    @ParameterizedTest(name = "{0} with EAX {1}: pointers loaded {2}")
    @CsvSource({
        "0f22d8, 12020, 11001", // mov %eax, %cr3
        "0f22d8, 12040, refused",
        "0f22e0, 20, 33001", // mov %eax, %cr4 that changes nothing
        "0f22e0, a0, 11001", // ... PGE
        "0f22e0, 30, 11001", // ... PSE
        "0f22e0, 100020, 11001", // ... SMEP
        "0f22e0, 24, 33001", // ... TSD
        "0f22c0, 80000011, 33001", // mov %eax, %cr0 that changes nothing
        "0f22c0, c0000011, 11001", // ... CD
        "0f22c0, 80010011, 33001" // ... WP
    })
    @DisplayName("the PDPTEs of PAE paging are loaded by MOV to CR3, and by changes of some bits of CR0 and CR4")
    void pointers(String code, String value, String expected) {
        Machine machine = ProtectedMachine.inKernelMode()
                .with(MachineRegister.CR0, 0x8000_0011L)
                .with(MachineRegister.CR3, 0x12020)
                .with(MachineRegister.CR4, 0x20)
                .with(MachineRegister.PDPTE0, 0x33001)
                .put(0x12020, 8, 0x11001)
                .put(0x12040, 8, 0x11003)
                .put(0x33000, 8, 0x83)
                .put(0x11000, 8, 0x83)
                .with(MachineRegister.RAX, Long.parseLong(value, 16))
                .withCode(code)
                .machine();
        boolean retired = machine.step().outcome() instanceof StepOutcome.Retired;
        String loaded = Long.toHexString(machine.view().register(MachineRegister.PDPTE0));
        assertThat(retired ? loaded : "refused").isEqualTo(expected);
    }

    @Test
    @DisplayName("PAE paging starts with CR0.PG: the PDPTEs come from CR3, and paging translates through them")
    void paePaging() {
        String source = """
                movl $0x11001, 0x12020
                movl $0x00083, 0x11000
                movl $0x600083, 0x11008
                movl $0xcafebabe, 0x600123
                mov $0x12020, %eax
                mov %eax, %cr3
                mov $0x20, %eax
                mov %eax, %cr4
                mov $0x80000011, %eax
                mov %eax, %cr0
                movl $0, 0x12020
                mov 0x200123, %ebx
                hlt
                """;
        Machine machine = ProtectedMachine.inKernelMode().withSource(source).machine();
        assertThat(machine.run(100)).isEqualTo(RunEnd.HALTED);
        assertThat(machine.view().register(MachineRegister.RBX)).isEqualTo(0xcafe_babeL);
        assertThat(machine.view().register(MachineRegister.PDPTE0)).isEqualTo(0x11001);
    }

    @Test
    @DisplayName("32-bit paging with 4-MiB pages starts with CR0.PG")
    void thirtyTwoBitPaging() {
        String source = """
                movl $0x000083, 0x11000
                movl $0x400083, 0x11800
                movl $0xcafebabe, 0x400123
                mov $0x11000, %eax
                mov %eax, %cr3
                mov $0x10, %eax
                mov %eax, %cr4
                mov $0x80000011, %eax
                mov %eax, %cr0
                mov 0x80000123, %ebx
                movw $1, 0x80000123
                hlt
                """;
        Machine machine = ProtectedMachine.inKernelMode().withSource(source).machine();
        assertThat(machine.run(100)).isEqualTo(RunEnd.HALTED);
        assertThat(machine.view().register(MachineRegister.RBX)).isEqualTo(0xcafe_babeL);
        assertThat(LittleEndian.get(machine.view().physical(0x11800, 4), 0, 4)).isEqualTo(0x4000e3);
    }

    @Test
    @DisplayName("LTR and LLDT read 8 bytes outside of IA-32e mode, and LTR takes a TSS of 16 bits too")
    void systemSegments() {
        ProtectedMachine setUp = ProtectedMachine.inKernelMode()
                .withEntry(0x50, 0x1200_8934_5678_0067L)
                .withEntry(0x58, 0x0000_8212_3456_0fffL)
                .withEntry(0x60, 0x0000_8112_3456_002bL)
                .withSource("""
                        mov $0x50, %eax
                        ltr %ax
                        mov $0x58, %eax
                        lldt %ax
                        str %ecx
                        sldt %edx
                        mov $0x60, %eax
                        ltr %ax
                        hlt
                        """);
        TraceView trace = setUp.machine().record(Limits.ofSteps(20));
        assertThat(trace.end()).isEqualTo(RunEnd.HALTED);
        MachineView first = trace.at(6);
        assertThat(first.descriptor(SystemRegister.TR)).isEqualTo(new Descriptor(0x50, 0x1234_5678, 0x67, 0x8b));
        assertThat(first.descriptor(SystemRegister.LDTR)).isEqualTo(new Descriptor(0x58, 0x12_3456, 0xfff, 0x82));
        assertThat(register(first, MachineRegister.RCX)).isEqualTo(0x50);
        assertThat(register(first, MachineRegister.RDX)).isEqualTo(0x58);
        assertThat(trace.at(trace.stepCount()).descriptor(SystemRegister.TR))
                .isEqualTo(new Descriptor(0x60, 0x12_3456, 0x2b, 0x83));
        assertThat(LittleEndian.get(first.physical(ProtectedMachine.GDT + 0x55, 1), 0, 1))
                .isEqualTo(0x8b);
    }
}
