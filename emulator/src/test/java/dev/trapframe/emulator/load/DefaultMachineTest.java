package dev.trapframe.emulator.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.trapframe.emulator.Machine;
import dev.trapframe.emulator.api.Change.SystemRegister;
import dev.trapframe.emulator.api.DefaultLayout;
import dev.trapframe.emulator.api.DeviceState;
import dev.trapframe.emulator.api.MachineOptions;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MachineState;
import dev.trapframe.emulator.api.Phase;
import dev.trapframe.emulator.api.Program;
import dev.trapframe.emulator.api.Program.Section;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The default machine")
class DefaultMachineTest {

    private static final long USER_TEXT = 0x40_1000L;
    private static final long TEXT = 0xffff_ffff_8100_0000L;
    private static final long USER_STACK_TOP = 0x7ffd_5e11_0000L;
    private static final long ENTRY_STACK_TOP = 0xffff_fe00_0000_3000L;

    private final MachineState state = DefaultMachine.of(program(), MachineOptions.DEFAULT);

    @Test
    @DisplayName("starts a program whose _start is a user address in ring 3, on the user stack, with IF set")
    void startsInUserMode() {
        assertThat(state.registers())
                .containsEntry(MachineRegister.RIP, USER_TEXT)
                .containsEntry(MachineRegister.CPL, 3L)
                .containsEntry(MachineRegister.CS, 0x33L)
                .containsEntry(MachineRegister.SS, 0x2bL)
                .containsEntry(MachineRegister.RSP, USER_STACK_TOP)
                .containsEntry(MachineRegister.RFLAGS, 0x202L);
        assertThat(state.system().get(SystemRegister.CS).attributes()).isEqualTo(0xa0fb);
    }

    @Test
    @DisplayName("takes initial register values from the options")
    void optionsOverride() {
        MachineState other = DefaultMachine.of(program(), new MachineOptions(Map.of(MachineRegister.RSP, 0x1234L)));

        assertThat(other.registers()).containsEntry(MachineRegister.RSP, 0x1234L);
    }

    @Test
    @DisplayName("has devices if the options say so, and then the local APIC's page for the supervisor alone")
    void devices() {
        assertThat(state.devices()).isEqualTo(DeviceState.NONE);
        MachineOptions options = new MachineOptions(Map.of(), List.of(), DeviceState.PC);
        MachineState other = DefaultMachine.of(program(), options);
        Machine machine = Machine.load(other);

        assertThat(other.devices()).isEqualTo(DeviceState.PC);
        assertThat(machine.view().translate(DefaultLayout.LOCAL_APIC)).hasValue(0xfee0_0000L);
        assertThat(machine.view().translate(DefaultLayout.LOCAL_APIC + 0x1000)).isEmpty();
        assertThat(Machine.load(state).view().translate(DefaultLayout.LOCAL_APIC))
                .isEmpty();
    }

    @Test
    @DisplayName("maps user sections for the user, the kernel's for the supervisor, and only code executable")
    void mapsSectionsWithTheirRights() {
        assertThat(entry(USER_TEXT) & 0x8000_0000_0000_0007L).isEqualTo(5);
        assertThat(entry(TEXT) & 0x8000_0000_0000_0007L).isEqualTo(1);
        assertThat(entry(USER_STACK_TOP - 1) & 0x8000_0000_0000_0007L).isEqualTo(0x8000_0000_0000_0007L);
        assertThat(entry(USER_TEXT + 0x4000))
                .as("next to the program nothing is mapped")
                .isZero();
    }

    @Test
    @DisplayName("puts the kernel image where its linear address says and shows all memory in the direct map")
    void kernelImageAndDirectMap() {
        assertThat(entry(TEXT) & 0x000f_ffff_ffff_f000L).isEqualTo(0x100_0000L);
        assertThat(state.pages().get(0x100_0000L)[0]).isEqualTo((byte) 0xf4);
        long pd = walk(DefaultLayout.DIRECT_MAP + 0x100_0000L, 2);
        assertThat(pd & 0x000f_ffff_ffe0_0080L).isEqualTo(0x100_0080L);
    }

    @Test
    @DisplayName("builds gates, TSS and phases from the program's .trapframe sections")
    void readsTheProgramsRecords() {
        ByteBuffer idt = bytesAt(DefaultLayout.IDT);
        assertThat(idt.getLong(16 * 14)).isEqualTo(0x8100_8e00_0010_0000L);
        assertThat(idt.getLong(16 * 14 + 8)).isEqualTo(0xffff_ffffL);
        assertThat(idt.getLong(16 * 13))
                .as("no gate was asked for: not present")
                .isZero();
        assertThat(bytesAt(DefaultLayout.TSS).getLong(4)).isEqualTo(ENTRY_STACK_TOP);
        assertThat(state.phaseMarkers())
                .containsExactly(Map.entry(USER_TEXT, Phase.USER), Map.entry(TEXT, Phase.ENTRY));
    }

    @Test
    @DisplayName("describes the TSS in the GDT as busy, with the base that TR has")
    void describesTheTss() {
        ByteBuffer gdt = bytesAt(DefaultLayout.GDT);
        long low = gdt.getLong(DefaultLayout.TSS_SELECTOR);
        long base = low >>> 16 & 0xff_ffff | low >>> 56 << 24 | gdt.getLong(DefaultLayout.TSS_SELECTOR + 8) << 32;
        assertThat(base)
                .isEqualTo(DefaultLayout.TSS)
                .isEqualTo(state.system().get(SystemRegister.TR).base());
        assertThat(low >>> 40 & 0xff).isEqualTo(0x8b);
    }

    @Test
    @DisplayName("refuses a section it has no place for, and names it")
    void refusesUnknownSections() {
        Program program = new Program(
                List.of(new Section(".fancy", 0x1000, new byte[1], true, false, false)),
                new TreeMap<>(Map.of("_start", USER_TEXT)),
                new TreeMap<>());

        assertThatIllegalArgumentException()
                .isThrownBy(() -> DefaultMachine.of(program, MachineOptions.DEFAULT))
                .withMessageContaining(".fancy");
    }

    @Test
    @DisplayName("refuses a torn record, and names its section")
    void refusesTornRecords() {
        Program program = new Program(
                List.of(new Section(".trapframe.gate", 0, new byte[15], false, false, false)),
                new TreeMap<>(Map.of("_start", USER_TEXT)),
                new TreeMap<>());

        assertThatIllegalArgumentException()
                .isThrownBy(() -> DefaultMachine.of(program, MachineOptions.DEFAULT))
                .withMessageContaining(".trapframe.gate");
    }

    private static Program program() {
        return new Program(
                List.of(
                        new Section(".user.text", USER_TEXT, new byte[] {0x0f, 0x0b}, true, false, true),
                        new Section(".user.stack", USER_STACK_TOP - 0x2000, new byte[0x2000], true, true, false),
                        new Section(".text", TEXT, new byte[] {(byte) 0xf4}, true, false, true),
                        record(".trapframe.gate", TEXT, 0x1_0e_00_00_0eL),
                        record(
                                ".trapframe.stack",
                                USER_STACK_TOP - 0x2000,
                                USER_STACK_TOP,
                                0,
                                0,
                                ENTRY_STACK_TOP - 0x1000,
                                ENTRY_STACK_TOP,
                                1,
                                0),
                        record(".trapframe.phase", USER_TEXT, 0, TEXT, 2)),
                new TreeMap<>(Map.of("_start", USER_TEXT)),
                new TreeMap<>());
    }

    private static Section record(String name, long... quads) {
        ByteBuffer bytes = ByteBuffer.allocate(8 * quads.length).order(ByteOrder.LITTLE_ENDIAN);
        for (long quad : quads) bytes.putLong(quad);
        return new Section(name, 0, bytes.array(), false, false, false);
    }

    private ByteBuffer bytesAt(long linear) {
        return ByteBuffer.wrap(state.pages().get(entry(linear) & 0x000f_ffff_ffff_f000L))
                .order(ByteOrder.LITTLE_ENDIAN);
    }

    private long entry(long linear) {
        return walk(linear, 1);
    }

    private long walk(long linear, int lowestLevel) {
        long table = state.registers().get(MachineRegister.CR3);
        for (int level = 4; ; level--) {
            long index = linear >>> 12 + 9 * (level - 1) & 0x1ff;
            byte[] page = state.pages().get(table);
            long entry = ByteBuffer.wrap(page).order(ByteOrder.LITTLE_ENDIAN).getLong((int) (8 * index));
            if (level == lowestLevel || (entry & 1) == 0) return entry;
            table = entry & 0x000f_ffff_ffff_f000L;
        }
    }
}
