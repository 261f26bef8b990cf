package dev.trapframe.emulator.comparison;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.format.CodeListing;
import dev.trapframe.emulator.format.Syntax;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("oracle")
@DisplayName("The listing of a whole library of this machine")
class LiveListingTest {

    private static final long LARGEST_BYTES = 2_000_000;
    private static final int MOST_SHOWN = 20;
    private static final Pattern LINE = Pattern.compile("^ *([0-9a-f]+):\t[0-9a-f ]+\t(.*?) *$");

    @TempDir
    Path folder;

    /** Compilers' code has vector and x87 instructions in between; a line out of step would spoil those that follow. */
    @Test
    @DisplayName("is GNU objdump's, line by line, but for the names of what has an EVEX prefix")
    void listings() throws IOException, InterruptedException {
        List<String> differences = new ArrayList<>();
        int lines = 0;
        for (Path library : libraries()) {
            Path code = folder.resolve(library.getFileName() + ".bin");
            run("objcopy", "-O", "binary", "-j", ".text", library.toString(), code.toString());
            lines += compare(
                    Files.readAllBytes(code),
                    theirs(code),
                    library.getFileName().toString(),
                    differences);
        }
        assertThat(lines).isGreaterThan(10_000);
        assertThat(differences.subList(0, Math.min(MOST_SHOWN, differences.size())))
                .isEmpty();
    }

    private static List<Path> libraries() throws IOException {
        try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.home"), "lib"))) {
            List<Path> libraries = new ArrayList<>();
            for (Path file : files.sorted().toList()) {
                if (file.toString().endsWith(".so") && Files.size(file) < LARGEST_BYTES) libraries.add(file);
            }
            return libraries;
        }
    }

    private static int compare(byte[] code, List<String> theirs, String name, List<String> differences) {
        List<String> ours = new ArrayList<>();
        new CodeListing(64, Syntax.ATT)
                .list(code, 0, line -> ours.add(Long.toHexString(line.address()) + " " + line.text()));
        if (ours.size() != theirs.size()) differences.add(name + ": " + ours.size() + " lines, not " + theirs.size());
        for (int i = 0; i < Math.min(ours.size(), theirs.size()); i++) {
            if (ours.get(i).equals(theirs.get(i)) || ours.get(i).endsWith("(an EVEX-encoded instruction)")) continue;
            differences.add(name + ": `" + ours.get(i) + "`, objdump `" + theirs.get(i) + "`");
        }
        return ours.size();
    }

    private static List<String> theirs(Path code) throws IOException {
        Process process = new ProcessBuilder(
                        "objdump",
                        "-D",
                        "-w",
                        "-z",
                        "-b",
                        "binary",
                        "-m",
                        "i386:x86-64",
                        "-M",
                        "att,intel64",
                        "" + code)
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        List<String> lines = new ArrayList<>();
        try (BufferedReader output =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                Matcher matcher = LINE.matcher(line);
                if (matcher.matches()) lines.add(matcher.group(1) + " " + matcher.group(2));
            }
        }
        return lines;
    }

    private static void run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .inheritIO()
                .start();
        assertThat(process.waitFor()).as(String.join(" ", command)).isZero();
    }
}
