package dev.trapframe.emulator.execute;

import static dev.trapframe.emulator.TestMachine.GDT;
import static dev.trapframe.emulator.TestMachine.KERNEL_DATA;
import static dev.trapframe.emulator.TestMachine.TSS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.Machine;
import dev.trapframe.emulator.TestMachine;
import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.Change.SystemRegister;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.StepOutcome;
import dev.trapframe.emulator.event.Event;
import dev.trapframe.emulator.memory.LittleEndian;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What only shows with page tables: how far an instruction reads and writes, and with which right. */
@DisplayName("At the border of a page")
class PagedExecutionTest {

    private static final long BORDER = KERNEL_DATA + 0x1000;

    private static TestMachine machine(String code) {
        TestMachine machine = TestMachine.inKernelMode().withCode(code);
        for (int vector = 0; vector < 32; vector++) machine.withGate(vector, TestMachine.INTERRUPT_GATE, 0);
        return machine.with(MachineRegister.CR4, 0x6a0).with(MachineRegister.RDI, KERNEL_DATA);
    }

    /** The event that the first instruction raises, as vector and error code, or nothing. */
    private static String outcome(Machine machine) {
        StepOutcome outcome = machine.step().outcome();
        if (!(outcome instanceof StepOutcome.EventDelivered delivered)) return "none";
        Event event = delivered.event();
        return event.errorCode().isPresent()
                ? event.vector() + " " + Integer.toHexString(event.errorCode().getAsInt())
                : String.valueOf(event.vector());
    }

    @ParameterizedTest(name = "entry {0}: {1}")
    @CsvSource({"0xf003, none", "0, 14 2", "0xf001, 14 3"})
    @DisplayName("CMPXCHG16B asks for the right to write first, for its 16 bytes and no more")
    void compareExchange(String entry, String expected) {
        TestMachine machine = machine("48 0f c7 0f").withPageEntry(KERNEL_DATA, Long.decode(entry));
        assertThat(outcome(machine.machine())).isEqualTo(expected);
        TestMachine last = machine("48 0f c7 0f").with(MachineRegister.RDI, BORDER - 16);
        assertThat(outcome(last.withPageEntry(BORDER, 0).machine())).isEqualTo("none");
    }

    @ParameterizedTest(name = "RAX {0}: {1}")
    @CsvSource({"5, 1", "0, 1"})
    @DisplayName("CMPXCHG is a write to a data breakpoint whether it stores or not. SDM Vol. 2A, CMPXCHG")
    void compareExchangeWrites(long rax, String expected) {
        TestMachine machine = machine("48 0f b1 1f")
                .with(MachineRegister.RAX, rax)
                .with(MachineRegister.RBX, 7)
                .withQuadword(KERNEL_DATA, 5)
                .with(MachineRegister.DR0, KERNEL_DATA)
                .with(MachineRegister.DR7, 0x400 | 1 | 1 << 16 | 2 << 18);
        assertThat(outcome(machine.machine())).isEqualTo(expected);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"ac, 0x42", "d7, 0x42", "8a 07, 0x42"})
    @DisplayName("LODS and XLAT without a prefix read through DS")
    void throughDs(String code, String expected) {
        Machine machine = machine(code)
                .with(MachineRegister.RSI, KERNEL_DATA)
                .with(MachineRegister.RBX, KERNEL_DATA)
                .withQuadword(KERNEL_DATA, 0x42)
                .machine();
        assertThat(outcome(machine)).isEqualTo("none");
        assertThat(machine.view().register(MachineRegister.RAX)).isEqualTo(Long.decode(expected));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"ac, 0x42", "d7, 0x42", "8a 07, 0x42"})
    @DisplayName("and so they do where DS has a base")
    void throughDsWithBase(String code, String expected) {
        Machine machine = TestMachine.inUserMode()
                .withCode(code)
                .with(MachineRegister.CS, TestMachine.USER_CS32)
                .with(SystemRegister.CS, new Descriptor(TestMachine.USER_CS32, 0, 0xffff_ffffL, 0xc0fb))
                .with(SystemRegister.DS, new Descriptor(TestMachine.USER_DS, 0x1000, 0xffff_ffffL, 0xc0f3))
                .with(MachineRegister.RSI, TestMachine.USER_DATA - 0x1000)
                .with(MachineRegister.RDI, TestMachine.USER_DATA - 0x1000)
                .with(MachineRegister.RBX, TestMachine.USER_DATA - 0x1000)
                .withQuadword(TestMachine.USER_DATA, 0x42)
                .machine();
        assertThat(outcome(machine)).isEqualTo("none");
        assertThat(machine.view().register(MachineRegister.RAX)).isEqualTo(Long.decode(expected));
    }

    @ParameterizedTest(name = "{0} bytes before the border, entry {1}: {2}")
    @CsvSource({"8, 0x10003, none", "8, 0, 14 0", "16, 0x10003, none", "16, 0, none", "15, 0, 14 0"})
    @DisplayName("INVPCID reads 16 bytes")
    void invpcid(int before, String entry, String expected) {
        TestMachine machine = machine("66 0f 38 82 07")
                .with(MachineRegister.RDI, BORDER - before)
                .withBytes(BORDER - before + 8, "11 55")
                .withPageEntry(BORDER, Long.decode(entry));
        assertThat(outcome(machine.machine())).isEqualTo(expected);
    }

    @Test
    @DisplayName("MOVUPS loads two halves that know nothing of each other")
    void vectorLoad() {
        for (int offset = 1; offset < 16; offset++) {
            Machine machine = machine("0f 10 0f")
                    .with(MachineRegister.RDI, BORDER - offset)
                    .withBytes(BORDER - offset, "00 07 06 05 04 03 02 01 ff 17 16 15 14 13 12 11")
                    .machine();
            assertThat(outcome(machine)).isEqualTo("none");
            assertThat(machine.view().register(MachineRegister.XMM1_LOW)).isEqualTo(0x0102_0304_0506_0700L);
            assertThat(machine.view().register(MachineRegister.XMM1_HIGH)).isEqualTo(0x1112_1314_1516_17ffL);
        }
    }

    @ParameterizedTest(name = "{0} bytes before the border: {1}")
    @CsvSource({"16, none", "15, 14 2"})
    @DisplayName("MOVUPS writes 16 bytes")
    void vectorStore(int before, String expected) {
        TestMachine machine =
                machine("0f 11 0f").with(MachineRegister.RDI, BORDER - before).withPageEntry(BORDER, 0);
        assertThat(outcome(machine.machine())).isEqualTo(expected);
    }

    @Test
    @DisplayName("FXRSTOR64 gives back what FXSAVE64 wrote, wherever the border runs through the area")
    void stateOverTheBorder() {
        for (int before : new int[] {16, 48, 256, 400}) {
            TestMachine machine = machine("48 0f ae 07 48 0f ae 0f").with(MachineRegister.RDI, BORDER - before);
            long value = 0x8182_8384_8586_8700L;
            for (int i = 0; i < 16; i++) {
                machine.with(MachineRegister.valueOf("XMM" + i + "_LOW"), value + 0xff)
                        .with(MachineRegister.valueOf("XMM" + i + "_HIGH"), value);
            }
            for (int i = 0; i < 8; i++) machine.with(MachineRegister.valueOf("ST" + i + "_LOW"), value);
            Machine run = machine.with(MachineRegister.FIP, value)
                    .with(MachineRegister.FDP, value + 0xff)
                    .machine();
            assertThat(outcome(run)).isEqualTo("none");
            assertThat(outcome(run)).isEqualTo("none");
            for (var register : machine.registers().entrySet()) {
                if (register.getKey() == MachineRegister.RIP) continue;
                assertThat(run.view().register(register.getKey()))
                        .as("%s, %d bytes before the border", register.getKey(), before)
                        .isEqualTo(register.getValue());
            }
        }
    }

    @ParameterizedTest(name = "descriptor {0}: {1}")
    @CsvSource({"0x00cf93000000ffff, none", "0x00cf92000000ffff, 14 3"})
    @DisplayName("a segment's descriptor is read to its last byte, and written only if it was not accessed")
    void descriptors(String descriptor, String expected) {
        TestMachine machine = machine("8e d8")
                .with(MachineRegister.RAX, 0xff8)
                .with(SystemRegister.GDTR, new Descriptor(0, GDT, 0xfff, 0))
                .withQuadword(GDT + 0xff8, Long.decode(descriptor))
                .withPageEntry(GDT, GDT | 1);
        assertThat(outcome(machine.machine())).isEqualTo(expected);
        TestMachine end = machine("8e d8")
                .with(MachineRegister.RAX, 0x18)
                .with(SystemRegister.GDTR, new Descriptor(0, BORDER - 0x20, 0x1f, 0))
                .withQuadword(BORDER - 8, 0x00cf_9300_0000_ffffL)
                .withPageEntry(BORDER, 0);
        Machine run = end.machine();
        assertThat(outcome(run)).isEqualTo("none");
        assertThat(run.view().register(MachineRegister.DS)).isEqualTo(0x18);
    }

    @Test
    @DisplayName("LTR reads the 16 bytes of its descriptor, and the two halves know nothing of each other")
    void taskRegister() {
        for (int selector : new int[] {0x10, 0x18}) {
            TestMachine machine = machine("0f 00 d8")
                    .with(MachineRegister.RAX, selector)
                    .with(SystemRegister.GDTR, new Descriptor(0, BORDER - 0x20, selector + 15, 0))
                    .withQuadword(BORDER - 0x20 + selector, 0x0000_8900_0000_0000L | TSS << 16 | 0x66)
                    .withQuadword(BORDER - 0x20 + selector + 8, 0x11);
            if (selector == 0x10) machine.withPageEntry(BORDER, 0);
            Machine run = machine.machine();
            assertThat(outcome(run)).isEqualTo("none");
            Descriptor expected = new Descriptor(selector, 0x11_0000_0000L | TSS, 0x66, 0x8b);
            assertThat(run.view().descriptor(SystemRegister.TR)).isEqualTo(expected);
            assertThat(LittleEndian.get(run.view().physical(BORDER - 0x20 + selector, 8), 0, 8) >>> 40 & 0xff)
                    .isEqualTo(0x8b);
        }
    }
}
