/** Encodings compared with GNU objdump: their generator, the committed answers, and what is different on purpose. */
package dev.trapframe.emulator.corpus;
