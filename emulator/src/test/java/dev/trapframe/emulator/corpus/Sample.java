package dev.trapframe.emulator.corpus;

import dev.trapframe.emulator.decode.CodeMode;
import java.util.HexFormat;

/**
 * An encoding and what objdump makes of it.
 *
 * @param known false: objdump writes (bad)
 * @param att   empty: only the length is known
 * @param intel likewise
 */
record Sample(CodeMode mode, byte[] bytes, boolean known, String att, String intel) {

    String hex() {
        return HexFormat.of().formatHex(bytes);
    }

    int bits() {
        return switch (mode) {
            case LONG_64 -> 64;
            case CODE_32 -> 32;
            case CODE_16 -> 16;
        };
    }

    static CodeMode mode(int bits) {
        return switch (bits) {
            case 64 -> CodeMode.LONG_64;
            case 32 -> CodeMode.CODE_32;
            case 16 -> CodeMode.CODE_16;
            default -> throw new IllegalArgumentException("code of " + bits + " bits");
        };
    }

    @Override
    public String toString() {
        return bits() + "-bit " + hex();
    }
}
