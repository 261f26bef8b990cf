package dev.trapframe.server.command;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A number of bytes on the command line: decimal, with K, M or G behind it for powers of 1,024. */
final class MemorySize implements ITypeConverter<Long> {

    private static final Pattern SIZE = Pattern.compile("([0-9]{1,9})([KMG]?)");

    @Override
    public Long convert(String text) {
        Matcher matcher = SIZE.matcher(text.toUpperCase(Locale.ROOT));
        if (matcher.matches()) {
            int power = " KMG".indexOf(matcher.group(2).isEmpty() ? " " : matcher.group(2));
            return Long.parseLong(matcher.group(1)) << 10 * power;
        }
        throw new TypeConversionException("'" + text + "' is no size; write bytes, or for example 64M");
    }
}
