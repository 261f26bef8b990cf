package dev.trapframe.emulator.assemble;

/** What one directive does; the scanner stands after its name. */
@FunctionalInterface
interface Directive {

    void execute(Scanner scanner, Statement statement);
}
