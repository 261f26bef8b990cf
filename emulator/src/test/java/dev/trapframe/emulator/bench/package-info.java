/** Benchmarks, run by {@code trapframe bench}; no test. docs/performance.md says what each figure means. */
package dev.trapframe.emulator.bench;
