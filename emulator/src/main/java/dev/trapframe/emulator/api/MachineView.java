package dev.trapframe.emulator.api;

import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.Change.SystemRegister;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** A machine as of one position, to read only. */
public interface MachineView {

    long register(MachineRegister register);

    Descriptor descriptor(SystemRegister register);

    /** Bytes of physical memory. */
    byte[] physical(long physical, int sizeBytes);

    /** The physical address that the page tables now give, rights aside; empty if not mapped. Changes nothing. */
    OptionalLong translate(long linear);

    /** Bytes at a linear address; empty if one of them is not mapped. Changes nothing. */
    Optional<byte[]> linear(long linear, int sizeBytes);

    /** The translations in the TLB, oldest first. */
    List<TlbEntry> tlb();

    /** What the processor holds beside its registers; its TLB too. */
    NonRegisterState nonRegisterState();

    /** What the devices hold. */
    DeviceState devices();

    /** The machine as data: loaded again it goes on exactly from here. */
    MachineState state();
}
