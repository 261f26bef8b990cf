package dev.trapframe.emulator.delivery;

import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.Change.SystemRegister;
import dev.trapframe.emulator.descriptor.SegmentDescriptor;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.state.CpuState;

/**
 * What IRET and RET do to data segments when they return to an outer level.
 *
 * <p>Source: Intel SDM Vol. 2A, "IRET/IRETD/IRETQ", and Vol. 2B, RET, Operation, RETURN-TO-OUTER-PRIVILEGE-LEVEL.
 */
public final class OuterLevel {

    private static final SegmentRegister[] DATA_SEGMENTS = {
        SegmentRegister.ES, SegmentRegister.DS, SegmentRegister.FS, SegmentRegister.GS
    };
    private static final SystemRegister[] SYSTEM_REGISTERS = SystemRegister.values();

    private OuterLevel() {}

    /**
     * Data segments that the outer level may not use become null, and null selectors become 0 whatever their RPL. The base
     * stays, which shows in FS and GS.
     */
    public static void dropInnerSegments(CpuState cpu, int cpl) {
        for (SegmentRegister segment : DATA_SEGMENTS) {
            Descriptor loaded = cpu.descriptor(SYSTEM_REGISTERS[segment.ordinal()]);
            SegmentDescriptor held = SegmentDescriptor.of(loaded);
            boolean isNull = SegmentDescriptor.isNull(cpu.selector(segment));
            boolean isUsable = !isNull && (held.isConforming() || held.dpl() >= cpl);
            if (isUsable || cpu.selector(segment) == 0) continue;
            cpu.setSegment(segment, new Descriptor(0, cpu.segmentBase(segment), 0, 0));
        }
    }
}
