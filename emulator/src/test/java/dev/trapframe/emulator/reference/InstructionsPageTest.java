package dev.trapframe.emulator.reference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.InstructionReference;
import dev.trapframe.emulator.api.InstructionCatalog.Entry;
import dev.trapframe.emulator.api.InstructionCatalog.Support;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("docs/instructions.md")
class InstructionsPageTest {

    private static final Path PAGE = Path.of("../docs/instructions.md");
    private static final Path TESTS = Path.of("src/test/java/dev/trapframe/emulator");

    @Test
    @DisplayName("is what the table makes of it")
    void isGenerated() throws IOException {
        assertThat(Files.readString(PAGE))
                .as("write it anew: java -cp emulator/target/classes:emulator/target/test-classes"
                        + " dev.trapframe.emulator.reference.InstructionsPage docs/instructions.md")
                .isEqualTo(InstructionsPage.text());
    }

    @Test
    @DisplayName("names as emulated only what a test of execution names")
    void emulatedIsTested() throws IOException {
        StringBuilder tests = new StringBuilder();
        for (String folder : List.of("execute", "cpu", "delivery")) {
            try (Stream<Path> files = Files.walk(TESTS.resolve(folder))) {
                for (Path file : files.filter(Files::isRegularFile).toList()) tests.append(Files.readString(file));
            }
        }
        String text = tests.toString().toUpperCase(Locale.ROOT);
        assertThat(InstructionReference.catalog().groups().stream()
                        .flatMap(group -> group.entries().stream())
                        .filter(entry -> entry.support() == Support.EMULATED)
                        .map(Entry::mnemonic)
                        .distinct()
                        .filter(mnemonic -> !isNamed(text, mnemonic)))
                .as("emulated, and in no test of execute, cpu or delivery")
                .isEmpty();
    }

    /** By itself, or made of a stem and a condition: {@code valueOf("SET" + name)} beside {@code "NE"}. */
    private static boolean isNamed(String text, String mnemonic) {
        if (Pattern.compile("\\b" + mnemonic.replace(' ', '_') + "\\b")
                .matcher(text)
                .find()) return true;
        return Stream.of("CMOV", "SET", "J")
                .filter(mnemonic::startsWith)
                .anyMatch(stem -> text.contains("VALUEOF(\"" + stem + "\" + NAME)")
                        && text.contains("\"" + mnemonic.substring(stem.length()) + "\""));
    }
}
