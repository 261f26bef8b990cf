package dev.trapframe.emulator.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.trapframe.emulator.Loader;
import dev.trapframe.emulator.Machine;
import dev.trapframe.emulator.api.Change.SystemRegister;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MachineState;
import dev.trapframe.emulator.api.MachineView;
import dev.trapframe.emulator.api.RunEnd;
import dev.trapframe.emulator.assemble.Assembler;
import dev.trapframe.emulator.assemble.AssemblerOptions;
import dev.trapframe.emulator.assemble.Assembly;
import dev.trapframe.emulator.assemble.ElfWriter;
import dev.trapframe.emulator.assemble.FlatImage;
import dev.trapframe.emulator.assemble.IncludeResolver;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A machine around an executable")
class BareMachineTest {

    private static final long KERNEL = 0xffff_ffff_8100_0000L;
    private static final int FIRST_PROGRAM_HEADER = 64;

    /** Reads its data, writes its zeroes, uses its stack, and halts. */
    private static final String PROGRAM = """
            .text
            .globl _start
            _start: mov number(%rip), %rax
                    add %rax, zero(%rip)
                    push zero(%rip)
                    pop %rbx
                    hlt
            .data
            number: .quad 0x1122334455667788
            .bss
            zero:   .skip 8192
            """;

    private static Assembly assembled(String source, long origin) {
        return new Assembler(AssemblerOptions.flat(origin, IncludeResolver.none())).assembleAll("program.S", source);
    }

    private static byte[] elf(long origin) {
        return ElfWriter.write(assembled(PROGRAM, origin));
    }

    private static void assertRuns(MachineState state) {
        Machine machine = Machine.load(state);
        assertThat(machine.run(100)).isEqualTo(RunEnd.HALTED);
        assertThat(machine.view().register(MachineRegister.RBX)).isEqualTo(0x1122_3344_5566_7788L);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0",
                "7c00",
                "100000",
                "401000",
                "3fffd000",
                "40000000",
                "fee00000",
                "7ffffffd0000",
                "ffff800000000000",
                "ffff888000100000",
                "ffffc90000008000",
                "fffffe0000000000",
                "fffffe7fffff0000",
                "ffffffff7fff0000",
                "ffffffff80000000",
                "ffffffff81000000",
                "ffffffffffff0000"
            })
    @DisplayName("runs wherever the executable is linked, in the place of the machine's own tables too")
    void runsAnywhere(String origin) {
        long address = Long.parseUnsignedLong(origin, 16);
        assertRuns(Loader.elf(elf(address)));
        assertRuns(Loader.flat(FlatImage.of(assembled(PROGRAM, address)).bytes(), address));
    }

    @Test
    @DisplayName(
            "starts in ring 0 at the entry, on an empty aligned stack, with interrupts off and an IDT without gates")
    void startsInRing0() {
        MachineState state = Loader.elf(elf(0x40_1000));

        assertThat(state.registers())
                .containsEntry(MachineRegister.RIP, 0x40_1000L)
                .containsEntry(MachineRegister.CPL, 0L)
                .containsEntry(MachineRegister.CS, 0x10L)
                .containsEntry(MachineRegister.RSP, 0xffff_c900_0001_0000L)
                .containsEntry(MachineRegister.RFLAGS, 2L)
                .containsEntry(MachineRegister.CR4, 0x0141_06a0L);
        assertThat(state.system().get(SystemRegister.CS).attributes()).isEqualTo(0xa09b);
        MachineView view = Machine.load(state).view();
        assertThat(view.linear(state.system().get(SystemRegister.IDTR).base(), 4096))
                .hasValueSatisfying(idt -> assertThat(idt).containsOnly(0));
    }

    @Test
    @DisplayName("has a TSS whose RSP0 is a stack that is mapped")
    void hasRsp0() {
        MachineState state = Loader.elf(elf(0x40_1000));
        MachineView view = Machine.load(state).view();
        byte[] tss =
                view.linear(state.system().get(SystemRegister.TR).base(), 104).orElseThrow();

        long rsp0 = ByteBuffer.wrap(tss).order(ByteOrder.LITTLE_ENDIAN).getLong(4);
        assertThat(rsp0).isEqualTo(0xffff_fe00_0000_3000L);
        assertThat(new PageTables(state).rights(rsp0 - 1)).isEqualTo("PW--");
    }

    @Test
    @DisplayName(
            "maps each segment with its rights, for ring 3 too below the middle of the address space, and nothing between")
    void rights() {
        PageTables low = new PageTables(Loader.elf(elf(0x40_1000)));
        PageTables high = new PageTables(Loader.elf(ElfWriter.write(assembled(
                ".text; _start: hlt; .balign 4096; .section .rodata; .long 1; .balign 4096; .data; .long 2", KERNEL))));

        assertThat(low.rights(0x40_1000)).as("code and data in one page").isEqualTo("PWUX");
        assertThat(low.rights(0x40_0fff)).isEqualTo("----");
        assertThat(low.rights(0)).isEqualTo("----");
        assertThat(high.rights(KERNEL)).isEqualTo("P--X");
        assertThat(high.rights(KERNEL + 0x1000)).isEqualTo("P---");
        assertThat(high.rights(KERNEL + 0x2000)).isEqualTo("PW--");
        assertThat(high.rights(KERNEL + 0x3000)).isEqualTo("----");
    }

    @Test
    @DisplayName("has low programs at the same physical address, and kernel images at theirs less 0xffffffff80000000")
    void physicalPlaces() {
        assertThat(new PageTables(Loader.elf(elf(0x40_1000))).physical(0x40_1008))
                .isEqualTo(0x40_1008);
        assertThat(new PageTables(Loader.elf(elf(KERNEL))).physical(KERNEL + 8)).isEqualTo(0x100_0008);
    }

    @Test
    @DisplayName("shows all physical memory below 4 GiB from 0xffff888000000000 on, the local APIC's page too")
    void directMap() {
        PageTables tables = new PageTables(Loader.elf(elf(0x40_1000)));

        assertThat(tables.entry(0xffff_8880_0040_1000L) & 0x000f_ffff_ffe0_0000L)
                .isEqualTo(0x40_0000);
        assertThat(tables.rights(0xffff_8880_0040_1000L)).isEqualTo("PW--");
        assertThat(tables.entry(0xffff_8880_fee0_0000L) & 0x000f_ffff_ffe0_0000L)
                .isEqualTo(0xfee0_0000L);
        assertThat(tables.rights(0xffff_8881_0000_0000L)).isEqualTo("----");
    }

    @Test
    @DisplayName("loads segments where their physical addresses say, if those differ from the linear ones")
    void wishedPhysical() {
        byte[] file = elf(0xffff_8000_0000_0000L);
        ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putLong(FIRST_PROGRAM_HEADER + 24, 0x20_0000);
        MachineState state = Loader.elf(file);

        assertThat(new PageTables(state).physical(0xffff_8000_0000_0000L)).isEqualTo(0x20_0000);
        assertThat(Arrays.copyOf(state.pages().get(0x20_0000L), 3)).containsExactly(0x48, 0x8b, 0x05);
        assertRuns(state);
    }

    @Nested
    @DisplayName("refuses")
    class Refuses {

        private final byte[] good = elf(0x40_1000);

        @ParameterizedTest
        @CsvSource(delimiter = '|', textBlock = """
                0   | 1 | 0          | no ELF file: it does not begin with 7f 45 4c 46
                4   | 1 | 1          | e_machine (offset 0x12) is 62; expected 3, Intel 80386
                4   | 1 | 3          | EI_CLASS (offset 0x4) is 3; expected 2 for 64 bits or 1 for 32 bits
                5   | 1 | 2          | EI_DATA (offset 0x5) is 2; x86 is little-endian, which is 1
                16  | 2 | 1          | e_type (offset 0x10) is 1, an object file: link it with ld; expected 2, an executable
                16  | 2 | 3          | e_type (offset 0x10) is 3, position-independent: link it with -static -no-pie; expected 2
                18  | 2 | b7         | e_machine (offset 0x12) is 183; expected 62, x86-64
                24  | 8 | 405000     | e_entry (offset 0x18) is 0x405000, which is in no executable segment
                32  | 8 | 10000      | e_phoff (offset 0x20) is 0x10000 and e_phnum (offset 0x38) 1
                32  | 8 | ffffffffffffffff | e_phoff (offset 0x20) is 0xffffffffffffffff
                54  | 2 | 20         | e_phentsize (offset 0x36) is 32; expected 56
                56  | 2 | 0          | e_phnum (offset 0x38) is 0: nothing to load
                56  | 2 | ffff       | the file ends before its program headers do
                64  | 4 | 0          | no program header is a PT_LOAD with bytes
                64  | 4 | 3          | program header 0 (offset 0x40) is a PT_INTERP
                72  | 8 | 100000     | segment 0: p_offset (offset 0x48) is 0x100000 and p_filesz (offset 0x60)
                72  | 8 | 7fffffffffffffff | segment 0: p_offset (offset 0x48)
                80  | 8 | 800000401000 | segment 0 (0x800000401000 to 0x80000040301d) is not canonical: bits 63 to 47
                80  | 8 | 7ffffffff000 | segment 0 (0x7ffffffff000 to 0x80000000101d) is not canonical
                80  | 8 | ffffffffffffff00 | segment 0 (0xffffffffffffff00 to 0x1f1d) is not canonical
                96  | 8 | 12345678   | segment 0: p_filesz (offset 0x60) is 0x12345678, more than p_memsz, 0x201e
                104 | 8 | 40000001   | segment 0: 0x40000001 bytes do not fit into the machine's memory of 0x40000000 bytes
                104 | 8 | ffffffffffffffff | segment 0: 0xffffffffffffffff bytes do not fit
                104 | 8 | 3fff0000   | the program and its page tables do not fit into the machine's memory
                """)
        @DisplayName("a field that is wrong, names it with its offset in the file, and says what would be right")
        void wrongFields(int offset, int sizeBytes, String value, String message) {
            byte[] file = good.clone();
            byte[] bytes = ByteBuffer.allocate(8)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(Long.parseUnsignedLong(value, 16))
                    .array();
            System.arraycopy(bytes, 0, file, offset, sizeBytes);

            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Loader.elf(file))
                    .withMessageContaining(message);
        }

        @Test
        @DisplayName("a file that is cut off, at whatever byte, with a message and no other exception")
        void truncated() {
            ByteBuffer fields = ByteBuffer.wrap(good).order(ByteOrder.LITTLE_ENDIAN);
            long end = fields.getLong(FIRST_PROGRAM_HEADER + 8) + fields.getLong(FIRST_PROGRAM_HEADER + 32);
            for (int length = 0; length < end; length++) {
                byte[] file = Arrays.copyOf(good, length);
                assertThatIllegalArgumentException().as("%d bytes", length).isThrownBy(() -> Loader.elf(file));
            }
        }

        @Test
        @DisplayName("an executable of 32 bits, and says that it could start by multiboot")
        void elf32() {
            byte[] file = new Elf32Builder()
                    .segment(0x10_0000, 0x10_0000, new byte[] {(byte) 0xf4}, 1)
                    .build(0x10_0000);

            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Loader.elf(file))
                    .withMessageContaining("EI_CLASS (offset 0x4) is 1, a 32-bit executable; expected 2");
        }

        @Test
        @DisplayName("segments that overlap, and names both with their addresses")
        void overlapping() {
            byte[] file = ElfWriter.write(assembled(".text; _start: hlt; .balign 4096; .data; .long 2", 0x40_0000));
            ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putLong(FIRST_PROGRAM_HEADER + 56 + 16, 0x40_0800);

            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Loader.elf(file))
                    .withMessageContaining(
                            "segment 1 (0x400800 to 0x400803) overlaps segment 0 (0x400000 to 0x400fff)");
        }

        @Test
        @DisplayName("segments that want the same physical memory")
        void overlappingPhysically() {
            byte[] file = ElfWriter.write(assembled(".text; _start: hlt; .balign 4096; .data; .long 2", 0x40_0000));
            ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putLong(FIRST_PROGRAM_HEADER + 56 + 24, 0x40_0000);

            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Loader.elf(file))
                    .withMessageContaining(
                            "segment 1 (physical 0x400000 to 0x400003) overlaps segment 0 (physical 0x400000");
        }

        @Test
        @DisplayName("a flat image without bytes, or one that leaves the canonical addresses")
        void flat() {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Loader.flat(new byte[0], 0x1000))
                    .withMessage("the image is empty");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Loader.flat(new byte[2], 0x7fff_ffff_ffffL))
                    .withMessageContaining("is not canonical");
        }
    }
}
