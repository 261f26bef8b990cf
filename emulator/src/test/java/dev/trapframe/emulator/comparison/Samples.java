package dev.trapframe.emulator.comparison;

import dev.trapframe.emulator.decode.CodeMode;
import dev.trapframe.emulator.format.Syntax;
import dev.trapframe.emulator.isa.InstructionTable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;

/**
 * Writes what GNU objdump makes of the samples, so that the tests need no binutils: {@code emulator/src/test/oracle/make-samples.sh}
 * runs it. The same table gives the same files; a new row adds lines.
 */
final class Samples {

    /** The file of plain encodings of every row in 32-bit code. */
    static final String WALK_32 = "walk32.tsv";

    private static final long SEED = 20201217;
    private static final int WALK_OF_ROW = 4;
    private static final int TEXTS_OF_ROW = 7;
    private static final int LENGTHS = 100_000;
    private static final String BAD = "(bad)";
    /** What objdump writes of prefixes that it takes for an instruction: those before FWAIT. */
    private static final Pattern PREFIXES =
            Pattern.compile("((rex(\\.[WRXB]+)?|repn?z|data16|data32|addr16|addr32|[c-gs]s) ?)+");

    private Samples() {}

    /** The file of encodings with prefixes that change nothing, and their texts. */
    static String texts(CodeMode mode) {
        return "texts-" + bits(mode) + ".tsv.gz";
    }

    /** The file of encodings of which only the length is compared: 100,000. */
    static String lengths(CodeMode mode) {
        return "lengths-" + bits(mode) + ".txt.gz";
    }

    private static String bits(CodeMode mode) {
        return mode == CodeMode.LONG_64 ? "64" : "32";
    }

    static LegalEncodings encodings(CodeMode mode, boolean extraPrefixes, long seed) {
        return new LegalEncodings(InstructionTable.standard(), mode, extraPrefixes, seed);
    }

    /** What objdump says of each encoding. */
    static List<Expected> ask(List<Encoding> encodings, CodeMode mode) {
        List<Objdump.Line> att = Objdump.lines(encodings, mode, Syntax.ATT);
        List<Objdump.Line> intel = Objdump.lines(encodings, mode, Syntax.INTEL);
        return IntStream.range(0, encodings.size())
                .mapToObj(i -> new Expected(
                        mode,
                        att.get(i).address(),
                        encodings.get(i).hex(),
                        att.get(i).text(),
                        intel.get(i).text()))
                .toList();
    }

    /** @param arguments the folder to write to */
    public static void main(String[] arguments) throws IOException {
        Path folder = Path.of(arguments[0]);
        List<Encoding> walk = encodings(CodeMode.CODE_32, false, SEED).ofAll(WALK_OF_ROW);
        write(folder.resolve(WALK_32), textLines(walk, CodeMode.CODE_32));
        for (CodeMode mode : List.of(CodeMode.LONG_64, CodeMode.CODE_32)) {
            List<Encoding> texts = new ArrayList<>(encodings(mode, true, SEED).ofAll(TEXTS_OF_ROW));
            texts.addAll(chosen(mode));
            write(folder.resolve(texts(mode)), textLines(texts, mode));
            write(folder.resolve(lengths(mode)), lengthLines(mode));
        }
    }

    private static List<Encoding> chosen(CodeMode mode) throws IOException {
        return Expected.lines("chosen.txt").stream()
                .map(line -> line.split(" "))
                .filter(words -> words[0].equals(bits(mode)))
                .map(words -> new Encoding(mode, words[1]))
                .toList();
    }

    private static List<String> textLines(List<Encoding> encodings, CodeMode mode) {
        return ask(encodings, mode).stream().map(Expected::line).toList();
    }

    /**
     * As many bytes of each encoding as objdump takes. What it calls bad is left out: {@code on-purpose.tsv} has it, with the
     * texts.
     */
    private static List<String> lengthLines(CodeMode mode) {
        LegalEncodings source = encodings(mode, true, SEED + 1);
        int rows = source.forms().size();
        List<Encoding> encodings = source.ofAll(LENGTHS / rows + LENGTHS / rows / 4);
        List<Objdump.Line> lines = Objdump.lines(encodings, mode, Syntax.ATT);
        List<String> known = IntStream.range(0, encodings.size())
                .filter(i -> !lines.get(i).text().endsWith(BAD)
                        && !PREFIXES.matcher(lines.get(i).text()).matches())
                .mapToObj(i ->
                        encodings.get(i).hex().substring(0, 2 * lines.get(i).lengthBytes()))
                .toList();
        return evenly(known, LENGTHS);
    }

    /** Leaves out some at even distances. */
    private static List<String> evenly(List<String> all, int count) {
        if (all.size() < count) throw new IllegalStateException("only " + all.size() + " encodings, not " + count);
        return IntStream.range(0, count)
                .mapToObj(i -> all.get((int) ((long) i * all.size() / count)))
                .toList();
    }

    private static void write(Path file, List<String> lines) throws IOException {
        byte[] text = (String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8);
        boolean packed = file.toString().endsWith(".gz");
        try (OutputStream stream = Files.newOutputStream(file);
                OutputStream out = packed ? new GZIPOutputStream(stream) : stream) {
            out.write(text);
        }
    }
}
