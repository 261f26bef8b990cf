package dev.trapframe.emulator.delivery;

import static dev.trapframe.emulator.TestMachine.GDT;
import static dev.trapframe.emulator.TestMachine.HANDLER;
import static dev.trapframe.emulator.TestMachine.IDT;
import static dev.trapframe.emulator.TestMachine.INTERRUPT_GATE;
import static dev.trapframe.emulator.TestMachine.IST1;
import static dev.trapframe.emulator.TestMachine.KERNEL_CS;
import static dev.trapframe.emulator.TestMachine.KERNEL_DATA;
import static dev.trapframe.emulator.TestMachine.KERNEL_DS;
import static dev.trapframe.emulator.TestMachine.KERNEL_RIP;
import static dev.trapframe.emulator.TestMachine.KERNEL_RSP;
import static dev.trapframe.emulator.TestMachine.RSP0;
import static dev.trapframe.emulator.TestMachine.SPARE_SELECTOR;
import static dev.trapframe.emulator.TestMachine.TRAP_GATE;
import static dev.trapframe.emulator.TestMachine.TSS;
import static dev.trapframe.emulator.TestMachine.TSS_SELECTOR;
import static dev.trapframe.emulator.TestMachine.USER_CS;
import static dev.trapframe.emulator.TestMachine.USER_CS32;
import static dev.trapframe.emulator.TestMachine.USER_DATA;
import static dev.trapframe.emulator.TestMachine.USER_DS;
import static dev.trapframe.emulator.TestMachine.USER_RFLAGS;
import static dev.trapframe.emulator.TestMachine.USER_RIP;
import static dev.trapframe.emulator.TestMachine.USER_RSP;
import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.Machine;
import dev.trapframe.emulator.TestMachine;
import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.Change.SystemRegister;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.Step;
import dev.trapframe.emulator.api.StepOutcome;
import dev.trapframe.emulator.event.Event;
import dev.trapframe.emulator.memory.LittleEndian;
import dev.trapframe.emulator.state.Rflags;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Rows of the list of what emulators get wrong about events, each with the value that the manual gives. Where Bochs is the
 * only emulator known to do it right, the row says so. Error codes: index * 8, bit 1 IDT, bit 0 EXT.
 */
@DisplayName("Edge cases of event delivery")
class EdgeCasesTest {

    private static final long NOT_CANONICAL = 1L << 47;
    private static final long CODE64 = 0x00af_9b00_0000_ffffL;
    private static final long PRESENT = 1L << 47;
    private static final long CONFORMING = 1L << 42;
    private static final long CR4 = 0x6a0;
    private static final long SMEP = 1L << 20;
    private static final long SMAP = 1L << 21;
    private static final long PKE = 1L << 22;
    private static final int VECTOR = 0x30;
    private static final String INT_30 = "cd 30";
    private static final String NOP = "90";
    private static final String UD2 = "0f 0b";
    private static final String IRETQ = "48 cf";
    private static final Event TIMER = Event.externalInterrupt(VECTOR);

    private static TestMachine kernel() {
        return withAllGates(TestMachine.inKernelMode());
    }

    private static TestMachine user() {
        return withAllGates(TestMachine.inUserMode()).withGate(VECTOR, INTERRUPT_GATE, 3);
    }

    private static TestMachine withAllGates(TestMachine machine) {
        for (int vector = 0; vector <= VECTOR; vector++) machine.withGate(vector, INTERRUPT_GATE, 0);
        return machine;
    }

    /** A gate for {@link #VECTOR} whose handler's code segment is the spare descriptor. */
    private static TestMachine withSpareHandler(TestMachine machine, long descriptor) {
        return machine.withQuadword(GDT + SPARE_SELECTOR, descriptor)
                .withGate(VECTOR, SPARE_SELECTOR, HANDLER, 0, 0xee);
    }

    /** What the step delivered: the vector, and the error code in hex if there is one. */
    private static String delivered(Step step) {
        if (!(step.outcome() instanceof StepOutcome.EventDelivered outcome))
            return step.outcome().toString();
        Event event = outcome.event();
        return event.errorCode().isPresent()
                ? event.vector() + " " + Integer.toHexString(event.errorCode().getAsInt())
                : String.valueOf(event.vector());
    }

    private static String first(TestMachine machine) {
        return delivered(machine.machine().step());
    }

    private static long register(Machine machine, MachineRegister register) {
        return machine.view().register(register);
    }

    private static long quadword(Machine machine, long physical) {
        return LittleEndian.get(machine.view().physical(physical, 8), 0, 8);
    }

    @Test
    @DisplayName("1: a vector beyond the IDT limit is #GP(vector * 8 + 2 + EXT). SDM Vol. 3A, IDT descriptors")
    void row1() {
        Descriptor idt = new Descriptor(0, IDT, 16 * VECTOR + 14, 0);
        assertThat(first(user().withCode(INT_30).with(SystemRegister.IDTR, idt)))
                .isEqualTo("13 182");
        assertThat(first(user().withInjection(0, TIMER).with(SystemRegister.IDTR, idt)))
                .isEqualTo("13 183");
        Descriptor enough = new Descriptor(0, IDT, 16 * VECTOR + 15, 0);
        assertThat(first(user().withCode(INT_30).with(SystemRegister.IDTR, enough)))
                .isEqualTo("48");
    }

    @Test
    @DisplayName("2: only gate types E and F exist in long mode. SDM Vol. 3A, 64-Bit Mode IDT")
    void row2() {
        for (int type = 0; type < 16; type++) {
            TestMachine machine = user().withCode(INT_30).withGate(VECTOR, KERNEL_CS, HANDLER, 0, 0xe0 | type);
            assertThat(first(machine)).as("type %x", type).isEqualTo(type >= 0xe ? "48" : "13 182");
        }
    }

    @Test
    @DisplayName(
            "3: the type field of the gate's second half has to be 0; seen in Bochs alone. SDM Vol. 3A, 64-Bit Mode IDT")
    void row3() {
        for (int bit = 8; bit <= 12; bit++) {
            TestMachine machine = user().withCode(INT_30).withQuadword(IDT + 16 * VECTOR + 8, 1L << 32 + bit);
            assertThat(first(machine)).as("bit %d", bit).isEqualTo("13 182");
        }
    }

    @Test
    @DisplayName("4: first the type, then the DPL, then present, then the selector. SDM Vol. 2A, INT n, Operation")
    void row4() {
        TestMachine machine = user().withCode(INT_30);
        assertThat(first(machine.withGate(VECTOR, 0, HANDLER, 0, 0x65))).isEqualTo("13 182");
        assertThat(first(machine.withGate(VECTOR, 0, HANDLER, 0, 0x0e))).isEqualTo("13 182");
        assertThat(first(machine.withGate(VECTOR, 0, HANDLER, 0, 0x6e))).isEqualTo("11 182");
        assertThat(first(machine.withGate(VECTOR, 0, HANDLER, 0, 0xee))).isEqualTo("13 0");
    }

    @Test
    @DisplayName("5: the gate's DPL counts for INT n, INT3 and INTO alone. SDM Vol. 2A, INT n, Operation")
    void row5() {
        assertThat(first(user().withCode(INT_30).withGate(VECTOR, INTERRUPT_GATE, 0)))
                .isEqualTo("13 182");
        assertThat(first(user().withCode("cc"))).isEqualTo("13 1a");
        assertThat(first(user().withCode("f1"))).isEqualTo("1");
        assertThat(first(user().withCode(UD2))).isEqualTo("6");
        assertThat(first(user().withInjection(0, TIMER).withGate(VECTOR, INTERRUPT_GATE, 0)))
                .isEqualTo("48");
        assertThat(first(user().withInjection(0, Event.nmi()))).isEqualTo("2");
    }

    @Test
    @DisplayName("6: EXT is 1 for a fault while delivering what the program did not ask for. SDM Vol. 3A, Error Code")
    void row6() {
        int absent = 0x6e;
        assertThat(first(user().withInjection(0, TIMER).withGate(VECTOR, KERNEL_CS, HANDLER, 0, absent)))
                .isEqualTo("11 183");
        assertThat(first(user().withCode(UD2).withGate(6, KERNEL_CS, HANDLER, 0, absent)))
                .isEqualTo("11 33");
        assertThat(first(user().withCode("f1").withGate(1, KERNEL_CS, HANDLER, 0, absent)))
                .isEqualTo("11 b");
        assertThat(first(user().withCode("cc").withGate(3, KERNEL_CS, HANDLER, 0, absent)))
                .isEqualTo("11 1a");
        assertThat(first(user().withCode(INT_30).withGate(VECTOR, KERNEL_CS, HANDLER, 0, absent)))
                .isEqualTo("11 182");
    }

    @Test
    @DisplayName("7: the codes of #PF and #DF have no EXT bit. SDM Vol. 3A, Page-Fault Exceptions")
    void row7() {
        TestMachine machine = user().withInjection(0, TIMER)
                .withGate(14, INTERRUPT_GATE, 0, 1)
                .withPageEntry(RSP0 - 8, 0);
        assertThat(first(machine)).isEqualTo("14 2");
        assertThat(first(machine.withGate(14, KERNEL_CS, HANDLER, 1, 0x0e).withGate(8, INTERRUPT_GATE, 0, 1)))
                .isEqualTo("8 0");
    }

    @Test
    @DisplayName(
            "8: a null CS in the gate is #GP(EXT), one beyond the table #GP(selector). SDM Vol. 2A, INT n, Operation")
    void row8() {
        assertThat(first(user().withCode(INT_30).withGate(VECTOR, 3, HANDLER, 0, 0xee)))
                .isEqualTo("13 0");
        assertThat(first(user().withInjection(0, TIMER).withGate(VECTOR, 3, HANDLER, 0, 0xee)))
                .isEqualTo("13 1");
        assertThat(first(user().withCode(INT_30).withGate(VECTOR, 0x1f8, HANDLER, 0, 0xee)))
                .isEqualTo("13 1f8");
        assertThat(first(user().withInjection(0, TIMER).withGate(VECTOR, 0x1f8, HANDLER, 0, 0xee)))
                .isEqualTo("13 1f9");
    }

    @Test
    @DisplayName("9: the handler's segment: code and DPL, then L and D, then present. SDM Vol. 2A, INT n, Operation")
    void row9() {
        assertThat(first(user().withCode(INT_30).withGate(VECTOR, KERNEL_DS, HANDLER, 0, 0xee)))
                .isEqualTo("13 18");
        assertThat(first(kernel().withCode(INT_30).withGate(VECTOR, USER_CS, HANDLER, 0, 0xee)))
                .isEqualTo("13 30");
        assertThat(first(user().withCode(INT_30).withGate(VECTOR, USER_CS32, HANDLER, 0, 0xee)))
                .isEqualTo("13 20");
        long notLong = CODE64 & ~(1L << 53) & ~PRESENT;
        assertThat(first(withSpareHandler(user().withCode(INT_30), notLong))).isEqualTo("13 50");
        long longAndBig = CODE64 | 1L << 54;
        assertThat(first(withSpareHandler(user().withCode(INT_30), longAndBig))).isEqualTo("13 50");
        assertThat(first(withSpareHandler(user().withCode(INT_30), CODE64 & ~PRESENT)))
                .isEqualTo("11 50");
    }

    @Test
    @DisplayName("10: a conforming handler stays at the CPL, on the stack. SDM Vol. 3A, exception handler procedures")
    void row10() {
        Machine machine = withSpareHandler(user().withCode(INT_30), CODE64 | CONFORMING)
                .withPageEntry(HANDLER, HANDLER & -4096 | 7)
                .machine();
        machine.step();
        assertThat(register(machine, MachineRegister.CPL)).isEqualTo(3);
        assertThat(register(machine, MachineRegister.CS)).isEqualTo(SPARE_SELECTOR | 3);
        assertThat(register(machine, MachineRegister.RSP)).isEqualTo(USER_RSP - 40);
        assertThat(register(machine, MachineRegister.SS)).isEqualTo(USER_DS);
    }

    @Test
    @DisplayName("11: an IST stack is taken without a change of the CPL too. SDM Vol. 3A, Interrupt Stack Table")
    void row11() {
        Machine machine =
                kernel().withCode(INT_30).withGate(VECTOR, INTERRUPT_GATE, 0, 1).machine();
        machine.step();
        assertThat(register(machine, MachineRegister.RSP)).isEqualTo(IST1 - 40);
    }

    @Test
    @DisplayName(
            "12: RSP is rounded down to 16 before the frame, on the same stack too. SDM Vol. 3A, 64-Bit Mode Stack Frame")
    void row12() {
        for (int misaligned = 0; misaligned < 16; misaligned++) {
            Machine machine = kernel().withCode(INT_30)
                    .with(MachineRegister.RSP, KERNEL_RSP - misaligned)
                    .machine();
            machine.step();
            long top = KERNEL_RSP - misaligned & -16;
            assertThat(register(machine, MachineRegister.RSP)).isEqualTo(top - 40);
            assertThat(quadword(machine, top - 16)).isEqualTo(KERNEL_RSP - misaligned);
        }
    }

    @Test
    @DisplayName("13: SS and RSP are pushed within a level too. SDM Vol. 3A, 64-Bit Mode Stack Frame")
    void row13() {
        Machine machine = kernel().withCode(INT_30).machine();
        machine.step();
        assertThat(quadword(machine, KERNEL_RSP - 8)).isEqualTo(KERNEL_DS);
        assertThat(quadword(machine, KERNEL_RSP - 16)).isEqualTo(KERNEL_RSP);
    }

    @Test
    @DisplayName(
            "14: SS becomes null with the new RPL on an inner transfer, else it stays. SDM Vol. 2A, INT n, Operation")
    void row14() {
        Machine inward = user().withCode(INT_30).machine();
        inward.step();
        assertThat(register(inward, MachineRegister.SS)).isZero();

        Machine within =
                kernel().withCode(INT_30).withGate(VECTOR, INTERRUPT_GATE, 0, 1).machine();
        within.step();
        assertThat(register(within, MachineRegister.SS)).isEqualTo(KERNEL_DS);
    }

    @Test
    @DisplayName("15: a stack slot beyond the TSS limit is #TS(TR). SDM Vol. 2A, INT n, Operation")
    void row15() {
        Descriptor tooShort = new Descriptor(TSS_SELECTOR, TSS, 4 + 7 - 1, 0x8b);
        TestMachine machine = user().withCode(INT_30).with(SystemRegister.TR, tooShort);
        // #TS needs a stack of its own to be delivered from CPL 3: here there is none, nor for #DF.
        Step step = machine.machine().step();
        assertThat(step.outcome()).isInstanceOf(StepOutcome.Shutdown.class);

        Descriptor noIst = new Descriptor(TSS_SELECTOR, TSS, 0x24 + 7 - 1, 0x8b);
        assertThat(first(user().withCode(INT_30)
                        .withGate(VECTOR, INTERRUPT_GATE, 3, 1)
                        .with(SystemRegister.TR, noIst)))
                .isEqualTo("10 40");
        assertThat(first(user().withInjection(0, TIMER)
                        .withGate(VECTOR, INTERRUPT_GATE, 3, 1)
                        .with(SystemRegister.TR, noIst)))
                .isEqualTo("10 41");
    }

    @Test
    @DisplayName("16: an RSP from the TSS that is not canonical is #SS(EXT). SDM Vol. 2A, INT n, Operation")
    void row16() {
        TestMachine machine = user().withQuadword(TSS + 4, NOT_CANONICAL).withGate(12, INTERRUPT_GATE, 0, 1);
        assertThat(first(machine.withCode(INT_30))).isEqualTo("12 0");
        assertThat(first(machine.withInjection(0, TIMER))).isEqualTo("12 1");
    }

    @Test
    @DisplayName("17: the frame is written with the rights of the new CPL. SDM Vol. 3A, Access Rights")
    void row17() {
        TestMachine machine = user().withCode(INT_30)
                .with(MachineRegister.CR4, CR4 | SMAP)
                .withQuadword(TSS + 4, USER_RSP)
                .withGate(14, INTERRUPT_GATE, 0, 1);
        assertThat(first(machine)).isEqualTo("14 3");
        assertThat(first(machine.with(MachineRegister.CR4, CR4))).isEqualTo("48");
    }

    @Test
    @DisplayName(
            "18: a fault while pushing takes back RSP, CS and SS; bytes written before stay. SDM Vol. 3A, Page-Fault Exception")
    void row18() {
        long boundary = 0x9000;
        Machine machine = user().withCode(INT_30)
                .withQuadword(TSS + 4, boundary + 16)
                .withPageEntry(boundary - 8, 0)
                .withGate(14, INTERRUPT_GATE, 0, 1)
                .machine();
        assertThat(delivered(machine.step())).isEqualTo("14 2");
        assertThat(quadword(machine, boundary + 8)).isEqualTo(USER_DS);
        assertThat(quadword(machine, boundary)).isEqualTo(USER_RSP);
        assertThat(quadword(machine, IST1 - 16)).isEqualTo(USER_RSP);
        assertThat(quadword(machine, IST1 - 32)).isEqualTo(USER_CS);
        assertThat(quadword(machine, IST1 - 40)).isEqualTo(USER_RIP);
    }

    @Test
    @DisplayName(
            "19: a gate offset that is not canonical is #GP(EXT) before anything is pushed. SDM Vol. 2A, INT n, Operation")
    void row19() {
        TestMachine setUp = user().withGate(VECTOR, KERNEL_CS, NOT_CANONICAL, 0, 0xee);
        assertThat(first(setUp.withInjection(0, TIMER))).isEqualTo("13 1");

        Machine machine = user().withCode(INT_30)
                .withGate(VECTOR, KERNEL_CS, NOT_CANONICAL, 0, 0xee)
                .withGate(13, INTERRUPT_GATE, 0, 1)
                .machine();
        assertThat(delivered(machine.step())).isEqualTo("13 0");
        assertThat(quadword(machine, RSP0 - 8)).isZero();
    }

    @Test
    @DisplayName(
            "20: benign, contributory and page fault, and the #DF that two of them make. SDM Vol. 3A, Double Fault Exception")
    void row20() {
        int absent = 0x0e;
        String divideByZero = "f6 f1";
        assertThat(first(kernel().withCode(divideByZero).withGate(0, KERNEL_CS, HANDLER, 0, absent)))
                .isEqualTo("8 0");
        assertThat(first(kernel().withCode(UD2).withGate(6, KERNEL_CS, HANDLER, 0, absent)))
                .isEqualTo("11 33");
        assertThat(first(kernel().withCode("8b 04 25 00 f0 00 00")
                        .withPageEntry(KERNEL_DATA, 0)
                        .withGate(14, KERNEL_CS, HANDLER, 0, absent)))
                .isEqualTo("8 0");
    }

    @Test
    @DisplayName(
            "21: a page fault, then contributory: #DF; contributory, then a page fault: #PF. SDM Vol. 3A, Double Fault Exception")
    void row21() {
        TestMachine pageFaultFirst = user().withCode("8b 04 25 00 10 04 00")
                .withPageEntry(USER_DATA, 0)
                .withGate(14, 0, HANDLER, 0, 0x8e);
        assertThat(first(pageFaultFirst)).isEqualTo("8 0");
        TestMachine contributoryFirst =
                user().withCode("f4").withPageEntry(RSP0 - 8, 0).withGate(14, INTERRUPT_GATE, 0, 1);
        assertThat(first(contributoryFirst)).isEqualTo("14 2");
    }

    @Test
    @DisplayName("22: a fault while delivering #DF shuts the processor down. SDM Vol. 3A, Double Fault Exception")
    void row22() {
        TestMachine machine = kernel().withCode(UD2);
        for (int vector : new int[] {6, 8, 11}) machine.withGate(vector, KERNEL_CS, HANDLER, 0, 0x0e);
        assertThat(machine.machine().step().outcome()).isInstanceOf(StepOutcome.Shutdown.class);
    }

    @Test
    @DisplayName("23: CR2 holds the address of the second page fault. SDM Vol. 3A, Page-Fault Exception")
    void row23() {
        Machine machine = user().withCode("8b 04 25 00 10 04 00")
                .withPageEntry(USER_DATA, 0)
                .withPageEntry(RSP0 - 8, 0)
                .withGate(8, INTERRUPT_GATE, 0, 1)
                .machine();
        assertThat(delivered(machine.step())).isEqualTo("8 0");
        assertThat(register(machine, MachineRegister.CR2)).isEqualTo(RSP0 - 8);
    }

    @Test
    @DisplayName(
            "24: RF is 1 in the image of a fault, 0 of a trap. SDM Vol. 3B, Instruction-Breakpoint Exception Condition")
    void row24() {
        Map<String, Boolean> images = new HashMap<>();
        for (String code : new String[] {UD2, "f4", "cc", INT_30, "f1"}) {
            Machine machine =
                    user().withGate(3, INTERRUPT_GATE, 3).withCode(code).machine();
            String event = delivered(machine.step());
            long image = quadword(machine, RSP0 - 24);
            assertThat(event).doesNotContain("8 0");
            images.put(code, (image & Rflags.RF) != 0);
        }
        assertThat(images)
                .containsEntry(UD2, true)
                .containsEntry("f4", true)
                .containsEntry("cc", false)
                .containsEntry(INT_30, false)
                .containsEntry("f1", false);
    }

    @Test
    @DisplayName(
            "25: between iterations RIP is at the instruction and RF is 1. SDM Vol. 3B, Instruction-Breakpoint Exception Condition")
    void row25() {
        Machine machine = kernel().withCode("f3 aa")
                .with(MachineRegister.RCX, 5)
                .with(MachineRegister.RDI, KERNEL_DATA)
                .with(MachineRegister.RFLAGS, 2 | Rflags.TF)
                .machine();
        assertThat(delivered(machine.step())).isEqualTo("1");
        assertThat(register(machine, MachineRegister.RCX)).isEqualTo(4);
        assertThat(quadword(machine, KERNEL_RSP - 40)).isEqualTo(KERNEL_RIP);
        assertThat(quadword(machine, KERNEL_RSP - 24)).isEqualTo(2 | Rflags.TF | Rflags.RF);
    }

    @Test
    @DisplayName(
            "26: a handler starts with TF, NT and RF 0; IF only behind an interrupt gate. SDM Vol. 3A, flag usage by handlers")
    void row26() {
        long flags = 2 | Rflags.TF | Rflags.NT | Rflags.IF | Rflags.CF | Rflags.RF;
        for (int type : new int[] {INTERRUPT_GATE, TRAP_GATE}) {
            Machine machine = kernel().withCode(INT_30)
                    .with(MachineRegister.RFLAGS, flags)
                    .withGate(VECTOR, type, 0)
                    .machine();
            machine.step();
            long kept = type == TRAP_GATE ? Rflags.IF : 0;
            assertThat(register(machine, MachineRegister.RFLAGS)).isEqualTo(2 | Rflags.CF | kept);
        }
    }

    @Test
    @DisplayName(
            "27: POPF that sets TF does not trap itself; the next instruction does. SDM Vol. 3B, Single-Step Exception Condition")
    void row27() {
        Machine machine = kernel().withCode("9d 90 90")
                .withQuadword(KERNEL_RSP, 2 | Rflags.TF)
                .machine();
        assertThat(machine.step().outcome()).isInstanceOf(StepOutcome.Retired.class);
        assertThat(delivered(machine.step())).isEqualTo("1");
        assertThat(register(machine, MachineRegister.DR6) & 1 << 14).isNotZero();
    }

    @Test
    @DisplayName("28: MOV SS holds off #DB and interrupts for one instruction, not twice running. SDM Vol. 2B, MOV")
    void row28() {
        String movSs = "8e d0";
        TestMachine setUp = kernel().with(MachineRegister.RAX, KERNEL_DS).with(MachineRegister.RFLAGS, 2 | Rflags.TF);
        Machine once = setUp.withCode(movSs + NOP + NOP).machine();
        assertThat(once.step().outcome()).isInstanceOf(StepOutcome.Retired.class);
        assertThat(delivered(once.step())).isEqualTo("1");
        Machine twice = setUp.withCode(movSs + movSs + NOP).machine();
        assertThat(twice.step().outcome()).isInstanceOf(StepOutcome.Retired.class);
        assertThat(delivered(twice.step())).isEqualTo("1");
    }

    @Test
    @DisplayName("29: STI holds off interrupts if IF was 0, never #DB. SDM Vol. 2B, STI")
    void row29() {
        Machine held = kernel().withCode("fb 90 90")
                .withInjection(1, TIMER)
                .with(MachineRegister.RFLAGS, 2)
                .machine();
        held.step();
        assertThat(held.step().outcome()).isInstanceOf(StepOutcome.Retired.class);
        assertThat(delivered(held.step())).isEqualTo("48");

        Machine wasSet = kernel().withCode("fb 90")
                .withInjection(1, TIMER)
                .with(MachineRegister.RFLAGS, 2 | Rflags.IF)
                .machine();
        wasSet.step();
        assertThat(delivered(wasSet.step())).isEqualTo("48");

        assertThat(first(kernel().withCode("fb").with(MachineRegister.RFLAGS, 2 | Rflags.TF)))
                .isEqualTo("1");
    }

    @Test
    @DisplayName("30: entering a handler drops what MOV SS held; seen in Bochs alone")
    void row30() {
        Machine machine = kernel().withCode(
                        "8e 15 f8 6f 00 00" + INT_30) // mov 0x6ff8(%rip),%ss: RIP + 6 + 0x6ff8 = 0xeffe
                .withQuadword(0xeff8, (long) KERNEL_DS << 48)
                .with(MachineRegister.DR0, 0xeffe)
                .with(MachineRegister.DR7, 0x000f_0402L & ~0xc0000L)
                .withBytes(HANDLER, NOP + NOP)
                .machine();
        assertThat(machine.step().outcome()).isInstanceOf(StepOutcome.Retired.class);
        assertThat(delivered(machine.step())).isEqualTo("48");
        assertThat(machine.step().outcome()).isInstanceOf(StepOutcome.Retired.class);
        assertThat(machine.step().outcome()).isInstanceOf(StepOutcome.Retired.class);
    }

    @Test
    @DisplayName(
            "31: NMIs are blocked until IRET, and no longer even if that faults. SDM Vol. 3A, Handling Multiple NMIs")
    void row31() {
        Machine machine = kernel().withBytes(HANDLER, NOP + IRETQ)
                .withInjection(0, Event.nmi())
                .withInjection(1, Event.nmi())
                .machine();
        assertThat(delivered(machine.step())).isEqualTo("2");
        assertThat(machine.step().outcome()).isInstanceOf(StepOutcome.Retired.class);
        machine.step();
        assertThat(delivered(machine.step())).isEqualTo("2");

        Machine faulting = kernel().withBytes(HANDLER, "48 31 e4" + IRETQ) // xor %rsp,%rsp: page 0 is absent
                .withGate(14, INTERRUPT_GATE, 0, 1)
                .withInjection(0, Event.nmi())
                .withInjection(1, Event.nmi())
                .machine();
        faulting.step();
        faulting.step();
        assertThat(delivered(faulting.step())).startsWith("14 ");
        assertThat(delivered(faulting.step())).isEqualTo("2");
    }

    @Test
    @DisplayName("32: trap, then NMI, then interrupt, then the fetch. SDM Vol. 3A, Priority Among Concurrent Events")
    void row32() {
        Machine machine = kernel().withCode(NOP)
                .with(MachineRegister.RFLAGS, 2 | Rflags.TF | Rflags.IF)
                .withInjection(1, TIMER)
                .withInjection(1, Event.nmi())
                .withBytes(HANDLER, IRETQ)
                .withPageEntry(KERNEL_RIP, KERNEL_RIP | 3)
                .machine();
        assertThat(delivered(machine.step())).isEqualTo("1");
        assertThat(delivered(machine.step())).isEqualTo("2");

        TestMachine nothingToFetch =
                kernel().with(MachineRegister.RIP, 0x1ff000).withPageEntry(0x1ff000, 0);
        assertThat(first(nothingToFetch
                        .with(MachineRegister.RFLAGS, 2 | Rflags.IF)
                        .withInjection(0, TIMER)))
                .isEqualTo("48");
    }

    @Test
    @DisplayName("33: DR6 gathers; DR7.GD makes MOV DR a #DB and is 0 in the handler. SDM Vol. 3B, Debug Registers")
    void row33() {
        Machine machine = kernel().withCode("0f 21 c0") // mov %dr0,%rax
                .with(MachineRegister.DR6, 0xffff_4ff0L)
                .with(MachineRegister.DR7, 0x2400)
                .machine();
        assertThat(delivered(machine.step())).isEqualTo("1");
        assertThat(register(machine, MachineRegister.DR6)).isEqualTo(0xffff_6ff0L);
        assertThat(register(machine, MachineRegister.DR7)).isEqualTo(0x400);
        assertThat(quadword(machine, KERNEL_RSP - 40)).isEqualTo(KERNEL_RIP);
    }

    @Test
    @DisplayName("34: I/D needs NXE or SMEP, RSVD comes with P, and PK is bit 5. SDM Vol. 3A, Page-Fault Exceptions")
    void row34() {
        TestMachine fetch = user().with(MachineRegister.RIP, USER_DATA).withPageEntry(USER_DATA, 0);
        assertThat(first(fetch)).isEqualTo("14 14");
        assertThat(first(fetch.with(MachineRegister.EFER, 0x501))).isEqualTo("14 4");
        assertThat(first(fetch.with(MachineRegister.CR4, CR4 | SMEP))).isEqualTo("14 14");
        TestMachine read = user().withCode("8b 04 25 00 10 04 00");
        assertThat(first(read.withPageEntry(USER_DATA, USER_DATA | 7 | 1L << 51)))
                .isEqualTo("14 d");
        assertThat(first(read.withPageEntry(USER_DATA, USER_DATA | 7 | 1L << 59)
                        .with(MachineRegister.CR4, CR4 | PKE)
                        .with(MachineRegister.PKRU, 4)))
                .isEqualTo("14 25");
    }

    @Test
    @DisplayName(
            "35: a stack access that is not canonical is #SS(0), any other #GP(0). SDM Vol. 3A, Stack Fault Exception")
    void row35() {
        assertThat(first(kernel().withCode("50")
                        .with(MachineRegister.RSP, NOT_CANONICAL + 8)
                        .withGate(12, INTERRUPT_GATE, 0, 1)))
                .isEqualTo("12 0");
        assertThat(first(kernel().withCode("8b 45 00").with(MachineRegister.RBP, NOT_CANONICAL)))
                .isEqualTo("12 0");
        assertThat(first(kernel().withCode("8b 03").with(MachineRegister.RBX, NOT_CANONICAL)))
                .isEqualTo("13 0");
    }

    private static TestMachine returning(long rip, long cs, long rflags, long rsp, long ss) {
        long frame = KERNEL_RSP - 40;
        return kernel().withCode(IRETQ)
                .with(MachineRegister.RSP, frame)
                .withQuadword(frame, rip)
                .withQuadword(frame + 8, cs)
                .withQuadword(frame + 16, rflags)
                .withQuadword(frame + 24, rsp)
                .withQuadword(frame + 32, ss);
    }

    @Test
    @DisplayName(
            "36: IRETQ always pops SS and RSP; null SS is for 64-bit code below CPL 3. SDM Vol. 2A, IRET, Operation")
    void row36() {
        Machine machine = returning(KERNEL_RIP, KERNEL_CS, 2, 0x1234, 0).machine();
        assertThat(machine.step().outcome()).isInstanceOf(StepOutcome.Retired.class);
        assertThat(register(machine, MachineRegister.RSP)).isEqualTo(0x1234);
        assertThat(register(machine, MachineRegister.SS)).isZero();
        assertThat(first(returning(USER_RIP, USER_CS, 2, USER_RSP, 3))).isEqualTo("13 0");
    }

    @Test
    @DisplayName(
            "37: IRETQ to an inner level, or to a RIP that is not canonical, is #GP in the old context. SDM Vol. 2A, IRET")
    void row37() {
        Machine machine =
                returning(NOT_CANONICAL, USER_CS, 2, USER_RSP, USER_DS).machine();
        assertThat(delivered(machine.step())).isEqualTo("13 0");
        assertThat(register(machine, MachineRegister.CPL)).isZero();
        TestMachine inner = user().withCode(IRETQ)
                .with(MachineRegister.RSP, USER_DATA)
                .withQuadword(USER_DATA, USER_RIP)
                .withQuadword(USER_DATA + 8, KERNEL_CS);
        assertThat(first(inner)).isEqualTo("13 10");
    }

    @Test
    @DisplayName("38: IRETQ: IF by IOPL, IOPL at CPL 0 only, VM ignored, RF restored. SDM Vol. 2A, IRET, Operation")
    void row38() {
        long image = 2 | Rflags.IF | Rflags.IOPL | Rflags.RF | Rflags.VM | Rflags.CF;
        Machine kernel =
                returning(KERNEL_RIP, KERNEL_CS, image, KERNEL_RSP, KERNEL_DS).machine();
        kernel.step();
        assertThat(register(kernel, MachineRegister.RFLAGS)).isEqualTo(image & ~Rflags.VM);

        Machine user = user().withCode(IRETQ)
                .with(MachineRegister.RFLAGS, 2)
                .with(MachineRegister.RSP, USER_DATA)
                .withQuadword(USER_DATA, USER_RIP)
                .withQuadword(USER_DATA + 8, USER_CS)
                .withQuadword(USER_DATA + 16, image)
                .withQuadword(USER_DATA + 24, USER_RSP)
                .withQuadword(USER_DATA + 32, USER_DS)
                .machine();
        user.step();
        assertThat(register(user, MachineRegister.RFLAGS)).isEqualTo(2 | Rflags.RF | Rflags.CF);
    }

    @Test
    @DisplayName("39: leaving CPL 0 nulls data segments of a DPL below the new CPL. SDM Vol. 2A, IRET, Operation")
    void row39() {
        Machine machine = returning(USER_RIP, USER_CS, USER_RFLAGS, USER_RSP, USER_DS)
                .with(MachineRegister.DS, KERNEL_DS)
                .with(SystemRegister.DS, new Descriptor(KERNEL_DS, 0, 0xffff_ffffL, 0xc093))
                .machine();
        machine.step();
        assertThat(register(machine, MachineRegister.DS)).isZero();
        assertThat(register(machine, MachineRegister.ES)).isEqualTo(USER_DS);
    }

    @Test
    @DisplayName("40: SYSRET to an RCX that is not canonical is #GP at CPL 0, on the user's RSP. SDM Vol. 2B, SYSRET")
    void row40() {
        Machine machine = kernel().withCode("48 0f 07")
                .with(MachineRegister.RCX, NOT_CANONICAL)
                .with(MachineRegister.RSP, USER_RSP)
                .with(MachineRegister.STAR, 0x0023_0010_0000_0000L)
                .machine();
        assertThat(delivered(machine.step())).isEqualTo("13 0");
        assertThat(register(machine, MachineRegister.CPL)).isZero();
        assertThat(register(machine, MachineRegister.RSP)).isEqualTo(USER_RSP - 48);
    }

    @Test
    @DisplayName("41: SYSCALL: R11 without RF, RFLAGS by SFMASK, SS from STAR. SDM Vol. 2B, SYSCALL, Operation")
    void row41() {
        Machine machine = user().withCode("0f 05")
                .with(MachineRegister.STAR, 0x0023_0010_0000_0000L)
                .with(MachineRegister.LSTAR, HANDLER)
                .with(MachineRegister.SFMASK, Rflags.IF | Rflags.CF)
                .with(MachineRegister.RFLAGS, 2 | Rflags.IF | Rflags.RF | Rflags.CF | Rflags.ZF)
                .withQuadword(GDT + KERNEL_DS, 0)
                .machine();
        assertThat(machine.step().outcome()).isInstanceOf(StepOutcome.Retired.class);
        assertThat(register(machine, MachineRegister.R11)).isEqualTo(2 | Rflags.IF | Rflags.CF | Rflags.ZF);
        assertThat(register(machine, MachineRegister.RFLAGS)).isEqualTo(2 | Rflags.ZF);
        assertThat(register(machine, MachineRegister.SS)).isEqualTo(KERNEL_DS);
        assertThat(register(machine, MachineRegister.RCX)).isEqualTo(USER_RIP + 2);
    }

    @Test
    @DisplayName("42: LTR sets busy in the GDT with supervisor rights, and CR0.WP counts. SDM Vol. 2A, LTR")
    void row42() {
        TestMachine setUp = kernel().withCode("0f 00 d8") // ltr %ax
                .with(MachineRegister.RAX, SPARE_SELECTOR)
                .with(SystemRegister.GDTR, new Descriptor(0, GDT, 0x5f, 0))
                .withQuadword(GDT + SPARE_SELECTOR, 0x0000_8900_7000_0067L)
                .withQuadword(GDT + SPARE_SELECTOR + 8, 0);
        Machine machine = setUp.machine();
        assertThat(machine.step().outcome()).isInstanceOf(StepOutcome.Retired.class);
        assertThat(quadword(machine, GDT + SPARE_SELECTOR) >>> 40 & 0xf).isEqualTo(0xb);
        assertThat(first(setUp.withPageEntry(GDT, GDT | 1))).isEqualTo("14 3");
        assertThat(first(setUp.with(MachineRegister.CR0, 0x8004_0033L & ~0x10000L)))
                .isEqualTo("Retired[]");
    }

    @Test
    @DisplayName(
            "43: there is no FRED here, and CPUID says so: ERETS, ERETU and LKGS are #UD. Intel FRED specification")
    void row43() {
        assertThat(first(kernel().withCode("f2 0f 01 ca"))).isEqualTo("6");
        assertThat(first(kernel().withCode("f3 0f 01 ca"))).isEqualTo("6");
        assertThat(first(kernel().withCode("f2 0f 00 f0"))).isEqualTo("6");
    }
}
