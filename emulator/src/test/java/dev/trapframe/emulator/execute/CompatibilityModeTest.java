package dev.trapframe.emulator.execute;

import static dev.trapframe.emulator.TestMachine.HANDLER;
import static dev.trapframe.emulator.TestMachine.INTERRUPT_GATE;
import static dev.trapframe.emulator.TestMachine.RSP0;
import static dev.trapframe.emulator.TestMachine.USER_CS;
import static dev.trapframe.emulator.TestMachine.USER_CS32;
import static dev.trapframe.emulator.TestMachine.USER_DATA;
import static dev.trapframe.emulator.TestMachine.USER_DS;
import static dev.trapframe.emulator.TestMachine.USER_RIP;
import static dev.trapframe.emulator.TestMachine.USER_RSP;
import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.Machine;
import dev.trapframe.emulator.TestMachine;
import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.Change.SystemRegister;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.StepOutcome;
import dev.trapframe.emulator.event.Event;
import dev.trapframe.emulator.event.ExceptionVector;
import dev.trapframe.emulator.memory.LittleEndian;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Source: Intel SDM Vol. 1, "Address-Size Attribute for Stack"; Vol. 3A, "Compatibility Mode" and "Limit Checking". */
@DisplayName("In compatibility mode")
class CompatibilityModeTest {

    private static final int BIG_STACK = 0xc0f3;
    private static final int SMALL_STACK = 0x80f3;
    private static final long UPPER = 0x1234_5678_0000_0000L;

    private static TestMachine code32() {
        TestMachine machine = TestMachine.inUserMode()
                .with(MachineRegister.CS, USER_CS32)
                .with(SystemRegister.CS, new Descriptor(USER_CS32, 0, 0xffff_ffffL, 0xc0fb));
        for (int vector : new int[] {4, 5, 6, 12, 13, 14}) machine.withGate(vector, INTERRUPT_GATE, 3);
        return machine;
    }

    private static TestMachine withStack(long base, long limit, int attributes) {
        return code32().with(SystemRegister.SS, new Descriptor(USER_DS, base, limit, attributes));
    }

    private static long register(Machine machine, MachineRegister register) {
        return machine.view().register(register);
    }

    private static long word(Machine machine, long physical, int sizeBytes) {
        return LittleEndian.get(machine.view().physical(physical, sizeBytes), 0, sizeBytes);
    }

    private static StepOutcome exception(ExceptionVector vector) {
        return new StepOutcome.EventDelivered(Event.exception(vector));
    }

    private static StepOutcome exception(ExceptionVector vector, int code) {
        return new StepOutcome.EventDelivered(Event.exception(vector, code));
    }

    @Test
    @DisplayName("a 32-bit stack uses ESP: the upper half of RSP does not count and becomes 0")
    void bigStack() {
        Machine machine = withStack(0, 0xffff_ffffL, BIG_STACK)
                .with(MachineRegister.RSP, UPPER | USER_RSP)
                .with(MachineRegister.RAX, 0x1122_3344)
                .withCode("50 5b") // push eax; pop ebx
                .machine();
        machine.step();
        assertThat(register(machine, MachineRegister.RSP)).isEqualTo(USER_RSP - 4);
        assertThat(word(machine, USER_RSP - 4, 4)).isEqualTo(0x1122_3344);
        machine.step();
        assertThat(register(machine, MachineRegister.RBX)).isEqualTo(0x1122_3344);
        assertThat(register(machine, MachineRegister.RSP)).isEqualTo(USER_RSP);
    }

    @Test
    @DisplayName("a 16-bit stack uses SP, which wraps, and keeps the rest of RSP; the segment's base is added")
    void smallStack() {
        Machine machine = withStack(0x40000, 0xffff, SMALL_STACK)
                .with(MachineRegister.RSP, UPPER | 0x5678_0000L)
                .with(MachineRegister.RAX, 0x1122_3344)
                .withCode("50") // push eax
                .machine();
        machine.step();
        assertThat(register(machine, MachineRegister.RSP)).isEqualTo(UPPER | 0x5678_fffcL);
        assertThat(word(machine, 0x4fffc, 4)).isEqualTo(0x1122_3344);
    }

    @ParameterizedTest(name = "PUSH with ESP {0}, limit {1}, type {2}: #SS {3}")
    @CsvSource({
        "43000, 42fff, c0f3, false",
        "43000, 42ffe, c0f3, true",
        "43000, 42ffb, c0f7, false",
        "43000, 42ffc, c0f7, true",
        "43000, ffffffff, c0f1, true"
    })
    void limits(String esp, String limit, String attributes, boolean refused) {
        Machine machine = withStack(0, Long.parseLong(limit, 16), Integer.parseInt(attributes, 16))
                .with(MachineRegister.RSP, Long.parseLong(esp, 16))
                .withCode("50")
                .machine();
        assertThat(machine.step().outcome())
                .isEqualTo(refused ? exception(ExceptionVector.SS, 0) : new StepOutcome.Retired());
    }

    @Test
    @DisplayName("PUSHAD pushes eight registers with the old ESP, POPAD passes it over")
    void pushAll() {
        Machine machine = withStack(0, 0xffff_ffffL, BIG_STACK)
                .with(MachineRegister.RAX, 0xa)
                .with(MachineRegister.RDI, 0xd)
                .withCode("60 31 c0 31 ff 61") // pusha; xor eax,eax; xor edi,edi; popa
                .machine();
        machine.step();
        assertThat(register(machine, MachineRegister.RSP)).isEqualTo(USER_RSP - 32);
        assertThat(word(machine, USER_RSP - 4, 4)).isEqualTo(0xa);
        assertThat(word(machine, USER_RSP - 20, 4)).isEqualTo(USER_RSP);
        assertThat(word(machine, USER_RSP - 32, 4)).isEqualTo(0xd);
        for (int i = 0; i < 3; i++) machine.step();
        assertThat(register(machine, MachineRegister.RAX)).isEqualTo(0xa);
        assertThat(register(machine, MachineRegister.RDI)).isEqualTo(0xd);
        assertThat(register(machine, MachineRegister.RSP)).isEqualTo(USER_RSP);
    }

    @Test
    @DisplayName("INTO raises #OF if OF is 1, with the next instruction as saved RIP")
    void into() {
        Machine idle = code32().withCode("ce").machine();
        assertThat(idle.step().outcome()).isEqualTo(new StepOutcome.Retired());
        Machine machine =
                code32().with(MachineRegister.RFLAGS, 0xa02).withCode("ce").machine();
        assertThat(machine.step().outcome()).isEqualTo(new StepOutcome.EventDelivered(Event.softwareInterrupt(4)));
        assertThat(word(machine, RSP0 - 40, 8)).isEqualTo(USER_RIP + 1);
        assertThat(word(machine, RSP0 - 32, 8)).isEqualTo(USER_CS32);
    }

    @ParameterizedTest(name = "BOUND of {0} in -5 to 7: #BR {1}")
    @CsvSource({"-5, false", "7, false", "-6, true", "8, true"})
    void bound(int index, boolean refused) {
        Machine machine = code32().with(MachineRegister.RAX, index & 0xffff_ffffL)
                .withBytes(USER_DATA, "fb ff ff ff 07 00 00 00")
                .withCode("62 05 00 10 04 00") // bound eax,[0x41000]
                .machine();
        assertThat(machine.step().outcome())
                .isEqualTo(refused ? exception(ExceptionVector.BR) : new StepOutcome.Retired());
    }

    @Test
    @DisplayName("LES loads the selector and the offset")
    void les() {
        Machine machine = code32().withBytes(USER_DATA, "78 56 34 12 2b 00")
                .with(MachineRegister.ES, 0)
                .withCode("c4 05 00 10 04 00") // les eax,[0x41000]
                .machine();
        machine.step();
        assertThat(register(machine, MachineRegister.RAX)).isEqualTo(0x1234_5678);
        assertThat(register(machine, MachineRegister.ES)).isEqualTo(USER_DS);
    }

    @Test
    @DisplayName("LDS loads the selector and the offset")
    void lds() {
        Machine machine = code32().withBytes(USER_DATA, "78 56 34 12 2b 00")
                .with(MachineRegister.DS, 0)
                .withCode("c5 05 00 10 04 00") // lds eax,[0x41000]
                .machine();
        machine.step();
        assertThat(register(machine, MachineRegister.RAX)).isEqualTo(0x1234_5678);
        assertThat(register(machine, MachineRegister.DS)).isEqualTo(USER_DS);
    }

    @Test
    @DisplayName("a far jump reaches 64-bit code, beyond the limit of the segment it leaves")
    void farJump() {
        Machine machine = code32().with(SystemRegister.CS, new Descriptor(USER_CS32, 0, 0x4_0fff, 0x40fb))
                .withBytes(USER_DATA, "90")
                .withCode("ea 00 10 04 00 33 00") // ljmp $0x33,$0x41000
                .machine();
        machine.step();
        assertThat(register(machine, MachineRegister.RIP)).isEqualTo(USER_DATA);
        assertThat(register(machine, MachineRegister.CS)).isEqualTo(USER_CS);
    }

    @Test
    @DisplayName("SYSENTER goes to 64-bit code at CPL 0, beyond 4 GiB too")
    void sysenter() {
        Machine machine = code32().with(MachineRegister.SYSENTER_CS, 0x10)
                .with(MachineRegister.SYSENTER_EIP, 0xffff_ffff_8000_0000L)
                .with(MachineRegister.SYSENTER_ESP, 0xffff_8000_0000_1000L)
                .withCode("0f 34")
                .machine();
        machine.step();
        assertThat(register(machine, MachineRegister.RIP)).isEqualTo(0xffff_ffff_8000_0000L);
        assertThat(register(machine, MachineRegister.RSP)).isEqualTo(0xffff_8000_0000_1000L);
        assertThat(register(machine, MachineRegister.CPL)).isZero();
    }

    @Test
    @DisplayName("an event pushes the 64-bit frame, and IRETQ comes back to it")
    void eventAndReturn() {
        Machine machine = code32().withCode("0f 0b").withBytes(HANDLER, "48 cf").machine();
        assertThat(machine.step().outcome()).isEqualTo(exception(ExceptionVector.UD));
        assertThat(word(machine, RSP0 - 16, 8)).isEqualTo(USER_RSP);
        machine.step();
        assertThat(register(machine, MachineRegister.CS)).isEqualTo(USER_CS32);
        assertThat(register(machine, MachineRegister.RIP)).isEqualTo(USER_RIP);
        assertThat(register(machine, MachineRegister.RSP)).isEqualTo(USER_RSP);
    }

    @Test
    @DisplayName("IRETQ refuses a RIP beyond the limit of the segment, also one with bit 63")
    void returnBeyondLimit() {
        Machine machine = TestMachine.inKernelMode()
                .withGate(13, INTERRUPT_GATE, 0)
                .withCode("48 cf")
                .withQuadword(TestMachine.KERNEL_RSP, 1L << 63)
                .withQuadword(TestMachine.KERNEL_RSP + 8, USER_CS32)
                .withQuadword(TestMachine.KERNEL_RSP + 16, 0x202)
                .withQuadword(TestMachine.KERNEL_RSP + 24, USER_RSP)
                .withQuadword(TestMachine.KERNEL_RSP + 32, USER_DS)
                .machine();
        assertThat(machine.step().outcome()).isEqualTo(exception(ExceptionVector.GP, 0));
    }
}
