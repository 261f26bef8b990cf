package dev.trapframe.emulator.device;

import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.memory.LittleEndian;
import dev.trapframe.emulator.memory.MmioRegion;
import dev.trapframe.emulator.state.CpuState;

/**
 * The registers of the local APIC in memory, where IA32_APIC_BASE puts them: 32 bits each, at multiples of 16. Other accesses
 * than aligned ones of 32 bits are not defined; here reads give the bytes that are asked for, and writes of less are lost.
 *
 * <p>While the APIC is off or in x2APIC mode the page is not there. A machine without a local APIC has a page whose writes are
 * lost and that reads 0.
 *
 * <p>Source: Intel SDM Vol. 3A, "The Local APIC Block Diagram", "Local APIC Status and Location".
 */
final class LocalApicPage implements MmioRegion {

    /** Where it is after reset. */
    private static final long DEFAULT_PHYSICAL = 0xfee0_0000L;

    private static final long SIZE_BYTES = 4096;
    private static final int REGISTER_SHIFT = 4;
    private static final int REGISTER_OFFSET = 0xf;

    private final CpuState cpu;
    private final LocalApic apic;

    LocalApicPage(CpuState cpu, LocalApic apic) {
        this.cpu = cpu;
        this.apic = apic;
    }

    @Override
    public long physical() {
        return apic.isAttached() ? cpu.get(MachineRegister.APIC_BASE) & -SIZE_BYTES : DEFAULT_PHYSICAL;
    }

    @Override
    public long sizeBytes() {
        boolean absent = apic.isAttached() && (!apic.isEnabled() || apic.isX2Apic());
        return absent ? 0 : SIZE_BYTES;
    }

    @Override
    public long read(long offset, int sizeBytes) {
        int within = (int) offset & REGISTER_OFFSET;
        if (!apic.isAttached() || within >= Integer.BYTES) return 0;
        long value = apic.read((int) offset >>> REGISTER_SHIFT) & 0xffff_ffffL;
        return LittleEndian.truncate(value >>> Byte.SIZE * within, sizeBytes);
    }

    @Override
    public void write(long offset, int sizeBytes, long value) {
        boolean defined = ((int) offset & REGISTER_OFFSET) == 0 && sizeBytes >= Integer.BYTES;
        if (apic.isAttached() && defined) apic.write((int) offset >>> REGISTER_SHIFT, (int) value);
    }
}
