package dev.trapframe.emulator.memory;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Values of 1 to 8 bytes in byte arrays, zero-extended when read. */
public final class LittleEndian {

    private static final VarHandle INT16 = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT32 = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT64 = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private LittleEndian() {}

    public static long get(byte[] bytes, int offset, int sizeBytes) {
        return switch (sizeBytes) {
            case 1 -> bytes[offset] & 0xffL;
            case 2 -> (short) INT16.get(bytes, offset) & 0xffffL;
            case 4 -> (int) INT32.get(bytes, offset) & 0xffff_ffffL;
            case 8 -> (long) INT64.get(bytes, offset);
            default -> getBytes(bytes, offset, sizeBytes);
        };
    }

    public static void put(byte[] bytes, int offset, int sizeBytes, long value) {
        switch (sizeBytes) {
            case 1 -> bytes[offset] = (byte) value;
            case 2 -> INT16.set(bytes, offset, (short) value);
            case 4 -> INT32.set(bytes, offset, (int) value);
            case 8 -> INT64.set(bytes, offset, value);
            default -> putBytes(bytes, offset, sizeBytes, value);
        }
    }

    /** The low {@code sizeBytes} bytes of a value. */
    public static long truncate(long value, int sizeBytes) {
        return sizeBytes == 8 ? value : value & (1L << 8 * sizeBytes) - 1;
    }

    private static long getBytes(byte[] bytes, int offset, int sizeBytes) {
        long value = 0;
        for (int i = sizeBytes - 1; i >= 0; i--) value = value << 8 | bytes[offset + i] & 0xff;
        return value;
    }

    private static void putBytes(byte[] bytes, int offset, int sizeBytes, long value) {
        for (int i = 0; i < sizeBytes; i++) bytes[offset + i] = (byte) (value >>> 8 * i);
    }
}
