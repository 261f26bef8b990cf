package dev.trapframe.server.command;

import dev.trapframe.emulator.assemble.Assembler;
import dev.trapframe.emulator.assemble.AssemblerOptions;
import dev.trapframe.emulator.assemble.Assembly;
import dev.trapframe.emulator.assemble.AssemblyFailed;
import dev.trapframe.emulator.assemble.ElfWriter;
import dev.trapframe.emulator.assemble.FlatImage;
import dev.trapframe.emulator.assemble.Listing;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code asm}: GNU assembly source in, bytes, hex digits, a listing or an ELF file out. */
@Command(name = "asm", description = "Assemble GNU as source, as GNU as and ld do.", mixinStandardHelpOptions = true)
public final class AsmCommand implements Callable<Integer> {

    private static final Path STANDARD_OUTPUT = Path.of("-");

    @Parameters(paramLabel = "FILE.S", description = "The source; it may include files of its own folder.")
    private @Nullable Path source;

    @Option(
            names = "--origin",
            paramLabel = "ADDRESS",
            defaultValue = "0",
            converter = HexAddress.class,
            description = "Address of the first byte, in hex (${DEFAULT-VALUE}); sections follow each other.")
    private long origin;

    @Option(
            names = "--format",
            defaultValue = "hex",
            description = "${COMPLETION-CANDIDATES}: the bytes, the bytes as hex digits, the source with the bytes it"
                    + " became, or an ELF64 file (${DEFAULT-VALUE}).")
    private Format format = Format.hex;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "OUT",
            defaultValue = "-",
            description = "File to write; - is standard output (${DEFAULT-VALUE}).")
    private Path output = STANDARD_OUTPUT;

    @Option(names = "--intel", description = "The source begins in Intel syntax, as after .intel_syntax noprefix.")
    private boolean intel;

    @Spec
    private CommandSpec spec;

    /** What is written; the names are those of the command line. */
    private enum Format {
        bin,
        hex,
        listing,
        elf
    }

    @Override
    public Integer call() {
        if (source == null) throw new IllegalStateException("picocli requires FILE.S");
        Path folder = source.toAbsolutePath().normalize().getParent();
        try {
            AssemblerOptions options =
                    AssemblerOptions.flat(origin, new SourceFolder(folder)).withIntelSyntax(intel);
            Assembly assembly = new Assembler(options).assembleAll(source.toString(), Files.readString(source));
            assembly.warnings().forEach(this::complain);
            write(assembly);
            return 0;
        } catch (AssemblyFailed e) {
            e.diagnostics().forEach(this::complain);
        } catch (CharacterCodingException e) {
            complain("trapframe: " + source + " is no UTF-8 text");
        } catch (IOException e) {
            complain("trapframe: " + reason(e));
        } catch (UncheckedIOException e) {
            complain("trapframe: " + reason(e.getCause()));
        } catch (IllegalArgumentException e) {
            complain("trapframe: " + e.getMessage());
        }
        return 1;
    }

    private static String reason(IOException failure) {
        String what = failure.getMessage();
        if (failure instanceof NoSuchFileException) return what + ": there is no such file or folder";
        if (failure instanceof AccessDeniedException) return what + ": permission denied";
        if (failure instanceof CharacterCodingException) return "an included file is no UTF-8 text";
        return String.valueOf(what);
    }

    private void complain(Object message) {
        PrintWriter err = spec.commandLine().getErr();
        err.println(message);
        err.flush();
    }

    private void write(Assembly assembly) throws IOException {
        switch (format) {
            case bin -> write(FlatImage.of(assembly).bytes());
            case elf -> write(ElfWriter.write(assembly));
            case hex -> write(HexFormat.of().formatHex(FlatImage.of(assembly).bytes()) + "\n");
            case listing -> write(Listing.of(assembly));
        }
    }

    private void write(String text) throws IOException {
        if (output.equals(STANDARD_OUTPUT)) {
            spec.commandLine().getOut().print(text);
            spec.commandLine().getOut().flush();
        } else {
            Files.writeString(output, text);
        }
    }

    private void write(byte[] bytes) throws IOException {
        if (output.equals(STANDARD_OUTPUT)) {
            // Not the writer of the command line: bytes are no text.
            System.out.write(bytes);
            System.out.flush();
        } else {
            Files.write(output, bytes);
        }
    }
}
