package dev.trapframe.emulator.isa;

/**
 * What a VEX encoding asks of VEX.L and VEX.W.
 *
 * <p>Source: Intel SDM Vol. 2A, "Instruction Column in the Instruction Summary Table (Instructions with VEX prefix)".
 *
 * @param l 0 or 1; -1: ignored
 * @param w 0 or 1; -1: ignored
 */
public record Vex(int l, int w) {

    public boolean permits(int actualL, int actualW) {
        return (l < 0 || l == actualL) && (w < 0 || w == actualW);
    }
}
