package dev.trapframe.emulator.comparison;

import dev.trapframe.emulator.decode.CodeMode;
import dev.trapframe.emulator.format.Syntax;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Runs GNU objdump on bytes. */
final class Objdump {

    /** Bytes between the starts of two samples; what a sample leaves free is filled with NOP, so that objdump is in step again. */
    static final int SLOT_BYTES = 48;

    private static final Pattern LINE = Pattern.compile("^ *([0-9a-f]+):\t([0-9a-f ]+?) *\t(.*)$");
    private static final Pattern COMMENT = Pattern.compile("\\s+(<[^>]*>|#.*)");
    private static final Pattern BRANCH =
            Pattern.compile("(\\b(?:j\\w+|call\\w?|loop\\w*|xbegin\\w?)(?:,p[nt])? +)0x([0-9a-f]+)$");

    private Objdump() {}

    /**
     * What objdump says of one instruction.
     *
     * @param lengthBytes how many bytes it takes for the first instruction
     * @param text        without comments; branch targets are those of an instruction at {@code address}
     */
    record Line(long address, int lengthBytes, String text) {}

    /**
     * The first instruction of each encoding, in their order.
     *
     * @throws IllegalStateException if objdump cannot be run, or tells nothing of an encoding
     */
    static List<Line> lines(List<Encoding> encodings, CodeMode mode, Syntax syntax) {
        try {
            Path file = Files.createTempFile("encodings", ".bin");
            try {
                Files.write(file, slots(encodings));
                return run(file, encodings.size(), mode, syntax);
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new IllegalStateException("objdump cannot be run", e);
        }
    }

    private static byte[] slots(List<Encoding> encodings) {
        byte[] bytes = new byte[encodings.size() * SLOT_BYTES];
        Arrays.fill(bytes, (byte) 0x90);
        for (int i = 0; i < encodings.size(); i++) {
            byte[] one = encodings.get(i).bytes();
            System.arraycopy(one, 0, bytes, i * SLOT_BYTES, one.length);
        }
        return bytes;
    }

    private static List<Line> run(Path file, int count, CodeMode mode, Syntax syntax) throws IOException {
        String machine = mode == CodeMode.LONG_64 ? "i386:x86-64" : mode == CodeMode.CODE_32 ? "i386" : "i8086";
        String options = (syntax == Syntax.INTEL ? "intel" : "att") + (mode == CodeMode.LONG_64 ? ",intel64" : "");
        Process process = new ProcessBuilder(
                        "objdump", "-D", "-w", "-z", "-b", "binary", "-m", machine, "-M", options, file.toString())
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        Line[] lines = new Line[count];
        try (BufferedReader output =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String text = output.readLine(); text != null; text = output.readLine()) {
                Matcher matcher = LINE.matcher(text);
                if (!matcher.matches()) continue;
                long address = Long.parseLong(matcher.group(1), 16);
                if (address % SLOT_BYTES != 0) continue;
                int length = (matcher.group(2).length() + 1) / 3;
                String bare = COMMENT.matcher(matcher.group(3)).replaceAll("").stripTrailing();
                String instruction = BRANCH.matcher(bare).replaceFirst("$1$2");
                lines[(int) (address / SLOT_BYTES)] = new Line(address, length, instruction);
            }
        }
        for (int i = 0; i < count; i++) {
            if (lines[i] == null) throw new IllegalStateException("objdump was out of step at encoding " + i);
        }
        return new ArrayList<>(List.of(lines));
    }
}
