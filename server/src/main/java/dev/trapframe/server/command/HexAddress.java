package dev.trapframe.server.command;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** An address on the command line: hex, with {@code 0x} or without, 16 digits at the most. */
final class HexAddress implements ITypeConverter<Long> {

    @Override
    public Long convert(String text) {
        String digits = text.replaceFirst("^0[xX]", "").replace("_", "");
        if (digits.matches("[0-9a-fA-F]{1,16}")) return Long.parseUnsignedLong(digits, 16);
        throw new TypeConversionException(
                "'" + text + "' is no address; write it in hex, for example 0xffffffff81000000");
    }
}
