package dev.trapframe.emulator;

import dev.trapframe.emulator.api.BootModule;
import dev.trapframe.emulator.api.MachineState;
import dev.trapframe.emulator.load.BareMachine;
import dev.trapframe.emulator.load.MultibootMachine;
import java.util.List;

/**
 * Machines that are about to run what a file has: {@link Machine#load(MachineState)} takes what comes out. docs/programs.md
 * says what each finds when it starts.
 *
 * <p>All methods throw {@link IllegalArgumentException} for a file that cannot start; the message names the place in it and
 * what would be right.
 */
public final class Loader {

    private Loader() {}

    /** A linked ELF64 executable, at its entry, in 64-bit mode. */
    public static MachineState elf(byte[] file) {
        return BareMachine.ofElf(file);
    }

    /**
     * Bare machine code, at its first byte, in 64-bit mode.
     *
     * @param origin linear address of the first byte
     */
    public static MachineState flat(byte[] code, long origin) {
        return BareMachine.ofFlat(code, origin);
    }

    /**
     * A kernel as a multiboot boot loader starts it: 32-bit protected mode without paging.
     *
     * @param commandLine the kernel finds it as it is; by custom it begins with the kernel's file name
     */
    public static MachineState multiboot(byte[] kernel, String commandLine, List<BootModule> modules) {
        return MultibootMachine.of(kernel, commandLine, modules);
    }
}
