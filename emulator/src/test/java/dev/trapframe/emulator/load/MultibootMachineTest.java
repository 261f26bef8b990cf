package dev.trapframe.emulator.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.trapframe.emulator.Loader;
import dev.trapframe.emulator.api.BootModule;
import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.Change.SystemRegister;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MachineState;
import dev.trapframe.emulator.assemble.Assembler;
import dev.trapframe.emulator.assemble.AssemblerOptions;
import dev.trapframe.emulator.assemble.Assembly;
import dev.trapframe.emulator.assemble.ElfWriter;
import dev.trapframe.emulator.assemble.FlatImage;
import dev.trapframe.emulator.assemble.IncludeResolver;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is expected stands in the Multiboot Specification 0.6.96, sections 3.1 to 3.3. */
@DisplayName("A machine around a multiboot kernel")
class MultibootMachineTest {

    private static final int MAGIC = 0x1bad_b002;
    private static final int RAM = 128 << 20;

    /** A header without address fields, and a HLT. */
    private static byte[] kernelCode(int flags) {
        return words(MAGIC, flags, -(MAGIC + flags), 0xf4);
    }

    private static byte[] words(int... words) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * words.length).order(ByteOrder.LITTLE_ENDIAN);
        for (int word : words) bytes.putInt(word);
        return bytes.array();
    }

    /** An ELF32 kernel of 12 KiB at 4 MiB, the second half of it zeroes. */
    private static byte[] elf32(int flags) {
        byte[] code = Arrays.copyOf(kernelCode(flags), 6144);
        return new Elf32Builder().segment(0x40_0000, 0x40_0000, code, 12288).build(0x40_000c);
    }

    private static MachineState start(byte[] kernel, BootModule... modules) {
        return Loader.multiboot(kernel, "kernel a=1 b", List.of(modules));
    }

    private static BootModule module(String text, int sizeBytes) {
        byte[] bytes = new byte[sizeBytes];
        Arrays.fill(bytes, (byte) text.charAt(0));
        return new BootModule(bytes, text);
    }

    /** Reads a state's physical memory, as a kernel would from EBX on. */
    private record Memory(MachineState state) {

        int word(long physical) {
            return ByteBuffer.wrap(bytes(physical, 4))
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .getInt();
        }

        long quad(long physical) {
            return Integer.toUnsignedLong(word(physical)) | (long) word(physical + 4) << 32;
        }

        byte[] bytes(long physical, int count) {
            byte[] result = new byte[count];
            for (int i = 0; i < count; i++) {
                byte[] page = state.pages().get(physical + i & -4096L);
                if (page != null) result[i] = page[(int) (physical + i & 4095)];
            }
            return result;
        }

        String text(long physical) {
            int length = 0;
            while (bytes(physical + length, 1)[0] != 0) length++;
            return new String(bytes(physical, length), StandardCharsets.UTF_8);
        }

        long information(int offset) {
            return Integer.toUnsignedLong(word(state.registers().get(MachineRegister.RBX) + offset));
        }

        List<List<Long>> map() {
            List<List<Long>> entries = new ArrayList<>();
            long at = information(48);
            while (at < information(48) + information(44)) {
                entries.add(List.of(quad(at + 4), quad(at + 12), (long) word(at + 20)));
                at += word(at) + 4;
            }
            return entries;
        }
    }

    @Test
    @DisplayName("starts in 32-bit protected mode without paging, in flat segments, with EAX the magic and IF 0")
    void machineState() {
        MachineState state = start(elf32(0));

        assertThat(state.ramSizeBytes()).isEqualTo(RAM);
        assertThat(state.registers())
                .containsEntry(MachineRegister.RAX, 0x2bad_b002L)
                .containsEntry(MachineRegister.RIP, 0x40_000cL)
                .containsEntry(MachineRegister.CR0, 0x11L)
                .containsEntry(MachineRegister.RFLAGS, 2L)
                .containsEntry(MachineRegister.CPL, 0L)
                .doesNotContainKeys(MachineRegister.CR3, MachineRegister.CR4, MachineRegister.EFER);
        assertThat(state.system().get(SystemRegister.CS)).isEqualTo(new Descriptor(8, 0, 0xffff_ffffL, 0xc09b));
        for (String data : List.of("SS", "DS", "ES", "FS", "GS")) {
            assertThat(state.system().get(SystemRegister.valueOf(data)))
                    .as(data)
                    .isEqualTo(new Descriptor(16, 0, 0xffff_ffffL, 0xc093));
            assertThat(state.registers()).containsEntry(MachineRegister.valueOf(data), 16L);
        }
    }

    @Test
    @DisplayName("has a GDT that says what the segment registers hold, so that a kernel may load them again")
    void gdt() {
        MachineState state = start(elf32(0));
        Descriptor gdtr = state.system().get(SystemRegister.GDTR);

        assertThat(gdtr.limitBytes()).isEqualTo(23);
        assertThat(new Memory(state).quad(gdtr.base() + 8)).isEqualTo(0x00cf_9b00_0000_ffffL);
        assertThat(new Memory(state).quad(gdtr.base() + 16)).isEqualTo(0x00cf_9300_0000_ffffL);
    }

    @Test
    @DisplayName(
            "tells the kernel memory sizes, command line, modules, memory map and loader, and promises nothing else")
    void information() {
        Memory memory = new Memory(start(elf32(3)));

        assertThat(memory.information(0)).isEqualTo(0b10_0100_1101);
        assertThat(memory.information(4)).as("KiB from 0 on").isEqualTo(639);
        assertThat(memory.information(8)).as("KiB from 1 MiB on").isEqualTo(127 * 1024);
        assertThat(memory.text(memory.information(16))).isEqualTo("kernel a=1 b");
        assertThat(memory.information(20)).as("modules").isZero();
        assertThat(memory.text(memory.information(64))).isEqualTo("trapframe");
        assertThat(memory.map())
                .containsExactly(
                        List.of(0L, 0x9_fc00L, 1L),
                        List.of(0x9_fc00L, 0x6_0400L, 2L),
                        List.of(0x10_0000L, 0x7f0_0000L, 1L));
    }

    @Test
    @DisplayName("tells a kernel that asks for a display, and no other, of the text screen")
    void textScreen() {
        Memory memory = new Memory(start(elf32(4)));

        assertThat(memory.information(0)).isEqualTo(0b1_0010_0100_1101);
        assertThat(memory.information(88)).isEqualTo(0xb_8000);
        assertThat(List.of(memory.information(96), memory.information(100), memory.information(104)))
                .containsExactly(160L, 80L, 25L);
        assertThat(memory.information(108)).as("bits of a character, EGA text").isEqualTo(0x0210);
    }

    @Test
    @DisplayName("has a BIOS data area that agrees with the memory map and the devices")
    void biosData() {
        Memory memory = new Memory(start(elf32(0)));

        assertThat(memory.word(0x400)).isEqualTo(0x3f8);
        assertThat(memory.word(0x40e) & 0xffff).isEqualTo(0x9fc0);
        assertThat(memory.word(0x413) & 0xffff).isEqualTo(639);
    }

    @Test
    @DisplayName("puts modules on pages of their own behind the kernel and its zeroes, with their texts")
    void modules() {
        Memory memory = new Memory(start(elf32(0), module("one x=1", 5000), module("two", 0), module("three", 1)));
        long list = memory.information(24);

        assertThat(memory.information(20)).isEqualTo(3);
        assertThat(LongStream.of(0, 1, 2).map(i -> memory.word(list + 16 * i)))
                .containsExactly(0x40_3000L, 0x40_5000L, 0x40_6000L);
        assertThat(LongStream.of(0, 1, 2).map(i -> memory.word(list + 16 * i + 4)))
                .containsExactly(0x40_4388L, 0x40_5000L, 0x40_6001L);
        assertThat(memory.text(Integer.toUnsignedLong(memory.word(list + 8)))).isEqualTo("one x=1");
        assertThat(memory.text(Integer.toUnsignedLong(memory.word(list + 40)))).isEqualTo("three");
        assertThat(memory.bytes(0x40_3000, 5000)).containsOnly('o');
        assertThat(memory.bytes(0x40_6000, 2)).containsExactly('t', 0);
    }

    @ParameterizedTest
    @ValueSource(longs = {0x1000, 0x9000, 0x9_0000, 0x10_0000, 0x40_0000, 0x7ff_f000})
    @DisplayName("lets nothing overlap, wherever the kernel is and however long its command line")
    void nothingOverlaps(long physical) {
        byte[] code = Arrays.copyOf(kernelCode(0), 4096);
        byte[] kernel =
                new Elf32Builder().segment(physical, physical, code, 4096).build(physical + 12);
        MachineState state = Loader.multiboot(kernel, "x".repeat(700_000), List.of());
        Memory memory = new Memory(state);
        long stackTop = state.registers().get(MachineRegister.RSP);
        long information = state.registers().get(MachineRegister.RBX);
        long commandLine = memory.information(16);

        assertThat(memory.bytes(physical, 4096)).isEqualTo(code);
        assertThat(memory.text(commandLine)).hasSize(700_000);
        assertThat(memory.bytes(stackTop - 4096, 4096)).containsOnly(0);
        assertThat(commandLine).isGreaterThan(information);
        assertThat(commandLine + 700_000 <= 0x9_fc00 || information >= 0x10_0000)
                .as("not in the firmware's memory: %x", information)
                .isTrue();
    }

    @Nested
    @DisplayName("loads")
    class Loads {

        @Test
        @DisplayName("an ELF kernel by its physical addresses, and starts it at the physical address of its entry")
        void higherHalf() {
            byte[] code = kernelCode(0);
            byte[] kernel = new Elf32Builder()
                    .segment(0xc010_0000L, 0x10_0000, code, code.length)
                    .segment(0xc020_0000L, 0x20_0000, new byte[] {7}, 8192)
                    .build(0xc010_000cL);
            MachineState state = start(kernel);

            assertThat(state.registers()).containsEntry(MachineRegister.RIP, 0x10_000cL);
            assertThat(new Memory(state).bytes(0x10_0000, 16)).isEqualTo(code);
            assertThat(new Memory(state).bytes(0x20_0000, 2)).containsExactly(7, 0);
        }

        @Test
        @DisplayName("an ELF kernel whose entry is a physical address already")
        void physicalEntry() {
            byte[] code = kernelCode(0);
            byte[] kernel = new Elf32Builder()
                    .segment(0xc010_0000L, 0x10_0000, code, code.length)
                    .build(0x10_000cL);

            assertThat(start(kernel).registers()).containsEntry(MachineRegister.RIP, 0x10_000cL);
        }

        @Test
        @DisplayName(
                "a kernel whose ELF header lies in a segment of its own below 1 MiB, as ld places it for -Ttext=0x100000")
        void belowOneMegabyte() {
            byte[] kernel = new Elf32Builder()
                    .segment(0xf_f000, 0xf_f000, new byte[] {9, 0, 0, 0}, 0xd4)
                    .segment(0x10_0000, 0x10_0000, kernelCode(0), 16)
                    .build(0x10_000c);

            assertThat(new Memory(start(kernel)).bytes(0xf_f000, 1)).containsExactly(9);
        }

        @Test
        @DisplayName("an ELF64 kernel whose addresses fit, as boot loaders do")
        void elf64() {
            MachineState state = start(ElfWriter.write(kernel("", 0)));

            assertThat(state.registers()).containsEntry(MachineRegister.RIP, 0x20_000cL);
            assertThat(new Memory(state).word(0x20_000c)).isEqualTo(0x1234_00f4);
        }

        @ParameterizedTest
        @ValueSource(booleans = {false, true})
        @DisplayName("what address fields mean, from a flat file or from whatever file it is")
        void addressFields(boolean elf) {
            Assembly kernel = kernel(".long header, header, 0, header + 0x2000, _start", 0x1_0000);
            byte[] file = elf ? ElfWriter.write(kernel) : FlatImage.of(kernel).bytes();
            MachineState state = start(file, module("behind", 1));

            assertThat(state.registers()).containsEntry(MachineRegister.RIP, 0x20_0020L);
            assertThat(new Memory(state).word(0x20_0020)).isEqualTo(0x1234_00f4);
            assertThat(new Memory(state).word(new Memory(state).information(24)))
                    .isEqualTo(0x20_2000);
        }

        private Assembly kernel(String addresses, int flags) {
            String source = String.format(
                    ".code32; header: .long 0x1badb002, 0x%x, -(0x1badb002 + 0x%x); %s; .globl _start;"
                            + " _start: hlt; .byte 0; .word 0x1234",
                    flags, flags, addresses);
            return new Assembler(AssemblerOptions.flat(0x20_0000, IncludeResolver.none()))
                    .assembleAll("kernel.S", source);
        }

        @Test
        @DisplayName("the part of a file that load_addr and load_end_addr cut out, and not what lies around it")
        void part() {
            byte[] file = words(
                    0x1111_1111,
                    0x2222_2222,
                    MAGIC,
                    0x1_0000,
                    -(MAGIC + 0x1_0000),
                    0x10_0004,
                    0x10_0000,
                    0x10_0028,
                    0,
                    0x10_0024,
                    0x3333_3333,
                    0x4444_4444);
            Memory memory = new Memory(start(file));

            assertThat(memory.word(0x10_0000)).isEqualTo(0x2222_2222);
            assertThat(memory.word(0x10_0024)).isEqualTo(0x3333_3333);
            assertThat(memory.word(0x10_0028)).as("beyond load_end_addr").isZero();
        }

        @Test
        @DisplayName("a kernel whose header ends at byte 8,192, skipping the magic at odd places and with a wrong sum")
        void searches() {
            byte[] code = new byte[8192];
            System.arraycopy(kernelCode(0), 0, code, 42, 12);
            System.arraycopy(words(MAGIC, 0, 1), 0, code, 80, 12);
            byte[] file =
                    new Elf32Builder().segment(0x10_0000, 0x10_0000, code, 8192).build(0x10_0000);
            System.arraycopy(kernelCode(0), 0, file, 8180, 12);

            assertThat(start(file).registers()).containsEntry(MachineRegister.RIP, 0x10_0000L);
        }
    }

    @Nested
    @DisplayName("refuses")
    class Refuses {

        private void assertRefused(byte[] kernel, String message) {
            assertThatIllegalArgumentException().isThrownBy(() -> start(kernel)).withMessageContaining(message);
        }

        @ParameterizedTest
        @CsvSource(delimiter = '|', textBlock = """
                8     | flags (offset 0x58) are 0x8: bits 0x8 ask for what no loader knows
                8003  | bits 0x8000 ask for
                """)
        @DisplayName("what a kernel requires and the machine has not")
        void requirements(String flags, String message) {
            assertRefused(elf32(Integer.parseInt(flags, 16)), message);
        }

        @Test
        @DisplayName("no bit that a loader may ignore")
        void ignoresOptional() {
            assertThat(start(elf32(0xfffe_0000))).isNotNull();
        }

        @Test
        @DisplayName("a file without header, with one beyond byte 8,192, or with a wrong checksum")
        void noHeader() {
            byte[] late = new byte[9000];
            System.arraycopy(kernelCode(0), 0, late, 8184, 12);

            assertRefused(new byte[0], "no multiboot header");
            assertRefused(late, "no multiboot header: the first 8192 bytes have no 0x1badb002 at a multiple of 4");
            assertRefused(
                    words(0, MAGIC, 3, 5),
                    "multiboot header (offset 0x4): checksum is 0x5; expected 0xe4524ffb, so that magic");
        }

        @Test
        @DisplayName("a flat file without address fields")
        void flat() {
            assertRefused(kernelCode(0), "has no addresses (flags, bit 16) is an ELF executable");
        }

        @ParameterizedTest
        @CsvSource(delimiter = '|', textBlock = """
                100004 | 100008 | 0      | 0      | load_addr (offset 0x10) is 0x100008; expected 0x100004 to 0x100004
                100000 | ff000  | 0      | 0      | load_addr (offset 0x10) is 0xff000; expected 0x100000 to 0x100000
                100000 | 100000 | 200000 | 0      | load_end_addr (offset 0x14) is 0x200000; expected 0x100000 to 0x100024
                100000 | 100000 | fffff  | 0      | load_end_addr (offset 0x14) is 0xfffff; expected
                100000 | 100000 | 0      | 100010 | bss_end_addr (offset 0x18) is 0x100010; expected 0, or at least 0x100024
                100000 | 100000 | 0      | 9000000 | do not fit into the machine's memory of 0x8000000 bytes
                """)
        @DisplayName("address fields that fit neither the file nor the memory, and names the field")
        void addresses(String header, String load, String loadEnd, String bssEnd, String message) {
            byte[] file = words(
                    MAGIC,
                    0x1_0000,
                    -(MAGIC + 0x1_0000),
                    Integer.parseInt(header, 16),
                    Integer.parseInt(load, 16),
                    Integer.parseInt(loadEnd, 16),
                    Integer.parseInt(bssEnd, 16),
                    0x10_0020,
                    0xf4);

            assertRefused(file, message);
        }

        @Test
        @DisplayName("a header whose address fields the file does not have")
        void shortHeader() {
            assertRefused(words(MAGIC, 0x1_0000, -(MAGIC + 0x1_0000), 0), "the file ends inside the multiboot header");
        }

        @Test
        @DisplayName("a kernel or a module that memory has no room for, and names it")
        void room() {
            assertRefused(
                    new Elf32Builder().segment(0, 0x7ff_ffff, kernelCode(0), 16).build(0),
                    "segment 0: 0x10 bytes at physical 0x7ffffff do not fit into the machine's memory of 0x8000000 bytes");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> start(elf32(0), module("large", 124 << 20)))
                    .withMessageContaining("there is no room for module large: 0x7c00000 bytes");
        }

        @Test
        @DisplayName("an entry outside of everything that is loaded")
        void entry() {
            byte[] code = kernelCode(0);
            assertRefused(
                    new Elf32Builder().segment(0x10_0000, 0x10_0000, code, 16).build(0x20_0000),
                    "e_entry (offset 0x18) is 0x200000, which is in no segment that is loaded");
        }
    }
}
