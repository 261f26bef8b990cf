package dev.trapframe.emulator.load;

import dev.trapframe.emulator.api.Phase;
import dev.trapframe.emulator.api.Program;
import dev.trapframe.emulator.api.Program.Section;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a program says about itself in its {@code .trapframe.*} sections: gates, stacks, phases.
 *
 * <p>The formats stand in {@code docs/programs.md}. A section whose length is no multiple of its record is refused with the
 * section's name.
 */
record ProgramRecords(List<Gate> gates, List<Stack> stacks, SortedMap<Long, Phase> phases) {

    /** An IDT gate; {@code type} is 0xE (interrupt) or 0xF (trap), though the program may ask for a wrong one on purpose. */
    record Gate(long handler, int vector, int ist, int dpl, int type, boolean present) {}

    /** A stack from {@code low} (first byte) to {@code high} (first byte beyond). */
    record Stack(long low, long high, int kind) {

        static final int USER = 0;
        static final int RSP0 = 1;
        static final int IST1 = 2;
        static final int IST7 = 8;
        static final int TASK = 9;
    }

    static ProgramRecords of(Program program) {
        return new ProgramRecords(gates(program), stacks(program), phases(program));
    }

    private static List<Gate> gates(Program program) {
        List<Gate> gates = new ArrayList<>();
        ByteBuffer bytes = records(program, ".trapframe.gate", 16);
        while (bytes.hasRemaining()) {
            long handler = bytes.getLong();
            int vector = bytes.get() & 0xff;
            gates.add(new Gate(handler, vector, bytes.get(), bytes.get(), bytes.get(), bytes.get() != 0));
            bytes.position(bytes.position() + 3);
        }
        return gates;
    }

    private static List<Stack> stacks(Program program) {
        List<Stack> stacks = new ArrayList<>();
        ByteBuffer bytes = records(program, ".trapframe.stack", 32);
        while (bytes.hasRemaining()) {
            long low = bytes.getLong();
            long high = bytes.getLong();
            int kind = (int) bytes.getLong();
            if (kind < Stack.USER || kind > Stack.TASK) {
                throw new IllegalArgumentException(".trapframe.stack: kind is 0 to 9, got " + kind);
            }
            stacks.add(new Stack(low, high, kind));
            bytes.getLong();
        }
        return stacks;
    }

    private static SortedMap<Long, Phase> phases(Program program) {
        SortedMap<Long, Phase> phases = new TreeMap<>(Long::compareUnsigned);
        ByteBuffer bytes = records(program, ".trapframe.phase", 16);
        while (bytes.hasRemaining()) {
            long address = bytes.getLong();
            long phase = bytes.getLong();
            if (phase < 0 || phase >= Phase.values().length) {
                throw new IllegalArgumentException(".trapframe.phase: phase is 0 to 5, got " + phase);
            }
            phases.put(address, Phase.of((int) phase));
        }
        return phases;
    }

    private static ByteBuffer records(Program program, String section, int recordBytes) {
        byte[] bytes = program.section(section).map(Section::bytes).orElse(new byte[0]);
        if (bytes.length % recordBytes != 0) {
            throw new IllegalArgumentException(
                    section + " holds records of " + recordBytes + " bytes, but is " + bytes.length + " bytes long");
        }
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
