package dev.trapframe.emulator.cpu;

import dev.trapframe.emulator.api.Change.SystemRegister;
import dev.trapframe.emulator.decode.CodeMode;
import dev.trapframe.emulator.decode.DecodeResult;
import dev.trapframe.emulator.decode.Decoder;
import dev.trapframe.emulator.event.ExceptionVector;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.execute.InstructionSet;
import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.memory.LinearMemory;
import dev.trapframe.emulator.memory.PhysicalMemory;
import dev.trapframe.emulator.state.CpuState;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Fetches and decodes, and keeps what it decoded: per physical page and code mode, until the page is written. An
 * instruction that crosses into a second page is decoded every time.
 */
final class InstructionFetch {

    private static final long OFFSET = PhysicalMemory.PAGE_SIZE - 1;
    private static final long VALID = 1;
    private static final long LINEAR_32 = 0xffff_ffffL;
    /** Pages of code kept at most; then all go. A page of code takes 16 KiB beside its instructions. */
    private static final int CAPACITY = 256;

    private final CpuState cpu;
    private final LinearMemory memory;
    private final PhysicalMemory physicalMemory;
    private final Decoder decoder = new Decoder();
    private final Map<Long, CachedInstruction[][]> pages = new HashMap<>();

    /** The page that instructions come from at present, and what made it so. */
    private CachedInstruction[] current = new CachedInstruction[0];

    private long currentTag;
    private long currentPhysical;
    private int codeGeneration;
    private int accessGeneration;
    private int tlbGeneration;
    private String missing = "";
    /** Bytes that may be fetched from the address asked for, as far as the code segment goes. */
    private long withinLimit = Long.MAX_VALUE;

    private final UnitAvailability units;

    InstructionFetch(CpuState cpu, LinearMemory memory, PhysicalMemory physicalMemory) {
        this.cpu = cpu;
        this.memory = memory;
        this.physicalMemory = physicalMemory;
        this.units = new UnitAvailability(cpu);
        physicalMemory.setWatcher(this::pageWritten);
    }

    /**
     * The instruction at RIP; as {@link #at}, and outside of 64-bit mode all its bytes have to lie within the code segment.
     *
     * @throws Fault #GP(0) as soon as a byte beyond the limit is needed, or what {@link #at} throws
     */
    @Nullable
    CachedInstruction atRip() {
        if (cpu.in64BitMode()) return at(cpu.rip());
        withinLimit = cpu.descriptor(SystemRegister.CS).limitBytes() - cpu.rip() + 1;
        try {
            if (withinLimit <= 0) throw new Fault(ExceptionVector.GP);
            CachedInstruction found = at(linearRip());
            boolean beyond = found != null && found.instruction().lengthBytes() > withinLimit;
            if (beyond) throw new Fault(ExceptionVector.GP);
            return found;
        } finally {
            withinLimit = Long.MAX_VALUE;
        }
    }

    /** RIP, outside of 64-bit mode on top of the code segment's base. */
    long linearRip() {
        long rip = cpu.rip();
        return cpu.in64BitMode() ? rip : cpu.segmentBase(SegmentRegister.CS) + rip & LINEAR_32;
    }

    /**
     * The instruction at a linear address; null if this emulator does not have it, {@link #missing} tells what.
     *
     * @throws Fault #PF or #GP(0) of the fetch, #UD, or #GP(0) for more than 15 bytes
     */
    @Nullable
    CachedInstruction at(long linear) {
        if (currentTag == (linear & ~OFFSET | VALID)
                && accessGeneration == cpu.accessGeneration()
                && tlbGeneration == memory.tlbGeneration()) {
            CachedInstruction known = current[(int) (linear & OFFSET)];
            if (known != null) return known;
        }
        return lookUp(linear);
    }

    /**
     * The instruction at a linear address if it lies wholly in the page that the last one came from, and may be fetched
     * without asking anybody; else null. Never faults.
     */
    @Nullable
    CachedInstruction peek(long linear) {
        boolean samePage = currentTag == (linear & ~OFFSET | VALID)
                && accessGeneration == cpu.accessGeneration()
                && tlbGeneration == memory.tlbGeneration();
        if (!samePage) return null;
        int offset = (int) (linear & OFFSET);
        CachedInstruction known = current[offset];
        if (known != null) return known;
        long physical = currentPhysical | offset;
        int left = PhysicalMemory.PAGE_SIZE - offset;
        DecodeResult result =
                decoder.decode(index -> index < left ? (int) physicalMemory.read(physical + index, 1) : 0, mode());
        if (!(result instanceof DecodeResult.Decoded decoded)) return null;
        if (decoded.instruction().lengthBytes() > left) return null;
        keep(current, offset, cached(decoded.instruction()), physical);
        return current[offset];
    }

    /**
     * Makes the page of a linear address the one that instructions come from, if it may be fetched from without asking the page
     * tables; else false. Never faults.
     */
    boolean turnTo(long linear) {
        long physical = memory.knownFetch(linear);
        CachedInstruction[] page = physical < 0 ? null : pageAt(physical);
        if (page == null) return false;
        makeCurrent(linear, physical, page);
        return true;
    }

    private static CachedInstruction cached(Instruction instruction) {
        return new CachedInstruction(instruction, InstructionSet.semanticsOf(instruction));
    }

    /** Grows whenever a page of code was written: blocks that were made of it are stale. */
    int codeGeneration() {
        return codeGeneration;
    }

    /** What the last instruction that could not be had would need. */
    String missing() {
        return missing;
    }

    /** The code segment's mode as it is now. */
    CodeMode mode() {
        return CodeMode.of(cpu);
    }

    private @Nullable CachedInstruction lookUp(long linear) {
        long physical = memory.translateFetch(linear);
        CachedInstruction[] page = pageAt(physical);
        if (page != null) makeCurrent(linear, physical, page);
        int offset = (int) (linear & OFFSET);
        if (page != null && page[offset] != null) return page[offset];
        CachedInstruction decoded = decode(linear, physical);
        boolean within = decoded != null && offset + decoded.instruction().lengthBytes() <= PhysicalMemory.PAGE_SIZE;
        if (page != null && within) keep(page, offset, decoded, physical);
        return decoded;
    }

    private void keep(CachedInstruction[] page, int offset, CachedInstruction decoded, long physical) {
        page[offset] = decoded;
        physicalMemory.watch(physical, decoded.instruction().lengthBytes());
    }

    private void makeCurrent(long linear, long physical, CachedInstruction[] page) {
        current = page;
        currentPhysical = physical & ~OFFSET;
        currentTag = linear & ~OFFSET | VALID;
        accessGeneration = cpu.accessGeneration();
        tlbGeneration = memory.tlbGeneration();
    }

    private CachedInstruction @Nullable [] pageAt(long physical) {
        if (!physicalMemory.holds(physical)) return null;
        if (pages.size() > CAPACITY) pages.clear();
        CachedInstruction[][] modes = pages.computeIfAbsent(
                physical >>> PhysicalMemory.PAGE_SHIFT, number -> new CachedInstruction[CodeMode.values().length][]);
        int mode = mode().ordinal();
        if (modes[mode] == null) modes[mode] = new CachedInstruction[PhysicalMemory.PAGE_SIZE];
        return modes[mode];
    }

    private void pageWritten(long number) {
        pages.remove(number);
        currentTag = 0;
        codeGeneration++;
    }

    private @Nullable CachedInstruction decode(long linear, long physical) {
        DecodeResult result = decoder.decode(index -> byteAt(linear, physical, index), mode());
        if (result instanceof DecodeResult.Decoded decoded) {
            return cached(decoded.instruction());
        }
        if (result instanceof DecodeResult.Undefined) throw new Fault(ExceptionVector.UD);
        if (result instanceof DecodeResult.TooLong) throw new Fault(ExceptionVector.GP);
        missing = ((DecodeResult.NotEmulated) result).what();
        units.requireAvx();
        return null;
    }

    private int byteAt(long linear, long physical, int index) {
        if (index >= withinLimit) throw new Fault(ExceptionVector.GP);
        boolean samePage = (linear & OFFSET) + index <= OFFSET;
        return (int) physicalMemory.read(samePage ? physical + index : memory.translateFetch(linear + index), 1);
    }

    /** Up to 15 bytes at an address as hex pairs, as many as can be fetched. */
    String hexAt(long linear) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < Decoder.MAX_LENGTH_BYTES; i++) {
            OptionalLong physical = memory.look(linear + i);
            if (physical.isEmpty()) break;
            long value = physicalMemory.read(physical.getAsLong(), 1);
            text.append(i == 0 ? "" : " ").append(String.format("%02x", value));
        }
        return text.toString();
    }
}
