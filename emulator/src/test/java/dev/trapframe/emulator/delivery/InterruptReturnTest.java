package dev.trapframe.emulator.delivery;

import static dev.trapframe.emulator.TestMachine.GDT;
import static dev.trapframe.emulator.TestMachine.KERNEL_CS;
import static dev.trapframe.emulator.TestMachine.KERNEL_DS;
import static dev.trapframe.emulator.TestMachine.KERNEL_RIP;
import static dev.trapframe.emulator.TestMachine.KERNEL_RSP;
import static dev.trapframe.emulator.TestMachine.SPARE_SELECTOR;
import static dev.trapframe.emulator.TestMachine.USER_CS;
import static dev.trapframe.emulator.TestMachine.USER_CS32;
import static dev.trapframe.emulator.TestMachine.USER_DS;
import static dev.trapframe.emulator.TestMachine.USER_RIP;
import static dev.trapframe.emulator.TestMachine.USER_RSP;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.trapframe.emulator.TestMachine;
import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.Change.SystemRegister;
import dev.trapframe.emulator.api.FrameSlot;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MicroOp;
import dev.trapframe.emulator.api.Rule;
import dev.trapframe.emulator.event.Event;
import dev.trapframe.emulator.event.ExceptionVector;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.state.Rflags;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("IRETQ")
class InterruptReturnTest {

    private static final long FLAGS = 0x202;
    private static final long FRAME = KERNEL_RSP - 40;
    private static final long USER_STACK = USER_RSP - 40;

    private final TestMachine machine = TestMachine.inKernelMode().with(MachineRegister.RSP, FRAME);

    private TestMachine frame(long rip, long cs, long rflags, long rsp, long ss) {
        return machine.withQuadword(FRAME, rip)
                .withQuadword(FRAME + 8, cs)
                .withQuadword(FRAME + 16, rflags)
                .withQuadword(FRAME + 24, rsp)
                .withQuadword(FRAME + 32, ss);
    }

    private void iretq() {
        new InterruptReturn(machine.cpu(), machine.memory()).execute(8);
    }

    private Event refusal() {
        var before = machine.registers();
        try {
            iretq();
        } catch (Fault fault) {
            assertThat(machine.registers())
                    .as("a refused return changes no register")
                    .isEqualTo(before);
            return fault.event();
        }
        throw new AssertionError("the return succeeded");
    }

    @Test
    @DisplayName("to user mode loads RIP, CS, RFLAGS, RSP and SS, and nulls no segment that the user may use")
    void returnsToUserMode() {
        frame(USER_RIP, USER_CS, FLAGS, USER_RSP, USER_DS);
        iretq();

        assertThat(machine.cpu().rip()).isEqualTo(USER_RIP);
        assertThat(machine.cpu().rsp()).isEqualTo(USER_RSP);
        assertThat(machine.cpu().cpl()).isEqualTo(3);
        assertThat(machine.cpu().selector(SegmentRegister.CS)).isEqualTo(USER_CS);
        assertThat(machine.cpu().selector(SegmentRegister.SS)).isEqualTo(USER_DS);
        assertThat(machine.cpu().selector(SegmentRegister.DS)).isEqualTo(USER_DS);
    }

    @Test
    @DisplayName("to user mode nulls data segments of the kernel's level; FS keeps its base")
    void nullsInnerSegments() {
        machine.with(MachineRegister.DS, KERNEL_DS)
                .with(SystemRegister.DS, new Descriptor(KERNEL_DS, 0, 0xffff_ffffL, 0xc093));
        machine.with(MachineRegister.FS, KERNEL_DS)
                .with(SystemRegister.FS, new Descriptor(KERNEL_DS, 0, 0xffff_ffffL, 0xc093))
                .with(MachineRegister.FS_BASE, 0x1234);
        frame(USER_RIP, USER_CS, FLAGS, USER_RSP, USER_DS);
        iretq();

        assertThat(machine.cpu().selector(SegmentRegister.DS)).isZero();
        assertThat(machine.cpu().selector(SegmentRegister.FS)).isZero();
        assertThat(machine.cpu().get(MachineRegister.FS_BASE)).isEqualTo(0x1234);
    }

    @Test
    @DisplayName("to user mode makes null selectors 0, whatever their RPL; within a level they stay")
    void clearsNullSelectors() {
        machine.with(MachineRegister.DS, 3)
                .with(SystemRegister.DS, new Descriptor(3, 0, 0, 0))
                .with(MachineRegister.GS, 2)
                .with(SystemRegister.GS, new Descriptor(2, 0, 0, 0))
                .with(MachineRegister.GS_BASE, 0x5678);
        frame(KERNEL_RIP, KERNEL_CS, FLAGS, FRAME, KERNEL_DS);
        iretq();
        assertThat(machine.cpu().selector(SegmentRegister.DS)).isEqualTo(3);
        assertThat(machine.cpu().selector(SegmentRegister.GS)).isEqualTo(2);

        frame(USER_RIP, USER_CS, FLAGS, USER_RSP, USER_DS);
        iretq();
        assertThat(machine.cpu().selector(SegmentRegister.DS)).isZero();
        assertThat(machine.cpu().selector(SegmentRegister.GS)).isZero();
        assertThat(machine.cpu().get(MachineRegister.GS_BASE)).isEqualTo(0x5678);
    }

    @Test
    @DisplayName(
            "to user mode leaves nothing in a segment register but FS.base or GS.base, whatever it held beside null")
    void nulledSegments() {
        machine.with(MachineRegister.DS, 3)
                .with(SystemRegister.DS, new Descriptor(3, 0, 0xffff_ffffL, 0xc0f3))
                .with(MachineRegister.GS, KERNEL_DS)
                .with(SystemRegister.GS, new Descriptor(KERNEL_DS, 0, 0xffff_ffffL, 0xc093))
                .with(MachineRegister.GS_BASE, 0x5678);
        frame(USER_RIP, USER_CS, FLAGS, USER_RSP, USER_DS);
        iretq();

        assertThat(machine.cpu().descriptor(SystemRegister.DS)).isEqualTo(new Descriptor(0, 0, 0, 0));
        assertThat(machine.cpu().descriptor(SystemRegister.GS)).isEqualTo(new Descriptor(0, 0x5678, 0, 0));
        assertThat(machine.cpu().descriptor(SystemRegister.ES).selector()).isEqualTo(USER_DS);
    }

    @Test
    @DisplayName("to 64-bit code ignores the segment's limit")
    void ignoresTheLimit() {
        frame(0x7fff_1234_5678L, USER_CS, FLAGS, USER_RSP, USER_DS);
        iretq();
        assertThat(machine.cpu().rip()).isEqualTo(0x7fff_1234_5678L);
    }

    @Test
    @DisplayName("reads no byte beyond a descriptor, wherever its table ends")
    void lastDescriptor() {
        machine.with(SystemRegister.GDTR, new Descriptor(0, GDT, 0xfff, 0))
                .withQuadword(GDT + 0xff8, 0x00af_fb00_0000_ffffL)
                .withPageEntry(GDT + 0x1000, 0);
        frame(USER_RIP, 0xffb, FLAGS, USER_RSP, USER_DS);
        iretq();
        assertThat(machine.cpu().selector(SegmentRegister.CS)).isEqualTo(0xffb);
    }

    @Test
    @DisplayName("pops RIP, CS, RFLAGS, RSP and SS in this order, and says where it returned to")
    void notesItsPops() {
        frame(USER_RIP, USER_CS, FLAGS, USER_RSP, USER_DS);
        iretq();

        assertThat(machine.notes().stream().filter(MicroOp.Popped.class::isInstance))
                .containsExactly(
                        new MicroOp.Popped(FrameSlot.RIP, FRAME, USER_RIP),
                        new MicroOp.Popped(FrameSlot.CS, FRAME + 8, USER_CS),
                        new MicroOp.Popped(FrameSlot.RFLAGS, FRAME + 16, FLAGS),
                        new MicroOp.Popped(FrameSlot.RSP, FRAME + 24, USER_RSP),
                        new MicroOp.Popped(FrameSlot.SS, FRAME + 32, USER_DS));
        assertThat(machine.notes()).endsWith(new MicroOp.Returned(USER_CS, USER_RIP, 0, 3));
    }

    @Test
    @DisplayName("within the kernel pops RSP and SS too; SS may be null")
    void returnsWithinTheKernel() {
        frame(KERNEL_RIP, KERNEL_CS, FLAGS, KERNEL_RSP - 5, 0);
        iretq();

        assertThat(machine.cpu().rsp()).isEqualTo(KERNEL_RSP - 5);
        assertThat(machine.cpu().selector(SegmentRegister.SS)).isZero();
    }

    @Test
    @DisplayName("restores RF, and at CPL 0 IF and IOPL; VM never")
    void restoresFlags() {
        frame(KERNEL_RIP, KERNEL_CS, -1, KERNEL_RSP, 0);
        iretq();

        long never = Rflags.VM;
        assertThat(machine.cpu().rflags() & (Rflags.RF | Rflags.IF | Rflags.IOPL | Rflags.NT | Rflags.TF))
                .isEqualTo(Rflags.RF | Rflags.IF | Rflags.IOPL | Rflags.NT | Rflags.TF);
        assertThat(machine.cpu().rflags() & never).isZero();
        assertThat(machine.cpu().rflags() & ~0x3f_ffffL).isZero();
    }

    @Test
    @DisplayName("with NT set: #GP(0), before anything is popped")
    void nestedTask() {
        machine.with(MachineRegister.RFLAGS, 0x2 | Rflags.NT);
        frame(USER_RIP, USER_CS, FLAGS, USER_RSP, USER_DS);

        assertThat(refusal()).isEqualTo(Event.exception(ExceptionVector.GP, 0));
        assertThat(machine.notes()).noneMatch(MicroOp.Popped.class::isInstance);
    }

    @ParameterizedTest(name = "CS {0}, SS {1}: {2}({3})")
    @CsvSource({
        "0x0, 0x2b, GP, 0x0",
        "0x3, 0x2b, GP, 0x0",
        "0x63, 0x2b, GP, 0x60",
        "0x2b, 0x2b, GP, 0x28",
        "0x30, 0x2b, GP, 0x30",
        "0x13, 0x2b, GP, 0x10",
        "0x33, 0x0, GP, 0x0",
        "0x33, 0x63, GP, 0x60",
        "0x33, 0x28, GP, 0x28",
        "0x33, 0x1b, GP, 0x18",
        "0x33, 0x33, GP, 0x30",
        "0x10, 0x1, GP, 0x0"
    })
    @DisplayName("refuses selectors that do not fit together")
    void refusesSelectors(String cs, String ss, ExceptionVector vector, String errorCode) {
        frame(USER_RIP, Long.decode(cs), FLAGS, USER_RSP, Long.decode(ss));

        assertThat(refusal()).isEqualTo(Event.exception(vector, Integer.decode(errorCode)));
    }

    @Test
    @DisplayName("to code that is not present: #NP(selector)")
    void absentCode() {
        machine.withQuadword(GDT + SPARE_SELECTOR, 0x00af_7b00_0000_ffffL);
        frame(USER_RIP, SPARE_SELECTOR | 3, FLAGS, USER_RSP, USER_DS);

        assertThat(refusal()).isEqualTo(Event.exception(ExceptionVector.NP, SPARE_SELECTOR));
    }

    @Test
    @DisplayName("to a stack segment that is not present: #SS(selector)")
    void absentStack() {
        machine.withQuadword(GDT + SPARE_SELECTOR, 0x00cf_7300_0000_ffffL);
        frame(USER_RIP, USER_CS, FLAGS, USER_RSP, SPARE_SELECTOR | 3);

        assertThat(refusal()).isEqualTo(Event.exception(ExceptionVector.SS, SPARE_SELECTOR));
    }

    @Test
    @DisplayName("to a RIP that is not canonical: #GP(0) on the IRETQ, still at CPL 0")
    void nonCanonicalRip() {
        frame(0x8000_0000_0000L, USER_CS, FLAGS, USER_RSP, USER_DS);

        assertThat(refusal()).isEqualTo(Event.exception(ExceptionVector.GP, 0));
    }

    @Test
    @DisplayName("loads an RSP that is not canonical without a word")
    void nonCanonicalRsp() {
        frame(USER_RIP, USER_CS, FLAGS, 0x8000_0000_0000L, USER_DS);
        iretq();

        assertThat(machine.cpu().rsp()).isEqualTo(0x8000_0000_0000L);
    }

    @ParameterizedTest(name = "at CPL {0} with IOPL {1}: IF {2}, IOPL {3}")
    @CsvSource({"3, 0, false, 0", "3, 2, false, 2", "3, 3, true, 3", "1, 0, false, 0", "1, 1, true, 1", "0, 0, true, 3"
    })
    @DisplayName("changes IF only at CPL up to IOPL, and IOPL only at CPL 0")
    void privilegedFlags(int cpl, long iopl, boolean interrupts, long ioplAfter) {
        machine.with(MachineRegister.CPL, cpl)
                .with(MachineRegister.RFLAGS, 0x2 | iopl << Rflags.IOPL_SHIFT)
                .with(MachineRegister.RSP, USER_STACK);
        machine.withQuadword(USER_STACK, USER_RIP)
                .withQuadword(USER_STACK + 8, USER_CS)
                .withQuadword(USER_STACK + 16, 0x2 | Rflags.IF | Rflags.IOPL)
                .withQuadword(USER_STACK + 24, USER_RSP)
                .withQuadword(USER_STACK + 32, USER_DS);
        iretq();

        assertThat(machine.cpu().flag(Rflags.IF)).isEqualTo(interrupts);
        assertThat((machine.cpu().rflags() & Rflags.IOPL) >> Rflags.IOPL_SHIFT).isEqualTo(ioplAfter);
        assertThat(machine.cpu().rflags() & Rflags.ALWAYS_ONE).isEqualTo(Rflags.ALWAYS_ONE);
    }

    @Test
    @DisplayName("every check notes what it found and what it asks for")
    void notesFoundAndRequired() {
        frame(USER_RIP, USER_CS, FLAGS, USER_RSP, USER_DS);
        iretq();

        assertThat(machine.notes().stream().filter(MicroOp.Checked.class::isInstance))
                .containsExactly(
                        new MicroOp.Checked(Rule.IRET_NESTED_TASK, true, true, 0, 0),
                        new MicroOp.Checked(Rule.RETURN_SELECTOR_NOT_NULL, true, true, USER_CS, 0),
                        new MicroOp.Checked(Rule.RETURN_SELECTOR_LIMIT, true, true, 0x37, 0x5f),
                        new MicroOp.Checked(Rule.RETURN_IS_CODE, true, true, 0x1b, 0x18),
                        new MicroOp.Checked(Rule.RETURN_RPL, true, true, 3, 0),
                        new MicroOp.Checked(Rule.RETURN_DPL, true, true, 3, 3),
                        new MicroOp.Checked(Rule.RETURN_LONG_MODE, true, true, 1, 1),
                        new MicroOp.Checked(Rule.RETURN_PRESENT, true, true, 1, 1),
                        new MicroOp.Checked(Rule.RETURN_STACK_SELECTOR, true, true, USER_DS, 3),
                        new MicroOp.Checked(Rule.RETURN_STACK_PRESENT, true, true, 1, 1),
                        new MicroOp.Checked(Rule.RETURN_CANONICAL, true, true, USER_RIP, 0));
    }

    @Test
    @DisplayName("notes NT as 1, and a P flag that is clear as 0")
    void notesWhatIsWrong() {
        machine.with(MachineRegister.RFLAGS, 0x2 | Rflags.NT);
        refusal();
        assertThat(machine.notes()).endsWith(new MicroOp.Checked(Rule.IRET_NESTED_TASK, true, false, 1, 0));
    }

    @Test
    @DisplayName("notes a P flag of CS or SS that is clear as 0")
    void notesAbsentSegments() {
        machine.withQuadword(GDT + SPARE_SELECTOR, 0x00af_7b00_0000_ffffL)
                .withQuadword(GDT + 0x58, 0x00cf_7300_0000_ffffL);
        frame(USER_RIP, SPARE_SELECTOR | 3, FLAGS, USER_RSP, USER_DS);
        refusal();
        assertThat(machine.notes()).endsWith(new MicroOp.Checked(Rule.RETURN_PRESENT, true, false, 0, 1));

        machine.physicalMemory().write(FRAME + 8, FRAME + 8, 8, USER_CS);
        machine.physicalMemory().write(FRAME + 32, FRAME + 32, 8, 0x5b);
        refusal();
        assertThat(machine.notes()).endsWith(new MicroOp.Checked(Rule.RETURN_STACK_PRESENT, true, false, 0, 1));
    }

    @ParameterizedTest(name = "DPL {0}, RPL {1}: {2}")
    @CsvSource({"0, 3, true", "2, 3, true", "3, 3, true", "3, 2, false"})
    @DisplayName("to conforming code needs a DPL up to the RPL")
    void conformingCode(long dpl, int rpl, boolean permitted) {
        machine.withQuadword(GDT + SPARE_SELECTOR, 0x00af_9f00_0000_ffffL | dpl << 45)
                .withQuadword(GDT + 0x58, 0x00cf_9300_0000_ffffL | (long) rpl << 45);
        frame(USER_RIP, SPARE_SELECTOR | rpl, FLAGS, USER_RSP, 0x58 | rpl);
        if (!permitted) {
            assertThat(refusal()).isEqualTo(Event.exception(ExceptionVector.GP, SPARE_SELECTOR));
            return;
        }
        iretq();
        assertThat(machine.cpu().cpl()).isEqualTo(rpl);
        assertThat(machine.cpu().selector(SegmentRegister.CS)).isEqualTo(SPARE_SELECTOR | rpl);
    }

    @Test
    @DisplayName("to 32-bit code needs a RIP within the segment's limit")
    void compatibilityMode() {
        machine.withQuadword(GDT + SPARE_SELECTOR, 0x0040_fb00_0000_ffffL);
        frame(0x1_0000, SPARE_SELECTOR | 3, FLAGS, USER_RSP, USER_DS);
        assertThat(refusal()).isEqualTo(Event.exception(ExceptionVector.GP, 0));

        machine.physicalMemory().write(FRAME, FRAME, 8, 0xffff);
        iretq();
        assertThat(machine.cpu().rip()).isEqualTo(0xffff);
        assertThat(machine.cpu().in64BitMode()).isFalse();
    }

    @Test
    @DisplayName("sets the accessed bits of both descriptors")
    void marksSegmentsAccessed() {
        machine.withQuadword(GDT + SPARE_SELECTOR, 0x00af_fa00_0000_ffffL)
                .withQuadword(GDT + 0x58, 0x00cf_f200_0000_ffffL);
        frame(USER_RIP, SPARE_SELECTOR | 3, FLAGS, USER_RSP, 0x5b);
        iretq();

        assertThat(machine.physicalMemory().read(GDT + SPARE_SELECTOR, 8)).isEqualTo(0x00af_fb00_0000_ffffL);
        assertThat(machine.physicalMemory().read(GDT + 0x58, 8)).isEqualTo(0x00cf_f300_0000_ffffL);
        assertThat(machine.cpu().descriptor(SystemRegister.SS).attributes()).isEqualTo(0xc0f3);
    }

    private static final long FLAGS_OF_IRET = 0x21_4dd5 | Rflags.RF | Rflags.AC;

    @Test
    @DisplayName(
            "at CPL 0 loads every flag but VM and the reserved bits, and clears every flag that the image has clear")
    void everyFlag() {
        machine.with(MachineRegister.RFLAGS, 0x2 | Rflags.CF);
        frame(KERNEL_RIP, KERNEL_CS, -1, FRAME, 0);
        iretq();
        long all = FLAGS_OF_IRET | 0x2 | Rflags.IF | Rflags.IOPL | Rflags.VIF | Rflags.VIP;
        assertThat(machine.cpu().rflags()).isEqualTo(all);

        machine.cpu().setRflags(all & ~Rflags.NT);
        machine.physicalMemory().write(FRAME + 16, FRAME + 16, 8, 0);
        iretq();
        assertThat(machine.cpu().rflags()).isEqualTo(0x2);
    }

    @ParameterizedTest(name = "old {0}, image {1}: {2}")
    @CsvSource({"0x2, 0xffff, 0x7fd7", "0x3d4002, 0xffff, 0x3d7fd7", "0x3d0fd7, 0x0, 0x3d0002"})
    @DisplayName("with 16-bit operands pops words and leaves RFLAGS[31:16] alone")
    void wordOperands(String old, String image, String after) {
        machine.with(MachineRegister.RFLAGS, Long.decode(old) & ~Rflags.NT);
        machine.withQuadword(FRAME, KERNEL_RIP | (long) KERNEL_CS << 16 | Long.decode(image) << 32 | 0xd000L << 48)
                .withQuadword(FRAME + 8, KERNEL_DS);
        new InterruptReturn(machine.cpu(), machine.memory()).execute(2);

        assertThat(machine.cpu().rflags()).isEqualTo(Long.decode(after));
        assertThat(machine.cpu().rsp()).isEqualTo(0xd000);
        assertThat(machine.cpu().rip()).isEqualTo(KERNEL_RIP);
    }

    /** A machine at CPL 0 in compatibility mode, with a frame of doublewords for user code. */
    private static TestMachine compatibilityModeKernel(long stackLimit) {
        return TestMachine.inKernelMode()
                .with(MachineRegister.RSP, FRAME)
                .with(MachineRegister.CS, SPARE_SELECTOR)
                .with(SystemRegister.CS, new Descriptor(SPARE_SELECTOR, 0, 0xffff_ffffL, 0xc09b))
                .with(SystemRegister.SS, new Descriptor(KERNEL_DS, 0, stackLimit, 0xc093))
                .withQuadword(FRAME, USER_RIP | (long) USER_CS32 << 32)
                .withQuadword(FRAME + 8, FLAGS | USER_RSP << 32)
                .withQuadword(FRAME + 16, USER_DS);
    }

    @Test
    @DisplayName("from compatibility mode to an outer level pops ESP and SS too")
    void outOfCompatibilityMode() {
        TestMachine kernel = compatibilityModeKernel(FRAME + 19);
        new InterruptReturn(kernel.cpu(), kernel.memory()).execute(4);

        assertThat(kernel.cpu().rip()).isEqualTo(USER_RIP);
        assertThat(kernel.cpu().rsp()).isEqualTo(USER_RSP);
        assertThat(kernel.cpu().cpl()).isEqualTo(3);
        assertThat(kernel.cpu().selector(SegmentRegister.SS)).isEqualTo(USER_DS);
    }

    @Test
    @DisplayName("from compatibility mode with a frame beyond the limit of SS: #SS(0)")
    void beyondTheStackLimit() {
        TestMachine kernel = compatibilityModeKernel(FRAME + 18);
        assertThatExceptionOfType(Fault.class)
                .isThrownBy(() -> new InterruptReturn(kernel.cpu(), kernel.memory()).execute(4))
                .withMessage("#SS(0x0)");
    }

    @Test
    @DisplayName("within a level of compatibility mode pops RIP, CS and RFLAGS only")
    void withinCompatibilityMode() {
        TestMachine user = TestMachine.inUserMode()
                .with(MachineRegister.RSP, USER_STACK)
                .with(MachineRegister.CS, USER_CS32)
                .with(SystemRegister.CS, new Descriptor(USER_CS32, 0, 0xffff_ffffL, 0xc0fb))
                .withQuadword(USER_STACK, USER_RIP | (long) USER_CS32 << 32)
                .withQuadword(USER_STACK + 8, FLAGS | Rflags.CF);
        new InterruptReturn(user.cpu(), user.memory()).execute(4);

        assertThat(user.cpu().rsp()).isEqualTo(USER_STACK + 12);
        assertThat(user.cpu().rip()).isEqualTo(USER_RIP);
        assertThat(user.cpu().flag(Rflags.CF)).isTrue();
        assertThat(user.cpu().selector(SegmentRegister.SS)).isEqualTo(USER_DS);
    }
}
