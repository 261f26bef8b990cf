package dev.trapframe.server.command;

import dev.trapframe.emulator.Loader;
import dev.trapframe.emulator.api.BootModule;
import dev.trapframe.emulator.api.MachineState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options that name a program to start, instead of a machine state. */
final class StartOptions {

    @Option(
            names = "--elf",
            paramLabel = "FILE",
            description = "Start a linked ELF64 executable at its entry, in 64-bit mode.")
    private @Nullable Path elf;

    @Option(
            names = "--flat",
            paramLabel = "FILE",
            description = "Start bare machine code at its first byte, in 64-bit mode.")
    private @Nullable Path flat;

    @Option(
            names = "--origin",
            paramLabel = "ADDRESS",
            converter = HexAddress.class,
            description = "With --flat: linear address of the first byte, in hex (0).")
    private @Nullable Long origin;

    @Option(
            names = "--multiboot",
            paramLabel = "FILE",
            description = "Start a kernel as a multiboot boot loader does, in 32-bit protected mode.")
    private @Nullable Path multiboot;

    @Option(
            names = "--append",
            paramLabel = "TEXT",
            description = "With --multiboot: the kernel's command line behind its file name.")
    private @Nullable String append;

    @Option(
            names = "--module",
            paramLabel = "FILE [TEXT]",
            description = "With --multiboot: a file for the kernel, and with a blank between them a text; in one word,"
                    + " as in --module 'disk.img root=ram'. May be repeated.")
    private List<String> modules = List.of();

    /** What is wrong with the options; empty if nothing is. */
    Optional<String> mistake(boolean withStates) {
        List<String> sources = new ArrayList<>();
        if (withStates) sources.add("STATE");
        if (elf != null) sources.add("--elf");
        if (flat != null) sources.add("--flat");
        if (multiboot != null) sources.add("--multiboot");
        if (sources.isEmpty()) {
            return Optional.of("what to run is missing: machine states, or one of --elf, --flat, --multiboot");
        }
        if (sources.size() > 1) return Optional.of(String.join(" and ", sources) + " exclude each other");
        if (origin != null && flat == null) return Optional.of("--origin goes with --flat");
        if (append != null && multiboot == null) return Optional.of("--append goes with --multiboot");
        if (!modules.isEmpty() && multiboot == null) return Optional.of("--module goes with --multiboot");
        return Optional.empty();
    }

    /** The file to start; empty if machine states are run instead. */
    Optional<Path> file() {
        return Stream.of(Optional.ofNullable(elf), Optional.ofNullable(flat), Optional.ofNullable(multiboot))
                .flatMap(Optional::stream)
                .findFirst();
    }

    /**
     * The machine before the program's first instruction.
     *
     * @throws IllegalArgumentException if the file cannot start; the message says why
     * @throws IOException              if a file cannot be read
     */
    MachineState state() throws IOException {
        if (elf != null) return Loader.elf(Files.readAllBytes(elf));
        if (flat != null) return Loader.flat(Files.readAllBytes(flat), origin == null ? 0 : origin);
        if (multiboot == null) throw new IllegalStateException("no program is named");
        List<BootModule> files = new ArrayList<>();
        for (String module : modules) files.add(new BootModule(Files.readAllBytes(moduleFile(module)), module));
        // As QEMU's -kernel and -append: a blank stands behind the file's name even if nothing follows.
        String commandLine = multiboot + " " + (append == null ? "" : append);
        return Loader.multiboot(Files.readAllBytes(multiboot), commandLine, files);
    }

    /** What stands before the first blank, unless all of it is a file's name. */
    private static Path moduleFile(String module) {
        Path whole = Path.of(module);
        int blank = module.indexOf(' ');
        return blank < 0 || Files.exists(whole) ? whole : Path.of(module.substring(0, blank));
    }
}
