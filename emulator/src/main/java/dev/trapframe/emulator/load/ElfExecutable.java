package dev.trapframe.emulator.load;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * An ELF executable for x86, of 32 or 64 bits: where it starts and what it loads. Sections, symbols and notes are not looked at.
 *
 * <p>Source: System V Application Binary Interface, "Object Files" and "Program Loading and Dynamic Linking"; AMD64 and
 * Intel386 supplements for the machine numbers.
 *
 * @param is64Bit  class ELFCLASS64
 * @param entry    linear address of the first instruction
 * @param segments those that have any byte in memory, in the order of the file
 */
record ElfExecutable(boolean is64Bit, long entry, List<LoadSegment> segments) {

    private static final int IDENTIFICATION_BYTES = 16;
    private static final int CLASS_OFFSET = 4;
    private static final int DATA_OFFSET = 5;
    private static final int TYPE_OFFSET = 16;
    private static final int MACHINE_OFFSET = 18;
    private static final int CLASS_32 = 1;
    private static final int CLASS_64 = 2;
    private static final int LITTLE_ENDIAN = 1;
    private static final int RELOCATABLE = 1;
    private static final int EXECUTABLE = 2;
    private static final int SHARED = 3;
    private static final int MACHINE_386 = 3;
    private static final int MACHINE_X86_64 = 62;
    private static final int LOAD = 1;
    private static final int INTERPRETER = 3;
    private static final int MAY_EXECUTE = 1;
    private static final int MAY_WRITE = 2;

    static boolean isElf(byte[] file) {
        return file.length >= CLASS_OFFSET && file[0] == 0x7f && file[1] == 'E' && file[2] == 'L' && file[3] == 'F';
    }

    /**
     * Reads a file.
     *
     * @throws IllegalArgumentException naming the field, its offset in the file, and what would be right
     */
    static ElfExecutable read(byte[] file) {
        return new Reader(ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN)).read();
    }

    private static final class Reader {

        private final ByteBuffer file;
        private boolean is64Bit;

        Reader(ByteBuffer file) {
            this.file = file;
        }

        ElfExecutable read() {
            checkIdentification();
            is64Bit = file.get(CLASS_OFFSET) == CLASS_64;
            int headerBytes = either(64, 52);
            if (file.capacity() < headerBytes) {
                throw bad("the file ends inside the ELF header: it has %d bytes of %d", file.capacity(), headerBytes);
            }
            checkKind();
            return new ElfExecutable(is64Bit, word(24), segments());
        }

        private void checkIdentification() {
            if (!isElf(file.array())) throw bad("no ELF file: it does not begin with 7f 45 4c 46");
            if (file.capacity() < IDENTIFICATION_BYTES) {
                throw bad("the file ends inside the ELF identification: it has %d bytes of 16", file.capacity());
            }
            int elfClass = file.get(CLASS_OFFSET);
            if (elfClass != CLASS_32 && elfClass != CLASS_64) {
                throw bad("EI_CLASS (offset 0x4) is %d; expected 2 for 64 bits or 1 for 32 bits", elfClass);
            }
            if (file.get(DATA_OFFSET) != LITTLE_ENDIAN) {
                throw bad("EI_DATA (offset 0x5) is %d; x86 is little-endian, which is 1", file.get(DATA_OFFSET));
            }
        }

        private void checkKind() {
            int type = half(TYPE_OFFSET);
            if (type != EXECUTABLE) {
                throw bad("e_type (offset 0x10) is %d%s; expected 2, an executable", type, advice(type));
            }
            int machine = half(MACHINE_OFFSET);
            if (machine != either(MACHINE_X86_64, MACHINE_386)) {
                String expected = is64Bit ? "62, x86-64" : "3, Intel 80386";
                throw bad("e_machine (offset 0x12) is %d; expected %s", machine, expected);
            }
        }

        private static String advice(int type) {
            return switch (type) {
                case RELOCATABLE -> ", an object file: link it with ld";
                case SHARED -> ", position-independent: link it with -static -no-pie";
                default -> "";
            };
        }

        private List<LoadSegment> segments() {
            int tableAt = either(32, 28);
            int sizeAt = either(54, 42);
            int countAt = either(56, 44);
            long table = word(tableAt);
            int size = half(sizeAt);
            int count = half(countAt);
            if (count == 0) throw bad("e_phnum (offset 0x%x) is 0: nothing to load", countAt);
            if (size != either(56, 32)) {
                throw bad("e_phentsize (offset 0x%x) is %d; expected %d", sizeAt, size, either(56, 32));
            }
            if (!isInFile(table, (long) count * size)) {
                throw bad(
                        "the file ends before its program headers do: e_phoff (offset 0x%x) is 0x%x and e_phnum"
                                + " (offset 0x%x) %d, but the file has 0x%x bytes",
                        tableAt, table, countAt, count, file.capacity());
            }
            List<LoadSegment> segments = new ArrayList<>();
            for (int i = 0; i < count; i++) addSegment(segments, i, (int) table + i * size);
            if (segments.isEmpty()) throw bad("no program header is a PT_LOAD with bytes: nothing to load");
            return List.copyOf(segments);
        }

        private void addSegment(List<LoadSegment> segments, int index, int header) {
            int type = file.getInt(header);
            if (type == INTERPRETER) {
                throw bad(
                        "program header %d (offset 0x%x) is a PT_INTERP: the program needs a dynamic linker; link it"
                                + " with -static",
                        index, header);
            }
            if (type == LOAD && word(header + either(40, 20)) != 0) segments.add(segment(index, header));
        }

        private LoadSegment segment(int index, int header) {
            int offsetAt = header + either(8, 4);
            int fileBytesAt = header + either(32, 16);
            long offset = word(offsetAt);
            long fileBytes = word(fileBytesAt);
            long memoryBytes = word(header + either(40, 20));
            String name = "segment " + index;
            if (Long.compareUnsigned(fileBytes, memoryBytes) > 0) {
                throw bad(
                        "%s: p_filesz (offset 0x%x) is 0x%x, more than p_memsz, 0x%x",
                        name, fileBytesAt, fileBytes, memoryBytes);
            }
            if (!isInFile(offset, fileBytes)) {
                throw bad(
                        "%s: p_offset (offset 0x%x) is 0x%x and p_filesz (offset 0x%x) 0x%x, but the file ends at"
                                + " 0x%x: it is cut off",
                        name, offsetAt, offset, fileBytesAt, fileBytes, file.capacity());
            }
            int flags = file.getInt(header + either(4, 24));
            return new LoadSegment(
                    name,
                    word(header + either(16, 8)),
                    word(header + either(24, 12)),
                    Arrays.copyOfRange(file.array(), (int) offset, (int) (offset + fileBytes)),
                    memoryBytes,
                    (flags & MAY_WRITE) != 0,
                    (flags & MAY_EXECUTE) != 0);
        }

        private boolean isInFile(long offset, long sizeBytes) {
            long capacity = file.capacity();
            return offset >= 0 && offset <= capacity && sizeBytes >= 0 && sizeBytes <= capacity - offset;
        }

        /** What the two classes have in different places, or of different size. */
        private int either(int of64Bits, int of32Bits) {
            return is64Bit ? of64Bits : of32Bits;
        }

        private int half(int offset) {
            return Short.toUnsignedInt(file.getShort(offset));
        }

        /** An address, offset or size: of 8 bytes in the 64-bit class, of 4 in the other. */
        private long word(int offset) {
            return is64Bit ? file.getLong(offset) : Integer.toUnsignedLong(file.getInt(offset));
        }

        private static IllegalArgumentException bad(String format, Object... arguments) {
            return new IllegalArgumentException(String.format(format, arguments));
        }
    }
}
