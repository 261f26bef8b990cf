package dev.trapframe.emulator.execute;

import static dev.trapframe.emulator.TestMachine.KERNEL_DATA;
import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.Machine;
import dev.trapframe.emulator.TestMachine;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.Step;
import dev.trapframe.emulator.api.StepOutcome;
import dev.trapframe.emulator.memory.LittleEndian;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Source of the expected values: Intel SDM Vol. 1, "Managing State Using the XSAVE Feature Set". */
@DisplayName("FXSAVE, FXRSTOR and the XSAVE family")
class ExtendedStateTest {

    private static final String FXSAVE = "0f ae 00 ";
    private static final String FXRSTOR = "0f ae 08 ";
    private static final String XSAVE = "0f ae 20 ";
    private static final String XRSTOR = "0f ae 28 ";
    private static final String XSAVEOPT = "0f ae 30 ";
    private static final String XSAVEC = "0f c7 20 ";
    private static final String XSAVES = "0f c7 28 ";
    private static final String XRSTORS = "0f c7 18 ";
    private static final String XGETBV = "0f 01 d0 ";
    private static final String XSETBV = "0f 01 d1 ";
    private static final long AREA = 0xd000;
    private static final long OSXSAVE = 1L << 18;
    private static final long CR4 = 0x6a0 | OSXSAVE;
    private static final long HEADER = AREA + 512;
    private static final long COMPACTED = 1L << 63;

    /** All components are in use. */
    private static TestMachine machine(String code) {
        return TestMachine.inKernelMode()
                .withCode(code.strip())
                .withGate(6, TestMachine.INTERRUPT_GATE, 0)
                .withGate(7, TestMachine.INTERRUPT_GATE, 0)
                .withGate(13, TestMachine.INTERRUPT_GATE, 0)
                .with(MachineRegister.CR4, CR4)
                .with(MachineRegister.XCR0, 0x203)
                .with(MachineRegister.XMM3_HIGH, 0x33)
                .with(MachineRegister.XMM15_LOW, 0x15)
                .with(MachineRegister.PKRU, 0x5555_5554L)
                .with(MachineRegister.ST2_LOW, 0x8000_0000_0000_0000L)
                .with(MachineRegister.ST2_HIGH, 0x3fff)
                .with(MachineRegister.FTW, 0x20);
    }

    /** Moves the operand from RAX to RDI, so that EAX is free for the mask. */
    private static String atRdi(String code) {
        String[] bytes = code.strip().split(" ");
        int last = Integer.parseInt(bytes[2], 16) | 7;
        return bytes[0] + " " + bytes[1] + " " + String.format("%02x", last);
    }

    private static TestMachine masked(String code, long mask) {
        return machine(atRdi(code)).with(MachineRegister.RDI, AREA).with(MachineRegister.RAX, mask);
    }

    private static long memory(Machine machine, long physical, int bytes) {
        return LittleEndian.get(machine.view().physical(physical, bytes), 0, bytes);
    }

    private static int vector(Machine machine) {
        return ((StepOutcome.EventDelivered) machine.step().outcome()).event().vector();
    }

    private static Machine run(TestMachine test) {
        Machine machine = test.machine();
        Step step = machine.step();
        assertThat(step.outcome()).isInstanceOf(StepOutcome.Retired.class);
        return machine;
    }

    @Test
    @DisplayName("FXSAVE writes the image of the manual's table, and leaves the bytes for software alone")
    void fxsave() {
        Machine machine = run(masked(FXSAVE, 0).withQuadword(AREA + 464, -1));
        assertThat(memory(machine, AREA, 2)).isEqualTo(0x37f);
        assertThat(memory(machine, AREA + 4, 2)).isEqualTo(0x20);
        assertThat(memory(machine, AREA + 24, 4)).isEqualTo(0x1f80);
        assertThat(memory(machine, AREA + 28, 4)).isEqualTo(0xffff);
        assertThat(memory(machine, AREA + 32 + 2 * 16, 8)).isEqualTo(0x8000_0000_0000_0000L);
        assertThat(memory(machine, AREA + 32 + 2 * 16 + 8, 8)).isEqualTo(0x3fff);
        assertThat(memory(machine, AREA + 160 + 3 * 16 + 8, 8)).isEqualTo(0x33);
        assertThat(memory(machine, AREA + 160 + 15 * 16, 8)).isEqualTo(0x15);
        assertThat(memory(machine, AREA + 464, 8)).isEqualTo(-1);
    }

    @Test
    @DisplayName("FXRSTOR of what FXSAVE wrote gives the same registers")
    void fxrstor() {
        Machine saved = run(masked(FXSAVE, 0));
        TestMachine other = masked(FXRSTOR, 0)
                .with(MachineRegister.XMM3_HIGH, 1)
                .with(MachineRegister.FTW, 0)
                .with(MachineRegister.ST2_HIGH, 2);
        for (int offset = 0; offset < 512; offset += 8) {
            other.withQuadword(AREA + offset, memory(saved, AREA + offset, 8));
        }
        Machine machine = run(other);
        for (MachineRegister register : MachineRegister.values()) {
            if (register.ordinal() < MachineRegister.FCW.ordinal()) continue;
            assertThat(machine.view().register(register))
                    .as(register.name())
                    .isEqualTo(saved.view().register(register));
        }
    }

    @ParameterizedTest
    @CsvSource({"8, " + FXSAVE, "8, " + FXRSTOR, "16, " + XSAVE, "16, " + XRSTOR, "32, " + XSAVEC, "32, " + XSAVEOPT})
    @DisplayName("an area on the wrong boundary is #GP(0)")
    void alignment(int offset, String code) {
        assertThat(vector(
                        masked(code, 3).with(MachineRegister.RDI, AREA + offset).machine()))
                .isEqualTo(13);
    }

    @ParameterizedTest
    @ValueSource(strings = {XSAVE, XRSTOR, XSAVEOPT, XSAVEC, XSAVES, XRSTORS, XGETBV, XSETBV})
    @DisplayName("without CR4.OSXSAVE the XSAVE family is #UD, even with CR0.TS")
    void disabled(String code) {
        TestMachine off = machine(code).with(MachineRegister.CR4, 0x6a0).with(MachineRegister.CR0, 0x8005_003bL);
        assertThat(vector(off.machine())).isEqualTo(6);
    }

    @ParameterizedTest
    @ValueSource(strings = {XSAVE, XRSTOR, XSAVEOPT, XSAVEC, XSAVES, XRSTORS})
    @DisplayName("with CR0.TS it is #NM, before the boundary is looked at")
    void taskSwitched(String code) {
        TestMachine switched =
                masked(code, 3).with(MachineRegister.RDI, AREA + 1).with(MachineRegister.CR0, 0x8005_003bL);
        assertThat(vector(switched.machine())).isEqualTo(7);
    }

    @Test
    @DisplayName(
            "XSAVE saves what is asked for, keeps other bits of XSTATE_BV, and leaves the rest of the header alone")
    void xsave() {
        Machine machine = run(masked(XSAVE, 0x202)
                .withQuadword(HEADER, 1)
                .withQuadword(HEADER + 8, 0x77)
                .withQuadword(AREA, 0x4444));
        assertThat(memory(machine, HEADER, 8)).isEqualTo(0x203);
        assertThat(memory(machine, HEADER + 8, 8)).isEqualTo(0x77);
        assertThat(memory(machine, AREA, 8)).isEqualTo(0x4444);
        assertThat(memory(machine, AREA + 24, 4)).isEqualTo(0x1f80);
        assertThat(memory(machine, AREA + 160 + 15 * 16, 8)).isEqualTo(0x15);
        assertThat(memory(machine, AREA + 0xa80, 8)).isEqualTo(0x5555_5554L);
    }

    @Test
    @DisplayName("XSAVEOPT does not write a component in its initial configuration, and clears its bit")
    void xsaveopt() {
        Machine machine = run(masked(XSAVEOPT, 0x203)
                .with(MachineRegister.PKRU, 0)
                .withQuadword(HEADER, 0x200)
                .withQuadword(AREA + 0xa80, 0x99));
        assertThat(memory(machine, HEADER, 8)).isEqualTo(3);
        assertThat(memory(machine, AREA + 0xa80, 8)).isEqualTo(0x99);
    }

    @Test
    @DisplayName("XSAVEC writes XCOMP_BV, and PKRU right behind the header")
    void xsavec() {
        Machine machine = run(masked(XSAVEC, 0x202).withQuadword(HEADER, 1));
        assertThat(memory(machine, HEADER, 8)).isEqualTo(0x202);
        assertThat(memory(machine, HEADER + 8, 8)).isEqualTo(COMPACTED | 0x202);
        assertThat(memory(machine, AREA + 576, 8)).isEqualTo(0x5555_5554L);
    }

    @Test
    @DisplayName("XRSTOR initializes what is asked for and not held, and leaves what is not asked for")
    void xrstor() {
        Machine machine = run(masked(XRSTOR, 3).withQuadword(HEADER, 0x200).withQuadword(AREA + 24, 0x1fa0));
        assertThat(machine.view().register(MachineRegister.XMM3_HIGH)).isZero();
        assertThat(machine.view().register(MachineRegister.FTW)).isZero();
        assertThat(machine.view().register(MachineRegister.FCW)).isEqualTo(0x37f);
        assertThat(machine.view().register(MachineRegister.MXCSR)).isEqualTo(0x1fa0);
        assertThat(machine.view().register(MachineRegister.PKRU)).isEqualTo(0x5555_5554L);
    }

    @Test
    @DisplayName("XRSTOR takes the compacted format too; MXCSR is initialized with its component")
    void xrstorCompacted() {
        Machine machine = run(masked(XRSTOR, 0x203)
                .with(MachineRegister.MXCSR, 0x1fa0)
                .withQuadword(HEADER, 0x200)
                .withQuadword(HEADER + 8, COMPACTED | 0x203)
                .withQuadword(AREA + 576, 0xc));
        assertThat(machine.view().register(MachineRegister.PKRU)).isEqualTo(0xc);
        assertThat(machine.view().register(MachineRegister.MXCSR)).isEqualTo(0x1f80);
    }

    @ParameterizedTest
    @CsvSource({
        "0x4, 0, 0, 0", // a component that XCR0 does not have
        "0, 0x1, 0, 0", // XCOMP_BV without bit 63
        "0, 0, 0x1, 0", // reserved bytes of the standard format
        "0x1, 0x8000000000000002, 0, 0", // held, but not in XCOMP_BV
        "0, 0x8000000000000004, 0, 0",
        "0, 0x8000000000000003, 0x1, 0",
        "0, 0x8000000000000003, 0, 0x1",
    })
    @DisplayName("XRSTOR refuses a header that is not valid with #GP(0) and changes nothing")
    void header(String held, String layout, String reserved, String last) {
        Machine machine = masked(XRSTOR, 0x203)
                .withQuadword(HEADER, Long.decode(held))
                .withQuadword(HEADER + 8, Long.parseUnsignedLong(layout.replaceFirst("0x", ""), 16))
                .withQuadword(HEADER + 16, Long.decode(reserved))
                .withQuadword(HEADER + 56, Long.decode(last))
                .machine();
        assertThat(vector(machine)).isEqualTo(13);
        assertThat(machine.view().register(MachineRegister.XMM3_HIGH)).isEqualTo(0x33);
    }

    @Test
    @DisplayName("XRSTORS takes the compacted format only, and reserved bits of MXCSR are #GP(0)")
    void refused() {
        assertThat(vector(masked(XRSTORS, 3).machine())).isEqualTo(13);
        assertThat(vector(masked(XRSTOR, 2).withQuadword(AREA + 24, 0x1_0000).machine()))
                .isEqualTo(13);
    }

    @ParameterizedTest
    @CsvSource({"0x203, 0, 0x203", "0x1, 0, 0x1", "0x2, 0, ", "0x7, 0, ", "0x203, 1, "})
    @DisplayName("XSETBV sets XCR0 to components that exist, x87 among them; else #GP(0)")
    void xsetbv(String value, int number, String result) {
        Machine machine = machine(XSETBV)
                .with(MachineRegister.XCR0, 1)
                .with(MachineRegister.RAX, Long.decode(value))
                .with(MachineRegister.RCX, number)
                .machine();
        if (result == null) {
            assertThat(vector(machine)).isEqualTo(13);
        } else {
            machine.step();
            assertThat(machine.view().register(MachineRegister.XCR0)).isEqualTo(Long.decode(result));
        }
    }

    @Test
    @DisplayName("XGETBV reads XCR0, and with ECX = 1 the components in use")
    void xgetbv() {
        assertThat(run(machine(XGETBV)).view().register(MachineRegister.RAX)).isEqualTo(0x203);
        TestMachine clear = machine(XGETBV).with(MachineRegister.RCX, 1).with(MachineRegister.PKRU, 0);
        assertThat(run(clear).view().register(MachineRegister.RAX)).isEqualTo(3);
        assertThat(vector(machine(XGETBV).with(MachineRegister.RCX, 2).machine()))
                .isEqualTo(13);
    }

    @Test
    @DisplayName("CPUID leaf 0DH gives the sizes that XSAVE and XSAVEC use")
    void identification() {
        Machine first = run(machine("0f a2").with(MachineRegister.RAX, 0xd));
        assertThat(first.view().register(MachineRegister.RAX)).isEqualTo(0x203);
        assertThat(first.view().register(MachineRegister.RBX)).isEqualTo(0xa88);
        Machine compacted = run(machine("0f a2").with(MachineRegister.RAX, 0xd).with(MachineRegister.RCX, 1));
        assertThat(compacted.view().register(MachineRegister.RBX)).isEqualTo(584);
        Machine keys = run(machine("0f a2").with(MachineRegister.RAX, 0xd).with(MachineRegister.RCX, 9));
        assertThat(keys.view().register(MachineRegister.RAX)).isEqualTo(8);
        assertThat(keys.view().register(MachineRegister.RBX)).isEqualTo(0xa80);
    }

    @Test
    @DisplayName("nothing is written if the area's second page is missing")
    void secondPage() {
        Machine machine = masked(XSAVE, 0x203)
                .with(MachineRegister.RDI, KERNEL_DATA + 0xf00)
                .withGate(14, TestMachine.INTERRUPT_GATE, 0)
                .withPageEntry(KERNEL_DATA + 0x1000, 0)
                .machine();
        assertThat(vector(machine)).isEqualTo(14);
        assertThat(memory(machine, KERNEL_DATA + 0xf00, 2)).isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "FXSAVE64, FXRSTOR64, 0f ae 00, 0f ae 08",
        "XSAVE64, XRSTOR64, 0f ae 20, 0f ae 28",
        "XSAVEOPT64, XRSTOR64, 0f ae 30, 0f ae 28",
        "XSAVEC64, XRSTOR64, 0f c7 20, 0f ae 28",
        "XSAVES64, XRSTORS64, 0f c7 28, 0f c7 18"
    })
    @DisplayName("with REX.W all 64 bits of the x87 pointers are saved and restored, without it 32")
    void pointers(String save, String restore, String saveCode, String restoreCode) {
        long pointer = 0x1234_5678_9abc_def0L;
        for (String rex : new String[] {"48 ", ""}) {
            Machine saved =
                    run(masked(saveCode, 3).withCode(rex + atRdi(saveCode)).with(MachineRegister.FIP, pointer));
            TestMachine other = masked(restoreCode, 3).withCode(rex + atRdi(restoreCode));
            for (int offset = 0; offset < 576; offset += 8) {
                other.withQuadword(AREA + offset, memory(saved, AREA + offset, 8));
            }
            assertThat(run(other).view().register(MachineRegister.FIP))
                    .as(save + " and " + restore + " with " + rex)
                    .isEqualTo(rex.isEmpty() ? pointer & 0xffff_ffffL : pointer);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "FNINIT, db e3, 0x37f, 0",
        "FNCLEX, db e2, 0x27f, 0x4700",
        "FLDCW, d9 2f, 0x47f, 0xc700",
    })
    @DisplayName("x87 control: what FNINIT, FNCLEX and FLDCW leave in control and status word")
    void control(String mnemonic, String code, String control, String status) {
        Machine machine = run(masked(FXSAVE, 0)
                .withCode(code)
                .with(MachineRegister.FCW, 0x27f)
                .with(MachineRegister.FSW, mnemonic.equals("FLDCW") ? 0xc700 : 0xc7ff)
                .withQuadword(AREA, 0xe4bf));
        assertThat(machine.view().register(MachineRegister.FCW)).as(mnemonic).isEqualTo(Long.decode(control));
        assertThat(machine.view().register(MachineRegister.FSW)).as(mnemonic).isEqualTo(Long.decode(status));
    }

    @Test
    @DisplayName("FNSTCW and FNSTSW store 16 bits, FNSTSW also to AX")
    void controlStores() {
        TestMachine test = masked(FXSAVE, -1).with(MachineRegister.FSW, 0x4700).withQuadword(AREA, -1);
        assertThat(memory(run(test.withCode("d9 3f")), AREA, 4)).isEqualTo(0xffff_037fL);
        assertThat(memory(run(test.withCode("dd 3f")), AREA, 4)).isEqualTo(0xffff_4700L);
        assertThat(run(test.withCode("df e0")).view().register(MachineRegister.RAX))
                .isEqualTo(0xffff_ffff_ffff_4700L);
    }
}
