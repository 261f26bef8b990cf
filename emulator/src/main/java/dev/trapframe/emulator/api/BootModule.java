package dev.trapframe.emulator.api;

/**
 * A file that a boot loader puts into memory for a kernel.
 *
 * @param bytes contents
 * @param text  what the kernel finds with it: by custom the file's name and arguments
 */
public record BootModule(byte[] bytes, String text) {}
