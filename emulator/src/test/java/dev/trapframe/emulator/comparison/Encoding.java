package dev.trapframe.emulator.comparison;

import dev.trapframe.emulator.decode.CodeMode;
import java.util.HexFormat;

/**
 * The bytes of one instruction.
 *
 * @param hex lower case, two digits for each byte
 */
record Encoding(CodeMode mode, String hex) {

    byte[] bytes() {
        return HexFormat.of().parseHex(hex);
    }
}
