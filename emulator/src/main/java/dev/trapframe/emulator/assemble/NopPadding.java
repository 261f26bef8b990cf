package dev.trapframe.emulator.assemble;

import java.util.Arrays;
import java.util.HexFormat;

/** The no-operations that GNU as pads 64-bit code with. */
final class NopPadding {

    private static final byte[][] NOPS = Arrays.stream(new String[] {
                "90",
                "6690",
                "0f1f00",
                "0f1f4000",
                "0f1f440000",
                "660f1f440000",
                "0f1f8000000000",
                "0f1f840000000000",
                "660f1f840000000000",
                "662e0f1f840000000000",
                "66662e0f1f840000000000"
            })
            .map(HexFormat.of()::parseHex)
            .toArray(byte[][]::new);

    private NopPadding() {}

    /** The longest ones first, the rest last. */
    static byte[] bytes(int count) {
        byte[] padding = new byte[count];
        int position = 0;
        while (position < count) {
            byte[] nop = NOPS[Math.min(count - position, NOPS.length) - 1];
            System.arraycopy(nop, 0, padding, position, nop.length);
            position += nop.length;
        }
        return padding;
    }
}
