package dev.trapframe.emulator.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The other half of {@link KernelsTest}: what the kernels are expected to print is what another machine prints. */
@Tag("qemu")
@DisplayName("Our multiboot kernels in QEMU")
class QemuTest {

    private static final String QEMU = "qemu-system-x86_64";
    private static final int PATIENCE_SECONDS = 60;
    /** QEMU's isa-debug-exit makes 2 * 0 + 1 of the code 0. */
    private static final int STATUS_OF_0 = 1;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @EnumSource
    @DisplayName("print the same and exit with 0")
    void printTheSame(Kernel kernel) throws IOException, InterruptedException {
        assumeTrue(isInstalled(), QEMU + " is not installed");
        Path file = Files.write(folder.resolve("kernel"), kernel.file());
        Files.write(folder.resolve(Kernel.MODULE_FILE), Kernel.MODULE);
        Path serial = folder.resolve("serial");
        Process qemu = new ProcessBuilder(arguments(file, serial))
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile())
                .start();
        boolean ended = qemu.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (!ended) qemu.destroyForcibly().waitFor();

        assertThat(Files.readString(serial, StandardCharsets.ISO_8859_1)).isEqualTo(kernel.expectedOutput());
        assertThat(ended).as("QEMU ended by itself").isTrue();
        assertThat(qemu.exitValue()).isEqualTo(STATUS_OF_0);
    }

    private static List<String> arguments(Path kernel, Path serial) {
        return List.of(
                QEMU,
                "-accel",
                "tcg",
                "-kernel",
                kernel.toString(),
                "-append",
                Kernel.APPENDED,
                "-initrd",
                Kernel.MODULE_TEXT,
                "-serial",
                "file:" + serial,
                "-monitor",
                "none",
                "-display",
                "none",
                "-no-reboot",
                "-device",
                "isa-debug-exit,iobase=0xf4,iosize=4");
    }

    private static boolean isInstalled() {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(place -> Files.isExecutable(Path.of(place, QEMU)));
    }
}
