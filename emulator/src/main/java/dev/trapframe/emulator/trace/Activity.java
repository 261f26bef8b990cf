package dev.trapframe.emulator.trace;

import dev.trapframe.emulator.api.DeviceState;
import dev.trapframe.emulator.api.Injection;
import dev.trapframe.emulator.api.NonRegisterState;
import dev.trapframe.emulator.api.ProcessorActivity;
import dev.trapframe.emulator.api.TlbEntry;
import java.util.List;

/**
 * What a machine holds at one position beside registers and memory.
 *
 * @param coming injections that have not become pending, at positions counted from the machine's start
 */
record Activity(NonRegisterState nonRegister, DeviceState devices, List<Injection> coming) {

    static Activity of(ProcessorActivity activity) {
        return new Activity(activity.nonRegisterState(), activity.devices(), activity.coming());
    }

    Activity with(long ticks, List<TlbEntry> tlb) {
        return new Activity(nonRegister.with(ticks, tlb), devices, coming);
    }
}
