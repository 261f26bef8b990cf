package dev.trapframe.emulator.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * One recorded case.
 *
 * @param name   group and name, for example {@code open/pf_u}
 * @param folder of the group's traces
 */
record ConformanceCase(String name, Path folder) {

    private static final String STATE_SUFFIX = ".state.json.gz";

    /** All recorded cases, by name. */
    static List<ConformanceCase> all() {
        try (Stream<Path> files = Files.walk(resources().resolve("traces"))) {
            return files.filter(file -> file.toString().endsWith(STATE_SUFFIX))
                    .map(file -> new ConformanceCase(nameOf(file), file.getParent()))
                    .sorted((a, b) -> a.name().compareTo(b.name()))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static ConformanceCase named(String name) {
        return all().stream().filter(one -> one.name().equals(name)).findFirst().orElseThrow();
    }

    /** Name to reason: the lines of not-yet-run.txt, {@code name reason}. */
    static Map<String, String> notYetRun() {
        Map<String, String> result = new LinkedHashMap<>();
        try {
            for (String line : Files.readAllLines(resources().resolve("not-yet-run.txt"))) {
                if (line.isBlank() || line.startsWith("#")) continue;
                String[] parts = line.split("\\s+", 2);
                if (parts.length < 2) throw new IllegalStateException("not-yet-run.txt: no reason given for " + line);
                result.put(parts[0], parts[1]);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return result;
    }

    private static Path resources() {
        URL url = ConformanceCase.class.getResource("/conformance");
        if (url == null) throw new IllegalStateException("the test resources have no folder conformance");
        try {
            return Path.of(url.toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String nameOf(Path file) {
        String fileName = file.getFileName().toString();
        return file.getParent().getFileName() + "/" + fileName.substring(0, fileName.length() - STATE_SUFFIX.length());
    }

    StateFile file() {
        return StateFile.read(folder.resolve(shortName() + STATE_SUFFIX));
    }

    List<JsonNode> reference() {
        return ReferenceTrace.read(folder.resolve(shortName() + ".trace.jsonl.gz"));
    }

    private String shortName() {
        return name.substring(name.indexOf('/') + 1);
    }

    @Override
    public String toString() {
        return name;
    }
}
