package dev.trapframe.emulator.kernels;

import dev.trapframe.emulator.Loader;
import dev.trapframe.emulator.api.BootModule;
import dev.trapframe.emulator.api.MachineState;
import dev.trapframe.emulator.assemble.Assembler;
import dev.trapframe.emulator.assemble.AssemblerOptions;
import dev.trapframe.emulator.assemble.FlatImage;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** The kernels of the folder {@code kernels}, each with what it prints, in QEMU too. */
enum Kernel {
    PRINT_AND_EXIT("print-and-exit"),
    TIMER_INTERRUPTS("timer-interrupts"),
    USER_MODE("user-mode"),
    PLATFORM("platform");

    /** What a user would append to the kernel's command line. */
    static final String APPENDED = "two words";

    /** The one module that each gets, and its file's contents. */
    static final String MODULE_FILE = "module";

    static final String MODULE_TEXT = MODULE_FILE + " x=1";
    static final byte[] MODULE = "first line\n".getBytes(StandardCharsets.US_ASCII);

    private static final long ORIGIN = 0x10_0000;
    private static final String FOLDER = "/dev/trapframe/emulator/kernels/";

    private final String fileName;

    Kernel(String fileName) {
        this.fileName = fileName;
    }

    /** A multiboot kernel with address fields, made by our assembler. */
    byte[] file() {
        AssemblerOptions options = AssemblerOptions.flat(ORIGIN, name -> Optional.of(read(name)));
        return FlatImage.of(new Assembler(options).assembleAll(fileName + ".S", read(fileName + ".S")))
                .bytes();
    }

    /** The machine before its first instruction. */
    MachineState state() {
        return Loader.multiboot(file(), fileName + " " + APPENDED, List.of(new BootModule(MODULE, MODULE_TEXT)));
    }

    String expectedOutput() {
        return read(fileName + ".expected");
    }

    private static String read(String name) {
        try (InputStream in = Kernel.class.getResourceAsStream(FOLDER + name)) {
            if (in == null) throw new IllegalArgumentException("there is no " + FOLDER + name);
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
