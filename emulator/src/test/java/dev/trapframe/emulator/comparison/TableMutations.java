package dev.trapframe.emulator.comparison;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Breaks rows of the instruction table, one thing at a time. The manual's name is left whole where GNU's names are given beside it:
 * the tests of execution notice another one.
 */
final class TableMutations {

    private static final int ENCODING = 1;
    private static final int OPERANDS = 2;
    private static final int ACCESS = 3;
    private static final int SIZE = 5;
    private static final int ATTRIBUTES = 6;
    private static final int ATT_NAMES = 7;
    private static final int INTEL_NAMES = 8;
    private static final int COLUMNS = 9;
    private static final Pattern OPCODE = Pattern.compile(
            "^((?:VEX\\.\\S+ )?(?:NP |66 |F2 |F3 )?(?:REX\\.W \\+ )?(?:0F (?:38 |3A )?)?)([0-9A-F]{2})");
    private static final Pattern DIGIT = Pattern.compile("/([0-7])");
    private static final Pattern PREFIX = Pattern.compile("^(NP|66|F2|F3) (?=.)");
    private static final Pattern WIDTH = Pattern.compile("(?<=r/m|\\br|\\bm)(8|16|32|64)\\b");

    private TableMutations() {}

    /** @param what the kind, for people */
    record Mutant(String what, String row) {}

    /** Every mutant of one line of the table. */
    static List<Mutant> of(String line, Random random) {
        String[] cells = Arrays.copyOf(line.split("\t"), COLUMNS);
        for (int i = 0; i < COLUMNS; i++) if (cells[i] == null) cells[i] = "-";
        List<Mutant> mutants = new ArrayList<>();
        opcodeBit(cells, random, mutants);
        digit(cells, mutants);
        if (cells[ENCODING].startsWith("VEX.")) vex(cells, mutants);
        else prefix(cells, mutants);
        operandOrder(cells, mutants);
        operandWidth(cells, mutants);
        operandSize(cells, mutants);
        if (!cells[ENCODING].contains("REX.W")) toggle(cells, "only64", mutants);
        for (String attribute : List.of("no64", "lock")) toggle(cells, attribute, mutants);
        if (List.of(cells[ATTRIBUTES].split(" ")).contains("rep")) toggle(cells, "rep", mutants);
        names(cells, mutants);
        return mutants;
    }

    private static void add(String what, String[] cells, int column, String value, List<Mutant> mutants) {
        if (value.equals(cells[column])) return;
        String[] changed = cells.clone();
        changed[column] = value;
        mutants.add(new Mutant(what, String.join("\t", changed)));
    }

    private static void opcodeBit(String[] cells, Random random, List<Mutant> mutants) {
        Matcher matcher = OPCODE.matcher(cells[ENCODING]);
        if (!matcher.find()) throw new IllegalArgumentException("no opcode in " + cells[ENCODING]);
        int lowest = cells[ENCODING].contains("+r") ? 3 : 0;
        int opcode = Integer.parseInt(matcher.group(2), 16) ^ 1 << lowest + random.nextInt(8 - lowest);
        String rest = cells[ENCODING].substring(matcher.end());
        add("opcode bit", cells, ENCODING, matcher.group(1) + String.format("%02X", opcode) + rest, mutants);
    }

    private static void digit(String[] cells, List<Mutant> mutants) {
        Matcher matcher = DIGIT.matcher(cells[ENCODING]);
        if (!matcher.find()) return;
        int digit = matcher.group(1).charAt(0) - '0' ^ 1;
        add("digit", cells, ENCODING, matcher.replaceFirst("/" + digit), mutants);
    }

    private static void prefix(String[] cells, List<Mutant> mutants) {
        Matcher matcher = PREFIX.matcher(cells[ENCODING]);
        if (cells[ENCODING].length() == 2 || !matcher.find()) {
            add("prefix F3", cells, ENCODING, "F3 " + cells[ENCODING], mutants);
            return;
        }
        add("prefix left out", cells, ENCODING, matcher.replaceFirst(""), mutants);
        add(
                "other prefix",
                cells,
                ENCODING,
                matcher.replaceFirst(matcher.group(1).equals("F2") ? "F3 " : "F2 "),
                mutants);
    }

    /** Length, W, mandatory prefix and map. */
    private static void vex(String[] cells, List<Mutant> mutants) {
        String encoding = cells[ENCODING];
        add("VEX.L", cells, ENCODING, encoding.replaceFirst("\\.(128|LZ|LIG)\\b", ".256"), mutants);
        add("VEX.L", cells, ENCODING, encoding.replaceFirst("\\.256\\b", ".128"), mutants);
        add("VEX.W", cells, ENCODING, encoding.replaceFirst("\\.(W0|WIG)\\b", ".W1"), mutants);
        add("VEX.W", cells, ENCODING, encoding.replaceFirst("\\.W1\\b", ".W0"), mutants);
        add("VEX.pp", cells, ENCODING, encoding.replaceFirst("\\.(66|F2)\\.", ".F3."), mutants);
        add("VEX.pp", cells, ENCODING, encoding.replaceFirst("\\.F3\\.", ".F2."), mutants);
        add("VEX.pp", cells, ENCODING, encoding.replaceFirst("(L\\w+|128|256)\\.0F", "$1.66.0F"), mutants);
        add("VEX map", cells, ENCODING, encoding.replaceFirst("0F(38|3A)", "0F"), mutants);
        add("VEX map", cells, ENCODING, encoding.replaceFirst("0F\\.", "0F38."), mutants);
    }

    private static void operandOrder(String[] cells, List<Mutant> mutants) {
        String[] operands = cells[OPERANDS].split(", ");
        String[] access = cells[ACCESS].split(",");
        if (operands.length < 2 || operands[0].equals(operands[1])) return;
        String[] changed = cells.clone();
        changed[OPERANDS] = swapped(operands, ", ");
        changed[ACCESS] = swapped(access, ",");
        mutants.add(new Mutant("operand order", String.join("\t", changed)));
    }

    private static String swapped(String[] words, String separator) {
        String[] changed = words.clone();
        changed[0] = words[1];
        changed[1] = words[0];
        return String.join(separator, changed);
    }

    private static void operandWidth(String[] cells, List<Mutant> mutants) {
        Matcher matcher = WIDTH.matcher(cells[OPERANDS]);
        if (!matcher.find()) return;
        String other = matcher.group(1).equals("32") ? "16" : "32";
        add("operand width", cells, OPERANDS, matcher.replaceFirst(other), mutants);
    }

    private static void operandSize(String[] cells, List<Mutant> mutants) {
        String other = switch (cells[SIZE]) {
            case "16", "64d" -> "32";
            case "32", "8" -> "16";
            case "64" -> "64d";
            default -> "-";
        };
        add("operand size", cells, SIZE, other, mutants);
    }

    private static void toggle(String[] cells, String attribute, List<Mutant> mutants) {
        List<String> words = new ArrayList<>(List.of(cells[ATTRIBUTES].split(" ")));
        words.remove("-");
        boolean other = words.contains("no64") && attribute.equals("only64")
                || words.contains("only64") && attribute.equals("no64");
        if (other) return;
        boolean had = words.remove(attribute);
        if (!had) words.add(attribute);
        String value = words.isEmpty() ? "-" : String.join(" ", words);
        add((had ? "without " : "with ") + attribute, cells, ATTRIBUTES, value, mutants);
    }

    private static void names(String[] cells, List<Mutant> mutants) {
        add("AT&T name", cells, ATT_NAMES, "other", mutants);
        add("Intel name", cells, INTEL_NAMES, "other", mutants);
    }
}
