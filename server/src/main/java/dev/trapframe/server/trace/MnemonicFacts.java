package dev.trapframe.server.trace;

import dev.trapframe.emulator.api.MachineRegister;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/**
 * Where the values of an instruction go that its operands do not show. Names are AT&amp;T names without the operand-size
 * letter. What is in no list is taken to read and write as much as it may.
 *
 * <p>Source: Intel SDM Vol. 2, the instruction pages.
 */
final class MnemonicFacts {

    private static final Set<String> USES_STACK =
            Set.of("push", "pop", "pushf", "popf", "pusha", "popa", "call", "lcall", "ret", "lret", "enter", "iret");
    private static final Map<String, Set<MachineRegister>> ADDRESSES = Map.of(
            "leave", EnumSet.of(MachineRegister.RBP),
            "movs", EnumSet.of(MachineRegister.RSI, MachineRegister.RDI),
            "cmps", EnumSet.of(MachineRegister.RSI, MachineRegister.RDI),
            "stos", EnumSet.of(MachineRegister.RDI),
            "scas", EnumSet.of(MachineRegister.RDI),
            "ins", EnumSet.of(MachineRegister.RDI),
            "lods", EnumSet.of(MachineRegister.RSI),
            "outs", EnumSet.of(MachineRegister.RSI),
            "xlat", EnumSet.of(MachineRegister.RBX, MachineRegister.RAX),
            // The number of a model-specific register is as much an address as any.
            "rdmsr", EnumSet.of(MachineRegister.RCX));
    private static final Set<MachineRegister> MSR_NUMBER = EnumSet.of(MachineRegister.RCX);

    private static final Set<MachineRegister> RAX = EnumSet.of(MachineRegister.RAX);
    private static final Set<MachineRegister> RDX = EnumSet.of(MachineRegister.RDX);
    private static final Set<MachineRegister> RAX_RDX = EnumSet.of(MachineRegister.RAX, MachineRegister.RDX);
    private static final Map<String, Set<MachineRegister>> DESTINATIONS = Map.ofEntries(
            Map.entry("mul", RAX_RDX),
            Map.entry("div", RAX_RDX),
            Map.entry("idiv", RAX_RDX),
            Map.entry("rdmsr", RAX_RDX),
            Map.entry("rdpkru", RAX_RDX),
            Map.entry("rdtsc", RAX_RDX),
            Map.entry("xgetbv", RAX_RDX),
            Map.entry("cmpxchg8b", RAX_RDX),
            Map.entry("cmpxchg16b", RAX_RDX),
            Map.entry("cmpxchg", RAX),
            Map.entry("cbtw", RAX),
            Map.entry("cwtl", RAX),
            Map.entry("cltq", RAX),
            Map.entry("cwtd", RDX),
            Map.entry("cltd", RDX),
            Map.entry("cqto", RDX),
            Map.entry("lahf", RAX),
            Map.entry("lods", RAX),
            Map.entry("xlat", RAX),
            Map.entry("wrpkru", EnumSet.of(MachineRegister.PKRU)),
            Map.entry("wrfsbase", EnumSet.of(MachineRegister.FS_BASE)),
            Map.entry("wrgsbase", EnumSet.of(MachineRegister.GS_BASE)),
            Map.entry("leave", EnumSet.of(MachineRegister.RBP)));

    private static final Set<String> ONLY_READS = Set.of(
            "cmp",
            "test",
            "push",
            "jmp",
            "call",
            "ljmp",
            "lcall",
            "bt",
            "wrfsbase",
            "wrgsbase",
            "mul",
            "div",
            "idiv",
            "lgdt",
            "lidt",
            "lldt",
            "ltr",
            "lmsw",
            "invlpg",
            "verr",
            "verw",
            "int",
            "ret",
            "nop",
            "out");
    private static final Set<String> BOTH = Set.of("xchg", "xadd");
    private static final Set<String> PART_OF_RAX = Set.of("lahf", "xlat", "lods", "in", "cbtw");

    private static final Set<String> LEAVES_FLAGS = Set.of(
            "mov",
            "movabs",
            "movzx",
            "movsx",
            "movbe",
            "movnti",
            "lea",
            "xchg",
            "bswap",
            "xlat",
            "cbtw",
            "cwtl",
            "cltq",
            "cwtd",
            "cltd",
            "cqto",
            "lahf",
            "push",
            "pop",
            "pushf",
            "enter",
            "leave",
            "call",
            "not",
            "movs",
            "stos",
            "lods",
            "ins",
            "outs",
            "in",
            "out",
            "rdmsr",
            "wrmsr",
            "rdpkru",
            "wrpkru",
            "swapgs",
            "rdfsbase",
            "rdgsbase",
            "wrfsbase",
            "wrgsbase",
            "nop",
            "lfence",
            "mfence",
            "sfence",
            "fxsave",
            "xsave");
    private static final Set<String> WRITES_STATUS =
            Set.of("add", "adc", "sub", "sbb", "cmp", "neg", "and", "or", "xor", "test");

    private static final Set<String> CONTROL = Set.of(
            "jmp",
            "ljmp",
            "call",
            "lcall",
            "ret",
            "lret",
            "sysret",
            "syscall",
            "sysenter",
            "sysexit",
            "into",
            "bound",
            "lgdt",
            "lidt",
            "lldt",
            "ltr",
            "lmsw",
            "eretu",
            "erets",
            "div",
            "idiv",
            "wrfsbase",
            "wrgsbase");

    private MnemonicFacts() {}

    /** Registers that address memory, or a model-specific register, without being named. */
    static Set<MachineRegister> implicitAddress(String mnemonic) {
        if (USES_STACK.contains(mnemonic)) return EnumSet.of(MachineRegister.RSP);
        if (mnemonic.equals("wrmsr")) return MSR_NUMBER;
        return ADDRESSES.getOrDefault(mnemonic, Set.of());
    }

    /** Registers that are written without being named. */
    static Set<MachineRegister> implicitDestinations(String mnemonic, int operandCount) {
        if (mnemonic.equals("imul") && operandCount == 1) return RAX_RDX;
        return DESTINATIONS.getOrDefault(mnemonic, Set.of());
    }

    /** True if the last AT&amp;T operand is not a destination. */
    static boolean onlyReadsOperands(String mnemonic) {
        return ONLY_READS.contains(mnemonic) || isConditional(mnemonic);
    }

    static boolean writesBothOperands(String mnemonic) {
        return BOTH.contains(mnemonic);
    }

    static boolean writesPartOfRax(String mnemonic) {
        return PART_OF_RAX.contains(mnemonic);
    }

    /** True if the status flags stay as they are. */
    static boolean leavesFlags(String mnemonic) {
        return LEAVES_FLAGS.contains(mnemonic) || mnemonic.startsWith("cmov") || mnemonic.startsWith("set");
    }

    /** True if all six status flags get new values. */
    static boolean writesAllStatusFlags(String mnemonic) {
        return WRITES_STATUS.contains(mnemonic);
    }

    /** True if what it reads decides where execution goes on: by a branch, by a fault, or by what addresses mean from then on. */
    static boolean decidesControlFlow(String mnemonic) {
        return CONTROL.contains(mnemonic) || isConditional(mnemonic);
    }

    /** Moves on through memory by itself: its pointers and its counter are not made from the data. */
    static boolean isString(String mnemonic) {
        return Set.of("movs", "cmps", "stos", "lods", "scas", "ins", "outs").contains(mnemonic);
    }

    private static boolean isConditional(String mnemonic) {
        return mnemonic.startsWith("j") || mnemonic.startsWith("loop");
    }
}
