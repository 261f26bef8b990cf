package dev.trapframe.emulator.load;

import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MachineState;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Reads the page tables of a state, by hand, so that the emulator's own walk is not asked about itself. */
record PageTables(MachineState state) {

    private static final long ADDRESS = 0x000f_ffff_ffff_f000L;
    private static final int LARGE = 1 << 7;

    /** The entry of the lowest level that there is: of a page, or of what is not present. */
    long entry(long linear) {
        long table = state.registers().get(MachineRegister.CR3);
        for (int level = 4; ; level--) {
            long index = linear >>> 12 + 9 * (level - 1) & 0x1ff;
            long entry = page(table).getLong((int) (8 * index));
            if (level == 1 || (entry & 1) == 0 || (entry & LARGE) != 0) return entry;
            table = entry & ADDRESS;
        }
    }

    /** P, W, U as they stand in the entry, and X, for example {@code PW-X}; {@code ----} if nothing is there. */
    String rights(long linear) {
        long entry = entry(linear);
        if ((entry & 1) == 0) return "----";
        return "P" + ((entry & 2) != 0 ? "W" : "-") + ((entry & 4) != 0 ? "U" : "-") + (entry < 0 ? "-" : "X");
    }

    /** Of a 4 KiB page. */
    long physical(long linear) {
        return entry(linear) & ADDRESS | linear & 0xfff;
    }

    private ByteBuffer page(long physical) {
        return ByteBuffer.wrap(state.pages().get(physical)).order(ByteOrder.LITTLE_ENDIAN);
    }
}
