package dev.trapframe.emulator.api;

import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.Change.SystemRegister;

/**
 * What every setter tells of its change, so that no instruction mentions the trace. Values before and after may be equal;
 * the sink drops such changes.
 */
public interface ChangeSink {

    void registerChanged(MachineRegister register, long before, long after);

    void memoryChanged(long physical, long linear, int sizeBytes, long before, long after);

    void systemChanged(SystemRegister register, Descriptor before, Descriptor after);

    /** A translation came into the TLB, or left it. */
    default void tlbChanged(TlbEntry entry, boolean inserted) {}

    /** True if {@link #note} keeps what it is given: ask before building a micro-op. */
    boolean wantsMicroOps();

    /** Notes a micro-op; it owns the changes since the one noted before it. */
    void note(MicroOp op);

    /** Hears nothing: free running. */
    ChangeSink NONE = new ChangeSink() {
        @Override
        public void registerChanged(MachineRegister register, long before, long after) {}

        @Override
        public void memoryChanged(long physical, long linear, int sizeBytes, long before, long after) {}

        @Override
        public void systemChanged(SystemRegister register, Descriptor before, Descriptor after) {}

        @Override
        public boolean wantsMicroOps() {
            return false;
        }

        @Override
        public void note(MicroOp op) {}
    };
}
