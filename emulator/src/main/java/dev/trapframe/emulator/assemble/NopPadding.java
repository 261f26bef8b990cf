package dev.trapframe.emulator.assemble;

import java.util.Arrays;
import java.util.HexFormat;

/** The no-operations that GNU as pads code of 64-bit objects with. */
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
    private static final int MAX_LONGEST = 7;
    private static final int SHORT_JUMP = 0xEB;
    private static final int NEAR_JUMP = 0xE9;

    private NopPadding() {}

    /** The longest ones first, the rest last; where these are too many, a jump over them. */
    static byte[] bytes(int count) {
        byte[] padding = new byte[count];
        fill(padding, count / NOPS.length > MAX_LONGEST ? jump(padding) : 0, NOPS.length);
        return padding;
    }

    /** Without jump. */
    static byte[] bytes(int count, int longest) {
        byte[] padding = new byte[count];
        fill(padding, 0, longest);
        return padding;
    }

    private static void fill(byte[] padding, int from, int longest) {
        int position = from;
        while (position < padding.length) {
            byte[] nop = NOPS[Math.min(padding.length - position, longest) - 1];
            System.arraycopy(nop, 0, padding, position, nop.length);
            position += nop.length;
        }
    }

    /** Where the no-operations go on. */
    private static int jump(byte[] padding) {
        int distance = padding.length - 2;
        if (distance <= Byte.MAX_VALUE) {
            padding[0] = (byte) SHORT_JUMP;
            padding[1] = (byte) distance;
            return 2;
        }
        padding[0] = (byte) NEAR_JUMP;
        int far = padding.length - 1 - Integer.BYTES;
        for (int i = 0; i < Integer.BYTES; i++) padding[1 + i] = (byte) (far >>> Byte.SIZE * i);
        return 1 + Integer.BYTES;
    }
}
