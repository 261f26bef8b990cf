package dev.trapframe.server.command;

import dev.trapframe.emulator.format.CodeListing;
import dev.trapframe.emulator.format.Syntax;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code disasm}: machine code in, one line an instruction out: address, colon, tab, text. */
@Command(
        name = "disasm",
        description = "Disassemble machine code, as objdump writes it.",
        mixinStandardHelpOptions = true)
public final class DisasmCommand implements Callable<Integer> {

    @ArgGroup(multiplicity = "1")
    private Source source = new Source();

    @Option(
            names = "--address",
            paramLabel = "ADDRESS",
            defaultValue = "0",
            converter = HexAddress.class,
            description = "Address of the first byte, in hex (${DEFAULT-VALUE}).")
    private long address;

    @Option(names = "--syntax", defaultValue = "att", description = "att or intel (${DEFAULT-VALUE}).")
    private String syntax = "att";

    @Option(names = "--bits", defaultValue = "64", description = "64 or 32: the mode of the code (${DEFAULT-VALUE}).")
    private int bits;

    @Spec
    private CommandSpec spec;

    /** Where the bytes come from. */
    private static final class Source {

        @Option(
                names = "--hex",
                paramLabel = "BYTES",
                arity = "1..*",
                description = "The bytes as hex pairs, with or without blanks.")
        private @Nullable List<String> hex;

        @Option(names = "--file", paramLabel = "FILE", description = "A file of raw bytes; - is standard input.")
        private @Nullable Path file;
    }

    @Override
    public Integer call() {
        if (bits != 32 && bits != 64) throw wrong("--bits is 64 or 32, got " + bits);
        CodeListing listing = new CodeListing(bits, syntax());
        byte[] code;
        try {
            code = bytes();
        } catch (IOException e) {
            spec.commandLine().getErr().println("trapframe: " + source.file + " cannot be read: " + e.getMessage());
            return 1;
        }
        PrintWriter out = spec.commandLine().getOut();
        listing.list(code, address, line -> out.println(Long.toHexString(line.address()) + ":\t" + line.text()));
        out.flush();
        return 0;
    }

    private Syntax syntax() {
        return switch (syntax.toLowerCase(Locale.ROOT)) {
            case "att" -> Syntax.ATT;
            case "intel" -> Syntax.INTEL;
            default -> throw wrong("--syntax is att or intel, got " + syntax);
        };
    }

    private byte[] bytes() throws IOException {
        if (source.file != null) {
            return source.file.toString().equals("-") ? System.in.readAllBytes() : Files.readAllBytes(source.file);
        }
        String digits = String.join("", source.hex == null ? List.of() : source.hex)
                .replaceAll("0[xX](?=[0-9a-fA-F]{2})|\\\\x|[\\s,:_]", "");
        if (!digits.matches("[0-9a-fA-F]*")) {
            String first = digits.replaceFirst("^[0-9a-fA-F]*", "").substring(0, 1);
            throw wrong("--hex takes hex digits, got '" + first + "'");
        }
        if (digits.length() % 2 != 0) throw wrong("--hex takes two digits a byte, got " + digits.length() + " digits");
        return HexFormat.of().parseHex(digits);
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
