package dev.trapframe.server.scenario;

import dev.trapframe.emulator.api.Program;

/**
 * A program of the library, assembled.
 *
 * @param name   file name without {@code .S}
 * @param title  first sentence of the file's first comment
 * @param sha256 content hash over the file and every file it includes, 64 hex digits
 */
public record LibraryProgram(String name, String title, String sha256, Program program) {}
