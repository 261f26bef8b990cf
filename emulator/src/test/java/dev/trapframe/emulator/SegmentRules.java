package dev.trapframe.emulator;

import java.util.ArrayList;
import java.util.List;

/**
 * What the manual says about a selector and its descriptor in IA-32e mode, instruction by instruction, written down from
 * its tables and not from the emulator: {@code ok}, or the fault with its error code.
 *
 * <p>Sources: Intel SDM Vol. 3A, tables "Code- and Data-Segment Types" and "System-Segment and Gate-Descriptor Types";
 * the Operation sections of MOV, JMP, CALL, RET, IRET, LLDT, LTR, LAR, LSL, VERR/VERW, Vol. 2.
 */
public final class SegmentRules {

    public static final String OK = "ok";

    /** Of types 0 to 15 with S = 1: r readable, w writable, x code, c conforming. */
    private static final String[] SEGMENTS = {
        "r", "r", "rw", "rw", "r", "r", "rw", "rw", "x", "x", "xr", "xr", "xc", "xc", "xrc", "xrc"
    };
    /** Of types 0 to 15 with S = 0, in IA-32e mode; empty ones are reserved. */
    private static final String[] SYSTEM = {
        "", "", "LDT", "", "", "", "", "", "", "TSS", "", "busy TSS", "call gate", "", "interrupt gate", "trap gate"
    };

    private SegmentRules() {}

    /** The fields of a descriptor that rules look at. */
    public record Fields(int type, boolean segment, int dpl, boolean present, boolean isLong, boolean big) {

        /** Base 0, limit 0xffff, not granular. */
        public long raw() {
            return 0xffffL
                    | (long) type << 40
                    | (segment ? 1L : 0) << 44
                    | (long) dpl << 45
                    | (present ? 1L : 0) << 47
                    | (isLong ? 1L : 0) << 53
                    | (big ? 1L : 0) << 54;
        }

        boolean has(char property) {
            return segment && SEGMENTS[type].indexOf(property) >= 0;
        }

        boolean isSystem(String name) {
            return !segment && SYSTEM[type].equals(name);
        }
    }

    /** Every type, S, DPL, P, and for code also every L and D. */
    public static List<Fields> all() {
        List<Fields> result = new ArrayList<>();
        for (int bits = 0; bits < 1 << 10; bits++) {
            Fields fields =
                    new Fields(bits & 15, bit(bits, 4), bits >> 5 & 3, bit(bits, 7), bit(bits, 8), bit(bits, 9));
            if (fields.has('x') || !fields.isLong && !fields.big) result.add(fields);
        }
        return result;
    }

    private static boolean bit(int bits, int number) {
        return (bits >> number & 1) != 0;
    }

    private static String fault(String vector, int selector) {
        return "#" + vector + "(0x" + Integer.toHexString(selector & 0xfffc) + ")";
    }

    private static String unlessPresent(Fields fields, String vector, int selector) {
        return fields.present ? OK : fault(vector, selector);
    }

    /** MOV, POP, LDS and the like to DS, ES, FS, GS. */
    public static String loadData(Fields fields, int cpl, int selector) {
        int rpl = selector & 3;
        if (!fields.has('r')) return fault("GP", selector);
        boolean privileged = fields.has('c') || cpl <= fields.dpl && rpl <= fields.dpl;
        return privileged ? unlessPresent(fields, "NP", selector) : fault("GP", selector);
    }

    /** MOV, POP, LSS to SS; and SS of returns to another level, where {@code cpl} is the new one. */
    public static String loadStack(Fields fields, int cpl, int selector) {
        boolean fits = (selector & 3) == cpl && fields.has('w') && fields.dpl == cpl;
        return fits ? unlessPresent(fields, "SS", selector) : fault("GP", selector);
    }

    /** Direct far JMP and CALL; a call gate is {@code gate}, with whatever it says. */
    public static String transfer(Fields fields, int cpl, int selector) {
        if (fields.isSystem("call gate")) return "gate";
        if (!fields.has('x') || fields.isLong && fields.big) return fault("GP", selector);
        boolean privileged = fields.has('c') ? fields.dpl <= cpl : fields.dpl == cpl && (selector & 3) <= cpl;
        return privileged ? unlessPresent(fields, "NP", selector) : fault("GP", selector);
    }

    /** CS of RETF and IRETQ. */
    public static String returnTo(Fields fields, int cpl, int selector) {
        int rpl = selector & 3;
        if (!fields.has('x') || fields.isLong && fields.big || rpl < cpl) return fault("GP", selector);
        boolean privileged = fields.has('c') ? fields.dpl <= rpl : fields.dpl == rpl;
        return privileged ? unlessPresent(fields, "NP", selector) : fault("GP", selector);
    }

    public static String lldt(Fields fields, int cpl, int selector) {
        return systemRegister(fields.isSystem("LDT"), fields, cpl, selector);
    }

    public static String ltr(Fields fields, int cpl, int selector) {
        return systemRegister(fields.isSystem("TSS"), fields, cpl, selector);
    }

    private static String systemRegister(boolean fits, Fields fields, int cpl, int selector) {
        if (cpl != 0) return "#GP(0x0)";
        return fits ? unlessPresent(fields, "NP", selector) : fault("GP", selector);
    }

    /** True if LAR sets ZF; P is not looked at. */
    public static boolean lar(Fields fields, int cpl, int selector) {
        return lsl(fields, cpl, selector)
                || fields.isSystem("call gate") && cpl <= fields.dpl && (selector & 3) <= fields.dpl;
    }

    /** True if LSL sets ZF; P is not looked at. */
    public static boolean lsl(Fields fields, int cpl, int selector) {
        boolean hasLimit =
                fields.segment || fields.isSystem("LDT") || fields.isSystem("TSS") || fields.isSystem("busy TSS");
        return hasLimit && (fields.has('c') || cpl <= fields.dpl && (selector & 3) <= fields.dpl);
    }

    /** True if VERR sets ZF; P is not looked at. */
    public static boolean verr(Fields fields, int cpl, int selector) {
        return fields.has('r') && (fields.has('c') || cpl <= fields.dpl && (selector & 3) <= fields.dpl);
    }

    /** True if VERW sets ZF; P is not looked at. */
    public static boolean verw(Fields fields, int cpl, int selector) {
        return fields.has('w') && cpl <= fields.dpl && (selector & 3) <= fields.dpl;
    }
}
