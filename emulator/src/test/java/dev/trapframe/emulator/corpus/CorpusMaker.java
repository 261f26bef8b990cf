package dev.trapframe.emulator.corpus;

import dev.trapframe.emulator.decode.CodeMode;
import dev.trapframe.emulator.format.Syntax;
import dev.trapframe.emulator.isa.FormAttribute;
import dev.trapframe.emulator.isa.InstructionForm;
import dev.trapframe.emulator.isa.InstructionTable;
import dev.trapframe.emulator.isa.Mnemonic;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * Makes the committed samples, with objdump {@value Objdump#VERSION}:
 *
 * <pre>
 * java -cp emulator/target/classes:emulator/target/test-classes \
 *     dev.trapframe.emulator.corpus.CorpusMaker emulator/src/test/resources/dev/trapframe/emulator/corpus
 * </pre>
 */
public final class CorpusMaker {

    private static final long SEED = 20230114;
    private static final int LENGTHS_64 = 152_000;
    private static final int LENGTHS_32 = 56_000;
    private static final int LENGTHS_16 = 6_000;
    private static final int TEXTS_64 = 14_000;
    private static final int TEXTS_32 = 6_000;

    private static final Set<Integer> PREFIXES =
            Set.of(0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65, 0x66, 0x67, 0xF0, 0xF2, 0xF3);

    /** What the generator seldom makes: 66 with F2 before CLDEMOTE's opcode, 3E with 66 before an indirect branch. */
    private static final List<String> SELDOM = List.of("f2660f1c00", "f3660f1c4001", "3e66ff10", "663eff20");

    private final Objdump objdump;
    private final Random random;

    CorpusMaker(Path folder, Random random) {
        objdump = new Objdump(folder);
        this.random = random;
    }

    public static void main(String[] arguments) throws IOException {
        if (!Objdump.version().equals(Objdump.VERSION)) {
            throw new IOException("objdump is " + Objdump.version() + ", the samples are of " + Objdump.VERSION);
        }
        CorpusMaker maker = new CorpusMaker(Files.createTempDirectory("corpus"), new Random(SEED));
        List<Sample> lengths = new ArrayList<>(maker.samples(CodeMode.LONG_64, LENGTHS_64, false));
        lengths.addAll(maker.samples(CodeMode.CODE_32, LENGTHS_32, false));
        lengths.addAll(maker.samples(CodeMode.CODE_16, LENGTHS_16, false));
        List<Sample> texts = new ArrayList<>(maker.samples(CodeMode.LONG_64, TEXTS_64, true));
        texts.addAll(maker.samples(CodeMode.CODE_32, TEXTS_32, true));
        Path folder = Path.of(arguments[0]);
        SampleFile.writeLengths(folder, lengths);
        SampleFile.writeTexts(folder, texts.stream().filter(Sample::known).toList());
        report(lengths);
        report(texts);
    }

    private static void report(List<Sample> samples) throws IOException {
        Comparison comparison = new Comparison(InstructionTable.standard(), OnPurpose.load());
        for (Sample sample : samples) {
            String difference = comparison.difference(sample);
            if (difference != null) System.out.println(difference);
        }
        System.out.println(samples.size() + " samples, "
                + samples.stream().filter(s -> !s.known()).count() + " (bad)");
    }

    /**
     * So many encodings of rows in turn, with objdump's answer.
     *
     * @param withText false: the lengths only, in a third of the time
     */
    List<Sample> samples(CodeMode mode, int count, boolean withText) throws IOException {
        List<InstructionForm> forms = new ArrayList<>(InstructionTable.standard().forms().stream()
                .filter(form -> LegalEncodings.isIn(form, mode) && !(withText && isNamedByNobody(form)))
                .toList());
        Collections.shuffle(forms, random);
        LegalEncodings encodings = new LegalEncodings(mode, random, true, forms.get(0));
        List<byte[]> codes = new ArrayList<>();
        for (int i = 0; i < count; i++) codes.add(encodings.next(forms.get(i % forms.size())));
        if (withText) SELDOM.forEach(hex -> codes.add(HexFormat.of().parseHex(hex)));
        List<Objdump.Line> att = objdump.lines(codes, mode, Syntax.ATT);
        List<Objdump.Line> intel = withText ? objdump.lines(codes, mode, Syntax.INTEL) : att;
        List<Sample> samples = new ArrayList<>();
        for (int i = 0; i < codes.size(); i++) {
            boolean known = !att.get(i).isBad();
            // A further prefix may have made the operand size smaller.
            byte[] bytes = known ? Arrays.copyOf(codes.get(i), att.get(i).lengthBytes()) : codes.get(i);
            if (isPrefixAlone(bytes)) continue;
            String text = withText ? att.get(i).text() : "";
            samples.add(
                    new Sample(mode, bytes, known, text, withText ? intel.get(i).text() : ""));
        }
        return samples;
    }

    /** In 16-bit code a further 66 makes operands larger: the encoding then lacks bytes. */
    private static boolean isPrefixAlone(byte[] bytes) {
        return bytes.length == 1 && PREFIXES.contains(bytes[0] & 0xFF);
    }

    /** Reserved NOPs have names in binutils that the manual does not give them (MPX, PREFETCHIT, AMD's PREFETCH). */
    private static boolean isNamedByNobody(InstructionForm form) {
        return form.mnemonic() == Mnemonic.NOP
                && form.has(FormAttribute.DECODE)
                && !form.operands().isEmpty();
    }
}
