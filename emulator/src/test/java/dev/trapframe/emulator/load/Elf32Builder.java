package dev.trapframe.emulator.load;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** Writes ELF32 executables as 32-bit kernels are: a header, program headers, contents. */
final class Elf32Builder {

    private static final int HEADER_BYTES = 52;
    private static final int PROGRAM_HEADER_BYTES = 32;

    private final List<Part> parts = new ArrayList<>();

    private record Part(int linear, int physical, byte[] bytes, int memoryBytes) {}

    Elf32Builder segment(long linear, long physical, byte[] bytes, int memoryBytes) {
        parts.add(new Part((int) linear, (int) physical, bytes, memoryBytes));
        return this;
    }

    byte[] build(long entry) {
        int offset = HEADER_BYTES + PROGRAM_HEADER_BYTES * parts.size();
        int size = offset + parts.stream().mapToInt(part -> part.bytes.length).sum();
        ByteBuffer file = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        file.put(new byte[] {0x7f, 'E', 'L', 'F', 1, 1, 1}).position(16);
        file.putShort((short) 2).putShort((short) 3).putInt(1).putInt((int) entry);
        file.putInt(HEADER_BYTES).putInt(0).putInt(0).putShort((short) HEADER_BYTES);
        file.putShort((short) PROGRAM_HEADER_BYTES)
                .putShort((short) parts.size())
                .position(HEADER_BYTES);
        for (Part part : parts) {
            file.putInt(1).putInt(offset).putInt(part.linear).putInt(part.physical);
            file.putInt(part.bytes.length).putInt(part.memoryBytes).putInt(7).putInt(1);
            offset += part.bytes.length;
        }
        for (Part part : parts) file.put(part.bytes);
        return file.array();
    }
}
