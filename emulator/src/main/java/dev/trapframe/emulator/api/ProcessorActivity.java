package dev.trapframe.emulator.api;

import java.util.List;

/** What a recorder asks of a running processor beside registers and memory. */
public interface ProcessorActivity {

    /**
     * Changes whenever {@link #nonRegisterState} without ticks and TLB, {@link #devices}, or {@link #coming}, may have
     * changed.
     */
    long stamp();

    long ticks();

    NonRegisterState nonRegisterState();

    /** What the devices hold. */
    DeviceState devices();

    /** Injections that have not become pending yet, at positions counted from the machine's start. */
    List<Injection> coming();

    /** Nothing ever happens: for recordings without a processor's loop. */
    ProcessorActivity NONE = new ProcessorActivity() {
        @Override
        public long stamp() {
            return 0;
        }

        @Override
        public long ticks() {
            return 0;
        }

        @Override
        public NonRegisterState nonRegisterState() {
            return NonRegisterState.INITIAL;
        }

        @Override
        public DeviceState devices() {
            return DeviceState.NONE;
        }

        @Override
        public List<Injection> coming() {
            return List.of();
        }
    };
}
