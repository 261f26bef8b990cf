package dev.trapframe.emulator.execute;

import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.isa.Mnemonic;
import dev.trapframe.emulator.state.CpuState;
import dev.trapframe.emulator.state.Cr4;

/**
 * FXSAVE, the XSAVE family and XCR0. The components are x87, SSE and PKRU; there is no supervisor component, so IA32_XSS is
 * 0. A component is in use if it is not in its initial configuration; the modified optimization is not made.
 *
 * <p>Source: Intel SDM Vol. 1, "Managing State Using the XSAVE Feature Set"; Vol. 2A, FXSAVE, FXRSTOR; Vol. 2D, XGETBV,
 * XSETBV and the XSAVE family.
 */
final class ExtendedState {

    static final long X87 = 1;
    static final long SSE = 1 << 1;
    static final long PKRU = 1 << 9;

    /** What XCR0 may hold. */
    static final long SUPPORTED = X87 | SSE | PKRU;

    static final int HEADER = 512;

    /** Legacy region and header. */
    static final int LEGACY_SIZE_BYTES = HEADER + 64;

    /** In the standard format; in the compacted one it follows the header. */
    static final int PKRU_OFFSET = 0xa80;

    static final int PKRU_SIZE_BYTES = 8;

    private static final int XCOMP_BV = HEADER + 8;
    private static final int RESERVED = HEADER + 16;
    private static final long COMPACTED = 1L << 63;
    private static final int FX_ALIGNMENT = 16;
    private static final int X_ALIGNMENT = 64;

    private ExtendedState() {}

    /** Bytes of an area for these components. */
    static int sizeBytes(long components, boolean compacted) {
        if ((components & PKRU) == 0) return LEGACY_SIZE_BYTES;
        return pkruOffset(compacted) + PKRU_SIZE_BYTES;
    }

    private static int pkruOffset(boolean compacted) {
        return compacted ? LEGACY_SIZE_BYTES : PKRU_OFFSET;
    }

    /** Components that are not in their initial configuration. */
    static long inUse(CpuState cpu) {
        return (LegacyStateArea.isX87Initial(cpu) ? 0 : X87)
                | (LegacyStateArea.isXmmInitial(cpu) ? 0 : SSE)
                | (cpu.get(MachineRegister.PKRU) == 0 ? 0 : PKRU);
    }

    // --- FXSAVE --------------------------------------------------------------------------------------------------

    /** XMM registers and MXCSR only with CR4.OSFXSR. Source: Intel SDM Vol. 2A, FXSAVE. */
    static void fxsave(Instruction instruction, Context context) {
        LegacyStateArea legacy = fxArea(instruction, context);
        legacy.area().requireWritable(0, LegacyStateArea.SIZE_BYTES);
        legacy.saveX87();
        if (!ControlRegisters.isSet(context.cpu(), Cr4.OSFXSR)) return;
        legacy.saveMxcsr();
        legacy.saveXmm();
    }

    /** #GP(0) on reserved bits of MXCSR. Source: Intel SDM Vol. 2A, FXRSTOR. */
    static void fxrstor(Instruction instruction, Context context) {
        LegacyStateArea legacy = fxArea(instruction, context);
        legacy.area().requireReadable(LegacyStateArea.SIZE_BYTES);
        boolean sse = ControlRegisters.isSet(context.cpu(), Cr4.OSFXSR);
        if (sse) context.cpu().set(MachineRegister.MXCSR, legacy.loadMxcsr());
        legacy.restoreX87();
        if (sse) legacy.restoreXmm();
    }

    private static LegacyStateArea fxArea(Instruction instruction, Context context) {
        UnitChecks.requireX87WithoutWait(context);
        LegacyStateArea legacy = new LegacyStateArea(instruction, context);
        legacy.area().requireAligned(FX_ALIGNMENT);
        return legacy;
    }

    // --- XSAVE ---------------------------------------------------------------------------------------------------

    /** The standard format; XSAVEOPT leaves components alone that are in their initial configuration. */
    static void xsave(Instruction instruction, Context context) {
        LegacyStateArea legacy = xArea(instruction, context);
        CpuState cpu = context.cpu();
        long requested = requested(cpu);
        boolean optimized =
                instruction.mnemonic() == Mnemonic.XSAVEOPT || instruction.mnemonic() == Mnemonic.XSAVEOPT64;
        requireWritable(legacy, requested, false);
        long before = legacy.area().load(HEADER, Long.BYTES);
        long inUse = inUse(cpu);
        saveComponents(legacy, cpu, optimized ? requested & inUse : requested, false);
        if ((requested & SSE) != 0) legacy.saveMxcsr();
        legacy.area().store(HEADER, Long.BYTES, before & ~requested | inUse & requested);
    }

    /** The compacted format: XSAVEC and, at CPL 0, XSAVES. MXCSR belongs to the SSE component. */
    static void xsaveCompacted(Instruction instruction, Context context) {
        LegacyStateArea legacy = xArea(instruction, context);
        CpuState cpu = context.cpu();
        long requested = requested(cpu);
        requireWritable(legacy, requested, true);
        long inUse = inUse(cpu);
        if (cpu.get(MachineRegister.MXCSR) != CpuState.MXCSR_INITIAL) inUse |= SSE;
        long saved = requested & inUse;
        saveComponents(legacy, cpu, saved, true);
        if ((saved & SSE) != 0) legacy.saveMxcsr();
        legacy.area().store(HEADER, Long.BYTES, saved);
        legacy.area().store(XCOMP_BV, Long.BYTES, requested | COMPACTED);
    }

    /** What lies between the components is not touched. */
    private static void requireWritable(LegacyStateArea legacy, long requested, boolean compacted) {
        legacy.area().requireWritable(0, LEGACY_SIZE_BYTES);
        if ((requested & PKRU) != 0) legacy.area().requireWritable(pkruOffset(compacted), PKRU_SIZE_BYTES);
    }

    private static void saveComponents(LegacyStateArea legacy, CpuState cpu, long components, boolean compacted) {
        if ((components & X87) != 0) legacy.saveX87();
        if ((components & SSE) != 0) legacy.saveXmm();
        if ((components & PKRU) == 0) return;
        legacy.area().store(pkruOffset(compacted), PKRU_SIZE_BYTES, cpu.get(MachineRegister.PKRU));
    }

    /** #UD without CR4.OSXSAVE, #GP(0) above CPL 0 for XSAVES and XRSTORS, #NM, #GP(0) on a wrong boundary: in this order. */
    private static LegacyStateArea xArea(Instruction instruction, Context context) {
        requireEnabled(context);
        if (isSupervisor(instruction.mnemonic())) Checks.requireCpl0(context);
        UnitChecks.requireSwitchedIn(context);
        LegacyStateArea legacy = new LegacyStateArea(instruction, context);
        legacy.area().requireAligned(X_ALIGNMENT);
        return legacy;
    }

    private static boolean isSupervisor(Mnemonic mnemonic) {
        return switch (mnemonic) {
            case XSAVES, XSAVES64, XRSTORS, XRSTORS64 -> true;
            default -> false;
        };
    }

    private static void requireEnabled(Context context) {
        Checks.requireValid(ControlRegisters.isSet(context.cpu(), Cr4.OSXSAVE));
    }

    /** The requested-feature bitmap: XCR0 and EDX:EAX. */
    private static long requested(CpuState cpu) {
        return cpu.get(MachineRegister.XCR0) & edxEax(cpu);
    }

    private static long edxEax(CpuState cpu) {
        return cpu.general(GeneralRegister.RDX.ordinal()) << Integer.SIZE
                | Registers.read(cpu, GeneralRegister.RAX, Integer.BYTES);
    }

    // --- XRSTOR --------------------------------------------------------------------------------------------------

    /** Loads components that the area holds, initializes the other requested ones; #GP(0) if the header is not valid. */
    static void xrstor(Instruction instruction, Context context) {
        LegacyStateArea legacy = xArea(instruction, context);
        CpuState cpu = context.cpu();
        legacy.area().requireReadable(LEGACY_SIZE_BYTES);
        long held = legacy.area().load(HEADER, Long.BYTES);
        long layout = legacy.area().load(XCOMP_BV, Long.BYTES);
        boolean compacted = layout < 0;
        Checks.require(compacted || !isSupervisor(instruction.mnemonic()));
        requireHeader(legacy.area(), held, layout, cpu.get(MachineRegister.XCR0));
        long requested = requested(cpu);
        long loaded = requested & held;
        long pkru = (loaded & PKRU) == 0 ? 0 : legacy.area().load(pkruOffset(compacted), Integer.BYTES);
        if ((requested & SSE) != 0) {
            boolean initial = compacted && (loaded & SSE) == 0;
            cpu.set(MachineRegister.MXCSR, initial ? CpuState.MXCSR_INITIAL : legacy.loadMxcsr());
        }
        restore(legacy, requested, loaded);
        if ((requested & PKRU) != 0) cpu.set(MachineRegister.PKRU, pkru);
    }

    private static void requireHeader(StateArea area, long held, long layout, long xcr0) {
        boolean compacted = layout < 0;
        long permitted = compacted ? layout & ~COMPACTED : xcr0;
        Checks.require((permitted & ~xcr0) == 0 && (held & ~permitted) == 0);
        Checks.require(compacted || layout == 0);
        int end = compacted ? LEGACY_SIZE_BYTES : RESERVED + Long.BYTES;
        for (int offset = RESERVED; offset < end; offset += Long.BYTES) {
            Checks.require(area.load(offset, Long.BYTES) == 0);
        }
    }

    private static void restore(LegacyStateArea legacy, long requested, long loaded) {
        if ((loaded & X87) != 0) legacy.restoreX87();
        else if ((requested & X87) != 0) legacy.initializeX87();
        if ((loaded & SSE) != 0) legacy.restoreXmm();
        else if ((requested & SSE) != 0) legacy.initializeXmm();
    }

    // --- XCR0 ----------------------------------------------------------------------------------------------------

    /** ECX 0 is XCR0, 1 the components of it that are in use; #GP(0) for others. Source: Intel SDM Vol. 2D, XGETBV. */
    static void xgetbv(Instruction instruction, Context context) {
        requireEnabled(context);
        CpuState cpu = context.cpu();
        long number = Registers.read(cpu, GeneralRegister.RCX, Integer.BYTES);
        Checks.require(number <= 1);
        long xcr0 = cpu.get(MachineRegister.XCR0);
        long value = number == 0 ? xcr0 : xcr0 & inUse(cpu);
        Registers.write(cpu, GeneralRegister.RAX, Integer.BYTES, value);
        Registers.write(cpu, GeneralRegister.RDX, Integer.BYTES, value >>> Integer.SIZE);
    }

    /** #GP(0) above CPL 0, for another register than XCR0, on reserved bits, without x87. Source: Intel SDM Vol. 2D, XSETBV. */
    static void xsetbv(Instruction instruction, Context context) {
        requireEnabled(context);
        Checks.requireCpl0(context);
        CpuState cpu = context.cpu();
        Checks.require(Registers.read(cpu, GeneralRegister.RCX, Integer.BYTES) == 0);
        long value = edxEax(cpu);
        Checks.require((value & ~SUPPORTED) == 0 && (value & X87) != 0);
        cpu.set(MachineRegister.XCR0, value);
    }
}
