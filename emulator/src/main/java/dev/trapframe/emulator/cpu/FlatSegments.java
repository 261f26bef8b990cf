package dev.trapframe.emulator.cpu;

import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.Change.SystemRegister;
import dev.trapframe.emulator.state.CpuState;

/**
 * Whether 32-bit code runs with segments that span all 4 GiB from 0, may be read and written as code does, and a stack
 * pointer of 32 bits: then nothing about them has to be looked at for each access.
 */
final class FlatSegments {

    private static final long WHOLE = 0xffff_ffffL;
    private static final int BIG = 0x4000;
    private static final int PRESENT = 0x80;
    /** S and the type bits of a data segment that expands up and may be written. */
    private static final int DATA_MASK = 0x1e;

    private static final int WRITABLE_DATA = 0x12;
    /** S and the type bits of a code segment. */
    private static final int CODE_MASK = 0x18;

    private static final int CODE = 0x18;

    private FlatSegments() {}

    static boolean are(CpuState cpu) {
        return isFlat(cpu.descriptor(SystemRegister.CS), CODE_MASK, CODE)
                && isFlat(cpu.descriptor(SystemRegister.SS), DATA_MASK, WRITABLE_DATA)
                && isFlat(cpu.descriptor(SystemRegister.DS), DATA_MASK, WRITABLE_DATA)
                && isFlat(cpu.descriptor(SystemRegister.ES), DATA_MASK, WRITABLE_DATA);
    }

    private static boolean isFlat(Descriptor segment, int mask, int expected) {
        int attributes = segment.attributes();
        return segment.base() == 0
                && segment.limitBytes() == WHOLE
                && (attributes & (BIG | PRESENT)) == (BIG | PRESENT)
                && (attributes & mask) == expected;
    }
}
