package dev.trapframe.emulator.cpu;

import dev.trapframe.emulator.execute.Semantics;
import dev.trapframe.emulator.isa.Instruction;

/** An instruction with the method that executes it. */
record CachedInstruction(Instruction instruction, Semantics semantics) {}
