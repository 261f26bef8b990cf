package dev.trapframe.server.trace;

import dev.trapframe.emulator.api.MachineRegister;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What an instruction's AT&amp;T text says about where its values go: which register it names as its destination, and which
 * registers an address is made of.
 *
 * @param mnemonic   without prefixes and without the operand-size letter, for example {@code mov}
 * @param repeated   it has a REP prefix
 * @param operands   in AT&amp;T order: the destination is the last
 */
record InstructionText(String mnemonic, boolean repeated, List<String> operands) {

    private static final Set<String> PREFIXES = Set.of(
            "rep", "repe", "repz", "repne", "repnz", "lock", "data16", "addr32", "cs", "ds", "es", "ss", "fs", "gs",
            "notrack");
    private static final Pattern REGISTER = Pattern.compile("%([a-z0-9_]+)");
    private static final Pattern SEGMENT = Pattern.compile("%(fs|gs):");
    private static final Pattern PARENTHESES = Pattern.compile("\\(([^)]*)\\)");
    private static final Map<String, MachineRegister> REGISTERS = registers();
    private static final Set<String> NARROW = narrow();

    InstructionText {
        operands = List.copyOf(operands);
    }

    static InstructionText of(String att) {
        String rest = att.strip();
        boolean repeated = false;
        while (true) {
            int blank = rest.indexOf(' ');
            String word = blank < 0 ? rest : rest.substring(0, blank);
            if (blank < 0 || !PREFIXES.contains(word)) break;
            repeated |= word.startsWith("rep");
            rest = rest.substring(blank + 1).strip();
        }
        int blank = rest.indexOf(' ');
        String mnemonic = blank < 0 ? rest : rest.substring(0, blank);
        List<String> operands =
                blank < 0 ? List.of() : split(rest.substring(blank + 1).strip());
        return new InstructionText(InstructionGroups.base(mnemonic), repeated, operands);
    }

    /** The registers that addresses of memory accesses are made of, the stack pointer where it is used unnamed. */
    Set<MachineRegister> addressRegisters() {
        Set<MachineRegister> found = EnumSet.noneOf(MachineRegister.class);
        if (!mnemonic.equals("lea") && !mnemonic.equals("nop")) {
            for (String operand : operands) addAddress(operand, found);
        }
        found.addAll(MnemonicFacts.implicitAddress(mnemonic));
        if (repeated) found.add(MachineRegister.RCX);
        return found;
    }

    /** The registers that the text or the mnemonic names as written, whether or not their values change. */
    Set<MachineRegister> destinations() {
        Set<MachineRegister> found = EnumSet.noneOf(MachineRegister.class);
        found.addAll(MnemonicFacts.implicitDestinations(mnemonic, operands.size()));
        if (operands.isEmpty() || MnemonicFacts.onlyReadsOperands(mnemonic)) return found;
        addRegister(operands.get(operands.size() - 1), found);
        if (MnemonicFacts.writesBothOperands(mnemonic)) addRegister(operands.get(0), found);
        return found;
    }

    /** True if a register destination keeps its upper bits: an 8- or 16-bit write. */
    boolean writesPartOfRegister() {
        return MnemonicFacts.writesPartOfRax(mnemonic)
                || operands.stream()
                        .anyMatch(operand -> operand.startsWith("%") && NARROW.contains(operand.substring(1)));
    }

    /** True for {@code xor %eax,%eax} and {@code sub}: the result does not depend on what was there. */
    boolean clearsRegister() {
        boolean sameTwice = operands.size() == 2
                && operands.get(0).equals(operands.get(1))
                && operands.get(0).startsWith("%");
        return sameTwice && (mnemonic.equals("xor") || mnemonic.equals("sub"));
    }

    private static void addAddress(String operand, Set<MachineRegister> found) {
        Matcher segment = SEGMENT.matcher(operand);
        if (segment.find()) {
            found.add(segment.group(1).equals("fs") ? MachineRegister.FS_BASE : MachineRegister.GS_BASE);
        }
        Matcher parentheses = PARENTHESES.matcher(operand);
        while (parentheses.find()) {
            Matcher register = REGISTER.matcher(parentheses.group(1));
            while (register.find()) {
                MachineRegister named = REGISTERS.get(register.group(1));
                if (named != null && named != MachineRegister.RIP) found.add(named);
            }
        }
    }

    private static void addRegister(String operand, Set<MachineRegister> found) {
        if (!operand.startsWith("%") || operand.contains(":")) return;
        MachineRegister named = REGISTERS.get(operand.substring(1));
        if (named != null) found.add(named);
    }

    private static List<String> split(String operands) {
        List<String> parts = new ArrayList<>();
        int depth = 0;
        int start = 0;
        for (int i = 0; i < operands.length(); i++) {
            char c = operands.charAt(i);
            if (c == '(') depth++;
            if (c == ')') depth--;
            if (c == ',' && depth == 0) {
                parts.add(operands.substring(start, i).strip());
                start = i + 1;
            }
        }
        parts.add(operands.substring(start).strip());
        return parts;
    }

    private static Map<String, MachineRegister> registers() {
        Map<String, MachineRegister> registers = new HashMap<>();
        for (MachineRegister register : MachineRegister.values()) registers.put(register.key(), register);
        for (String name : List.of("ax", "cx", "dx", "bx", "sp", "bp", "si", "di")) {
            MachineRegister whole = MachineRegister.valueOf("R" + name.toUpperCase(Locale.ROOT));
            registers.put(name, whole);
            registers.put("e" + name, whole);
            registers.put(name.endsWith("x") ? name.charAt(0) + "l" : name + "l", whole);
            if (name.endsWith("x")) registers.put(name.charAt(0) + "h", whole);
        }
        for (int number = 8; number <= 15; number++) {
            for (String suffix : List.of("d", "w", "b", "l")) {
                registers.put("r" + number + suffix, MachineRegister.general(number));
            }
        }
        for (int number = 0; number < 8; number++) {
            MachineRegister debug = registers.get("dr" + number);
            if (debug != null) registers.put("db" + number, debug);
        }
        return Map.copyOf(registers);
    }

    private static Set<String> narrow() {
        Set<String> narrow = new java.util.HashSet<>();
        for (String name : List.of("ax", "cx", "dx", "bx", "sp", "bp", "si", "di")) {
            narrow.add(name);
            narrow.add(name.endsWith("x") ? name.charAt(0) + "l" : name + "l");
            if (name.endsWith("x")) narrow.add(name.charAt(0) + "h");
        }
        for (int number = 8; number <= 15; number++)
            narrow.addAll(List.of("r" + number + "w", "r" + number + "b", "r" + number + "l"));
        return Set.copyOf(narrow);
    }
}
