package dev.trapframe.emulator.corpus;

import dev.trapframe.emulator.decode.CodeMode;
import dev.trapframe.emulator.format.Syntax;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Runs GNU as and objdump over many encodings at once. */
final class Objdump {

    /** The version whose texts are committed. */
    static final String VERSION = "2.40";

    /** An object file has at most so many sections without extensions that are slow to read. */
    private static final int SECTIONS = 4_000;

    private static final Pattern SECTION = Pattern.compile("^Disassembly of section \\.s(\\d+):");
    private static final Pattern CODE = Pattern.compile("^ *[0-9a-f]+:\\t([0-9a-f ]+)\\t(.*)$");

    /** Where no symbol is near, objdump writes 0x before a branch target; in a program it does not. */
    private static final Pattern BRANCH =
            Pattern.compile("^(.*\\b(?:j\\w+|call\\w?|loop\\w*|xbegin)(?:,p[nt])? +)0x([0-9a-f]+)$");

    private final Path folder;

    /** @param folder for files that are made on the way */
    Objdump(Path folder) {
        this.folder = folder;
    }

    /** What objdump makes of the bytes that start an encoding: how many it takes, and their text. */
    record Line(int lengthBytes, String text) {
        boolean isBad() {
            return text.contains("(bad)");
        }
    }

    /** The number that objdump itself tells, for example {@code 2.40}. */
    static String version() throws IOException {
        String first = output(List.of("objdump", "--version"), Path.of(".")).get(0);
        Matcher number = Pattern.compile("(\\d+\\.\\d+)(\\.\\d+)*$").matcher(first);
        return number.find() ? number.group(1) : first;
    }

    /** One line for each encoding, each at address 0. */
    List<Line> lines(List<byte[]> encodings, CodeMode mode, Syntax syntax) throws IOException {
        List<Line> lines = new ArrayList<>();
        for (int start = 0; start < encodings.size(); start += SECTIONS) {
            lines.addAll(chunk(encodings.subList(start, Math.min(encodings.size(), start + SECTIONS)), mode, syntax));
        }
        return lines;
    }

    private List<Line> chunk(List<byte[]> encodings, CodeMode mode, Syntax syntax) throws IOException {
        Path source = folder.resolve("corpus.s");
        try (PrintWriter out = new PrintWriter(Files.newBufferedWriter(source))) {
            for (int i = 0; i < encodings.size(); i++) {
                out.println(".section .s" + i + ",\"ax\"\n.byte " + byteList(encodings.get(i)));
            }
        }
        String bits = mode == CodeMode.LONG_64 ? "--64" : "--32";
        output(List.of("as", bits, "-o", "corpus.o", "corpus.s"), folder);
        String options = (syntax == Syntax.INTEL ? "intel" : "att")
                + switch (mode) {
                    case LONG_64 -> ",intel64";
                    case CODE_32 -> "";
                    case CODE_16 -> ",i8086";
                };
        return parse(output(List.of("objdump", "-d", "-w", "-z", "-M", options, "corpus.o"), folder), encodings.size());
    }

    private static String byteList(byte[] bytes) {
        List<String> numbers = new ArrayList<>();
        for (byte value : bytes) numbers.add(Integer.toString(value & 0xFF));
        return String.join(",", numbers);
    }

    private static List<Line> parse(List<String> output, int count) {
        Line[] lines = new Line[count];
        int current = -1;
        for (String line : output) {
            Matcher section = SECTION.matcher(line);
            if (section.find()) current = Integer.parseInt(section.group(1));
            Matcher code = CODE.matcher(line);
            if (current < 0 || lines[current] != null || !code.find()) continue;
            String text = code.group(2).replaceAll("\\s+(<[^>]*>|#.*)", "").stripTrailing();
            text = BRANCH.matcher(text).replaceFirst("$1$2");
            lines[current] = new Line(code.group(1).trim().split(" ").length, text);
        }
        return Arrays.asList(lines);
    }

    private static List<String> output(List<String> command, Path folder) throws IOException {
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        process.getOutputStream().close();
        List<String> lines;
        try (BufferedReader reader =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            lines = reader.lines().toList();
        }
        try {
            if (process.waitFor() != 0) throw new IOException(String.join(" ", command) + " failed");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
        return lines;
    }
}
