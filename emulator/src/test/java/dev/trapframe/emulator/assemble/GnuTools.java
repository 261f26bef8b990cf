package dev.trapframe.emulator.assemble;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Runs GNU as and ld, where they are installed. */
final class GnuTools {

    private static final int ALLOCATED = 2;
    private static final int NOBITS = 8;

    private final Path folder;

    /** @param folder for files that are made on the way */
    GnuTools(Path folder) {
        this.folder = folder;
    }

    /** What a program wrote, and its exit code. */
    record Result(int exitCode, String output) {}

    Result run(String... command) {
        try {
            Process process = new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .start();
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Result(process.waitFor(), output);
        } catch (IOException e) {
            throw new IllegalStateException(command[0] + " cannot be run", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private String must(String... command) {
        Result result = run(command);
        if (result.exitCode != 0) throw new GnuRefused(String.join(" ", command) + ":\n" + result.output);
        return result.output;
    }

    /** GNU as or ld does not take the program. */
    static final class GnuRefused extends RuntimeException {
        private static final long serialVersionUID = 1L;

        GnuRefused(String message) {
            super(message);
        }
    }

    /**
     * The bytes of each section that is loaded and not empty, with the sections at their places of {@link Bases}.
     *
     * @throws GnuRefused with what as or ld said
     */
    Map<String, byte[]> link(String source, Map<String, String> includes) {
        try {
            for (Map.Entry<String, String> include : includes.entrySet()) {
                Files.writeString(folder.resolve(include.getKey()), include.getValue());
            }
            Files.writeString(folder.resolve("program.s"), source);
            must("as", "--64", "-mindex-reg", "-o", "program.o", "program.s");
            List<String> command = new ArrayList<>(
                    List.of("ld", "-n", "-e", "0", "--no-warn-rwx-segments", "-z", "noexecstack", "-o", "program.elf"));
            ElfFile object = ElfFile.read(Files.readAllBytes(folder.resolve("program.o")));
            Bases bases = new Bases();
            for (ElfFile.SectionHeader section : object.sections()) {
                if ((section.flags() & ALLOCATED) == 0) continue;
                command.add("--section-start=" + section.name() + "=0x" + Long.toHexString(bases.of(section.name())));
            }
            command.add("program.o");
            must(command.toArray(String[]::new));
            return sections(ElfFile.read(Files.readAllBytes(folder.resolve("program.elf"))));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * The bytes of single lines, as hex digits; lines that GNU as refuses are left out.
     *
     * @param head what comes before them
     */
    Map<Integer, String> lines(String head, List<String> lines) {
        Set<Integer> refused = new HashSet<>();
        while (true) {
            Result result = list(head, lines, refused);
            Matcher errors = Pattern.compile("l\\.s:(\\d+): Error").matcher(result.output);
            if (!errors.find()) return listed(lines.size());
            do {
                refused.add(Integer.parseInt(errors.group(1)) - 2);
            } while (errors.find());
        }
    }

    private Result list(String head, List<String> lines, Set<Integer> refused) {
        StringBuilder source = new StringBuilder(head.replace("\n", "; ")).append('\n');
        for (int i = 0; i < lines.size(); i++) {
            source.append(refused.contains(i) ? "" : lines.get(i)).append('\n');
        }
        try {
            Files.writeString(folder.resolve("l.s"), source);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return run("as", "--64", "-mindex-reg", "-o", "l.o", "-aln=l.lst", "--listing-lhs-width=4", "l.s");
    }

    private Map<Integer, String> listed(int count) {
        Map<Integer, String> found = new TreeMap<>();
        Pattern code = Pattern.compile("^\\s*(\\d+) [0-9a-f]{4} ([0-9A-F ]+?)\\s*(\\t.*|$)");
        try {
            for (String line : Files.readAllLines(folder.resolve("l.lst"))) {
                Matcher matcher = code.matcher(line);
                if (!matcher.matches()) continue;
                int number = Integer.parseInt(matcher.group(1)) - 2;
                String hex = matcher.group(2).replace(" ", "").toLowerCase(Locale.ROOT);
                if (number >= 0 && number < count) found.merge(number, hex, String::concat);
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return found;
    }

    private static Map<String, byte[]> sections(ElfFile linked) {
        Map<String, byte[]> sections = new TreeMap<>();
        for (ElfFile.SectionHeader section : linked.sections()) {
            if ((section.flags() & ALLOCATED) == 0 || section.size() == 0) continue;
            sections.put(section.name(), section.type() == NOBITS ? new byte[(int) section.size()] : section.bytes());
        }
        return sections;
    }

    /** Where sections go: the usual ones have usual places, others get theirs by name. */
    static final class Bases {
        private static final Map<String, Long> USUAL = Map.of(
                ".text", 0xffffffff81000000L,
                ".rodata", 0xffffffff81400000L,
                ".data", 0xffffffff82000000L,
                ".bss", 0xffffffff82200000L,
                ".boot", 0x100000L);
        private static final long OTHERS = 0xffffffff83000000L;
        private static final int OTHER_PLACES = 0x100;
        private static final int OTHER_BYTES = 1 << 16;

        long of(String section) {
            Long usual = USUAL.get(section);
            if (usual != null) return usual;
            return OTHERS + (long) Math.floorMod(section.hashCode(), OTHER_PLACES) * OTHER_BYTES;
        }

        /** For the assembler: all sections that a source names. */
        static Map<String, Long> all(String source) {
            Map<String, Long> all = new LinkedHashMap<>(USUAL);
            Bases bases = new Bases();
            for (String line : source.split("[\n;]")) {
                String[] words = line.trim().split("[\\s,]+");
                boolean names = words.length > 2 && (words[0].equals(".section") || words[0].equals(".pushsection"));
                String name = words.length > 2 ? words[1].replace("\"", "") : "";
                if (names && !all.containsKey(name)) all.put(name, bases.of(name));
            }
            return all;
        }
    }
}
