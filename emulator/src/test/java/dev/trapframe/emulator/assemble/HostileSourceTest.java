package dev.trapframe.emulator.assemble;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("The assembler gives up, with an error that says why")
class HostileSourceTest {

    private static final String TOO_DEEP = "nested deeper than 64 levels";
    private static final String TOO_MANY = "more than 400000 statements, expansions counted";
    private static final String TOO_LARGE = "more than 16777216 bytes";

    private static final AssemblerOptions OPTIONS = AssemblerOptions.flat(
            0x1000, name -> name.equals("self.inc") ? Optional.of("\t.include \"self.inc\"\n") : Optional.empty());

    private static String firstError(String source) {
        AssemblyFailed failure = catchThrowableOfType(
                AssemblyFailed.class, () -> new Assembler(OPTIONS).assembleAll("hostile.S", source));
        assertThat(failure).as("the source has errors").isNotNull();
        return failure.diagnostics().get(0).message();
    }

    static List<Arguments> hostile() {
        List<Arguments> sources = new ArrayList<>();
        add(sources, "an include of itself", ".include \"self.inc\"", TOO_DEEP);
        add(sources, "a macro that calls itself", ".macro M\nM\n.endm\nM", TOO_DEEP);
        add(sources, "a macro that calls itself twice", ".macro M a\nM (\\a)*2\nM (\\a)*2\n.endm\nM 1", TOO_DEEP);
        add(
                sources,
                "a macro whose argument doubles",
                ".macro M a\n.byte 1\nM \\a\\a\n.endm\nM xxxxxxxxxxxxxxxx",
                "more than 67108864 characters");
        add(
                sources,
                "macros that multiply",
                ".macro A\n.rept 600\nB\n.endr\n.endm\n.macro B\n.rept 600\nC\n.endr\n.endm\n"
                        + ".macro C\n.rept 600\nnop\n.endr\n.endm\nA",
                TOO_MANY);
        add(sources, "a long repetition", ".rept 1000000000\nnop\n.endr", "repeated 1000000000 times");
        add(sources, "repetitions in repetitions", ".rept 9999\n.rept 9999\nnop\n.endr\n.endr", TOO_MANY);
        add(sources, "repetitions of nothing", ".rept 400000\n.rept 400000\n.endr\n.endr", TOO_MANY);
        add(sources, "a large .fill", ".fill 1000000000, 8, 1", "1000000000 times 8 bytes");
        add(sources, "a large .skip", ".skip 0x7fffffffffffffff", "at most 16777216 are allowed");
        add(sources, "a .skip that is known late", ".skip late\nlate = 0x7fffffff", TOO_LARGE);
        add(sources, "a large .org", ".org 0x7fffffffffffffff", TOO_LARGE);
        add(sources, "many .org", ".macro S\n.section .s\\@\n.org 16000000\n.endm\n.rept 900\nS\n.endr", TOO_LARGE);
        add(sources, "much padding", ".rept 1000\n.balign 65536\nnop\n.endr", TOO_LARGE);
        add(sources, "large common blocks", ".comm x, 2000000000", TOO_LARGE);
        add(sources, "much data", ".rept 300\n.skip 1000000\n.endr", TOO_LARGE);
        add(sources, "long text, repeated", ".rept 300\n.ascii \"" + "x".repeat(100_000) + "\"\n.endr", TOO_LARGE);
        add(sources, "a size that depends on itself", "1: .skip (2f-1b)+1\n2:", "it depends on itself");
        add(sources, "a place that depends on itself", ".org 1f+1\n1:", "it depends on itself");
        add(sources, "nested parentheses", ".quad " + "(".repeat(100_000), "too deep");
        add(sources, "many signs", ".quad " + "-".repeat(100_000) + "1", "too deep");
        add(sources, "a long sum", ".quad " + "a+".repeat(100_000) + "1\na:", "more than 500 parts");
        add(sources, "an expression that doubles", doubling(), "more than 500 parts");
        add(sources, "symbols that double", symbols(), "take too long to compute");
        add(sources, "a symbol that is itself", "a = b\nb = a\n.quad b", "a symbol is defined by itself");
        add(sources, "many open conditions", ".if 1\n".repeat(5000), "more than 1000 `.if` are open");
        add(sources, "many open sections", ".pushsection .data\n".repeat(5000), "more than 100 `.pushsection`");
        add(
                sources,
                "many sections",
                ".macro S\n.section .s\\@\n.endm\n.rept 5000\nS\n.endr",
                "more than 1000 sections");
        add(sources, "a large source", "#".repeat(2 << 20), "more than 1048576 characters");
        add(sources, "many prefixes", "lock ".repeat(50_000), "there is such a prefix already");
        add(
                sources,
                "a long address",
                ".intel_syntax noprefix\nmov eax, [" + "1+".repeat(50_000) + "1]",
                "at most 100 parts");
        return sources;
    }

    private static void add(List<Arguments> sources, String name, String source, String message) {
        sources.add(Arguments.of(name, source + "\n", message));
    }

    private static String doubling() {
        return ".set x, a\n.rept 100\n.set x, x+x\n.endr\n.quad x\na:";
    }

    private static String symbols() {
        StringBuilder source = new StringBuilder();
        for (int i = 0; i < 200; i++) source.append("s%d = s%d + s%d%n".formatted(i, i + 1, i + 1));
        return source + "s200 = a\n.quad s0\na:";
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    @DisplayName("on")
    void hostile(String name, String source, String message) {
        assertThat(firstError(source)).as(name).contains(message);
    }

    @Test
    @DisplayName("on damaged programs, and with nothing else")
    void damaged() throws IOException {
        Random random = new Random(20201217);
        String alphabet = "\\\"'()[]{}$%*,.:;=+-<>!#/@ \t\n0x1fb9abrsp";
        List<GnuSample> samples = new ArrayList<>(GnuSample.read("features.txt"));
        samples.addAll(GnuSample.read("kernel.txt"));
        for (GnuSample sample : samples) {
            for (int i = 0; i < 40; i++) {
                StringBuilder damaged = new StringBuilder(sample.source());
                for (int change = 0; change < 3; change++) {
                    int at = random.nextInt(damaged.length());
                    char c = alphabet.charAt(random.nextInt(alphabet.length()));
                    switch (random.nextInt(3)) {
                        case 0 -> damaged.setCharAt(at, c);
                        case 1 -> damaged.insert(at, c);
                        default -> damaged.delete(at, Math.min(damaged.length(), at + random.nextInt(20)));
                    }
                }
                assembleOrFail(damaged.toString());
            }
        }
    }

    private static void assembleOrFail(String source) {
        try {
            Assembly assembly = new Assembler(OPTIONS).assembleAll("damaged.S", source);
            Listing.of(assembly);
            ElfWriter.write(assembly);
        } catch (AssemblyFailed e) {
            assertThat(e.diagnostics()).isNotEmpty();
        } catch (RuntimeException e) {
            throw new AssertionError("this source is answered with " + e + ":\n" + source, e);
        }
    }
}
