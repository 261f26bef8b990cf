package dev.trapframe.server.scenario;

import dev.trapframe.emulator.api.Program;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The programs that scenarios may name: {@code *.S} of a folder, with what they include from its {@code include} folder.
 * Each is assembled when it is first asked for, and again when a file of it has changed. Thread-safe.
 */
public final class ProgramLibrary {

    private static final String SUFFIX = ".S";
    private static final Pattern INCLUDE = Pattern.compile("^\\s*\\.include\\s+\"([^\"]+)\"", Pattern.MULTILINE);
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,63}");

    private final Path folder;
    private final Toolchain tools;
    private final Map<String, LibraryProgram> assembled = new ConcurrentHashMap<>();

    /** @param folder {@code lessons/programs}, in the working tree or in a jar's file system */
    public ProgramLibrary(Path folder, Toolchain tools) {
        this.folder = folder;
        this.tools = tools;
    }

    /** Names of all programs, sorted. */
    public List<String> names() {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(SUFFIX))
                    .map(name -> name.substring(0, name.length() - SUFFIX.length()))
                    .filter(name -> NAME.matcher(name).matches())
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list the programs of " + folder, e);
        }
    }

    /**
     * The program with this name, as its files now are.
     *
     * @throws BadProgram if it does not assemble
     */
    public Optional<LibraryProgram> byName(String name) {
        if (!NAME.matcher(name).matches()) return Optional.empty();
        Path file = folder.resolve(name + SUFFIX);
        if (!Files.isRegularFile(file)) return Optional.empty();
        Map<String, String> files = filesOf(name + SUFFIX);
        String sha256 = contentHash(files);
        LibraryProgram known = assembled.get(name);
        if (known != null && known.sha256().equals(sha256)) return Optional.of(known);
        LibraryProgram program = assemble(name, sha256, files);
        assembled.put(name, program);
        return Optional.of(program);
    }

    /**
     * The program with this content hash.
     *
     * @throws BadProgram if it does not assemble
     */
    public Optional<LibraryProgram> byHash(String sha256) {
        for (LibraryProgram known : assembled.values()) {
            if (known.sha256().equals(sha256))
                return byName(known.name()).filter(now -> now.sha256().equals(sha256));
        }
        for (String name : names()) {
            if (contentHash(filesOf(name + SUFFIX)).equals(sha256)) return byName(name);
        }
        return Optional.empty();
    }

    private LibraryProgram assemble(String name, String sha256, Map<String, String> files) {
        String fileName = name + SUFFIX;
        String source = files.get(fileName);
        Program program = tools.assemble(fileName, source, include -> Optional.ofNullable(files.get(include)));
        return new LibraryProgram(name, title(name, source), sha256, program, CodeListing.of(program, tools));
    }

    /** The file and all that it includes, in the order in which they are first named; includes that are missing are left out. */
    private Map<String, String> filesOf(String fileName) {
        Map<String, String> files = new LinkedHashMap<>();
        collect(fileName, folder.resolve(fileName), files);
        return files;
    }

    private void collect(String name, Path file, Map<String, String> files) {
        if (files.containsKey(name) || !Files.isRegularFile(file)) return;
        String text = read(file);
        files.put(name, text);
        Matcher includes = INCLUDE.matcher(text);
        while (includes.find()) {
            String included = includes.group(1);
            Path path = folder.resolve("include").resolve(included).normalize();
            if (path.startsWith(folder)) collect(included, path, files);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new BadProgram(file + ": cannot be read: " + e.getMessage(), e);
        }
    }

    /** SHA-256 over, for each file: its name, a zero byte, its length in bytes as decimal digits, a zero byte, its bytes. */
    static String contentHash(Map<String, String> files) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (Map.Entry<String, String> file : files.entrySet()) {
            byte[] bytes = file.getValue().getBytes(StandardCharsets.UTF_8);
            all.writeBytes(file.getKey().getBytes(StandardCharsets.UTF_8));
            all.write(0);
            all.writeBytes(Integer.toString(bytes.length).getBytes(StandardCharsets.US_ASCII));
            all.write(0);
            all.writeBytes(bytes);
        }
        return Sha256.hex(all.toByteArray());
    }

    private static String title(String name, String source) {
        String first = source.lines().findFirst().orElse("").strip();
        return first.startsWith("#") && first.length() > 1 ? first.substring(1).strip() : name;
    }
}
