package dev.trapframe.emulator.trace;

import dev.trapframe.emulator.api.Change;
import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.Change.SystemRegister;
import dev.trapframe.emulator.api.MachineRegister;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Changes as bytes. Each starts with a byte that says what changed: a register's number, {@link #MEMORY} plus the size,
 * or {@link #SYSTEM} plus the register's number. Numbers follow in 7-bit groups, low ones first, signed ones with the sign
 * in bit 0; the value after stands as the difference from the value before.
 */
final class PackedChanges {

    private static final int MEMORY = 0x80;
    private static final int SYSTEM = 0xa0;
    private static final int KIND = 0xe0;
    private static final int LOW = 0x1f;
    private static final int LARGEST = 128;
    private static final int MAX_SIZE_BYTES = Integer.MAX_VALUE - 2 * LARGEST;

    private static final MachineRegister[] REGISTERS = MachineRegister.values();
    private static final SystemRegister[] SYSTEM_REGISTERS = SystemRegister.values();

    private byte[] bytes = new byte[1024];
    private int size;

    int sizeBytes() {
        return size;
    }

    void addRegister(int register, long before, long after) {
        makeRoom();
        bytes[size++] = (byte) register;
        putSigned(before);
        putSigned(after - before);
    }

    void addMemory(long physical, long linear, int sizeBytes, long before, long after) {
        makeRoom();
        bytes[size++] = (byte) (MEMORY | sizeBytes);
        putSigned(physical);
        putSigned(linear);
        putSigned(before);
        putSigned(after - before);
    }

    void addSystem(Change.SystemChange change) {
        makeRoom();
        bytes[size++] = (byte) (SYSTEM | change.register().ordinal());
        putDescriptor(change.before());
        putDescriptor(change.after());
    }

    private void putDescriptor(Descriptor descriptor) {
        putSigned(descriptor.selector());
        putSigned(descriptor.base());
        putSigned(descriptor.limitBytes());
        putSigned(descriptor.attributes());
    }

    private void putSigned(long value) {
        long rest = value << 1 ^ value >> 63;
        while ((rest & ~0x7fL) != 0) {
            bytes[size++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        bytes[size++] = (byte) rest;
    }

    private void makeRoom() {
        if (size + LARGEST <= bytes.length) return;
        if (size > MAX_SIZE_BYTES - LARGEST) throw new IllegalStateException("the journal is full: 2 GiB");
        bytes = Arrays.copyOf(bytes, (int) Math.min(2L * bytes.length, MAX_SIZE_BYTES));
    }

    /** Gives back what is not used. */
    void trim() {
        bytes = Arrays.copyOf(bytes, size);
    }

    /** The changes between two offsets. Reads only, so that threads may share what is no longer written. */
    List<Change> read(int from, int to) {
        List<Change> result = new ArrayList<>();
        Reader reader = new Reader(from);
        while (reader.position < to) result.add(reader.change());
        return result;
    }

    private final class Reader {
        private int position;

        Reader(int position) {
            this.position = position;
        }

        Change change() {
            int head = bytes[position++] & 0xff;
            return switch (head & KIND) {
                case MEMORY -> memory(head & LOW);
                case SYSTEM -> new Change.SystemChange(SYSTEM_REGISTERS[head & LOW], descriptor(), descriptor());
                default -> register(REGISTERS[head]);
            };
        }

        private Change register(MachineRegister register) {
            long before = signed();
            return new Change.RegisterChange(register, before, before + signed());
        }

        private Change memory(int sizeBytes) {
            long physical = signed();
            long linear = signed();
            long before = signed();
            return new Change.MemoryChange(physical, linear, sizeBytes, before, before + signed());
        }

        private Descriptor descriptor() {
            return new Descriptor((int) signed(), signed(), signed(), (int) signed());
        }

        private long signed() {
            long value = 0;
            for (int shift = 0; ; shift += 7) {
                byte next = bytes[position++];
                value |= (next & 0x7fL) << shift;
                if (next >= 0) break;
            }
            return value >>> 1 ^ -(value & 1);
        }
    }
}
