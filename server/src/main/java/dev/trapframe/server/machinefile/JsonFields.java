package dev.trapframe.server.machinefile;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;

/**
 * One value of a machine-state file and where it stands. Numbers are lower-case hex strings without {@code 0x}; JSON
 * integers are taken too.
 *
 * @param path as a JSON pointer, for example {@code /regs/rip}
 */
record JsonFields(JsonNode node, String path) {

    private static final int MAX_HEX_DIGITS = 16;

    /** The value called {@code name}, which has to be there. */
    JsonFields required(String name) throws BadMachineFile {
        JsonNode child = node.get(name);
        if (child == null || child.isNull()) throw new BadMachineFile(path + "/" + name + " is missing");
        return new JsonFields(child, path + "/" + name);
    }

    boolean has(String name) {
        return node.hasNonNull(name);
    }

    /** The object called {@code name}, which has to be there. */
    JsonFields object(String name) throws BadMachineFile {
        JsonFields child = required(name);
        if (!child.node.isObject()) throw child.wrong("an object");
        return child;
    }

    Iterable<Map.Entry<String, JsonNode>> entries() {
        return node.properties();
    }

    JsonFields entry(Map.Entry<String, JsonNode> entry) {
        return new JsonFields(entry.getValue(), path + "/" + entry.getKey());
    }

    /** Element {@code index} of an array of {@code count}. */
    JsonFields element(int index, int count) throws BadMachineFile {
        if (!node.isArray() || node.size() != count) throw wrong("an array of " + count + " values");
        return new JsonFields(node.get(index), path + "/" + index);
    }

    int arrayLength() throws BadMachineFile {
        if (!node.isArray()) throw wrong("an array");
        return node.size();
    }

    String text() throws BadMachineFile {
        if (!node.isTextual()) throw wrong("a string");
        return node.textValue();
    }

    /** An unsigned number of 64 bits. */
    long number() throws BadMachineFile {
        if (node.isIntegralNumber() && node.canConvertToLong()) return node.longValue();
        if (!node.isTextual()) throw wrong("a hex string without 0x");
        return hex(node.textValue());
    }

    /** A number from 0 to {@code max}. */
    int number(int max) throws BadMachineFile {
        long value = number();
        if (value < 0 || value > max) throw wrong("a number from 0 to " + Integer.toHexString(max) + " (hex)");
        return (int) value;
    }

    /** The number that {@code text}, which belongs to this value, writes in hex. */
    long hex(String text) throws BadMachineFile {
        if (!text.matches("[0-9a-fA-F]{1," + MAX_HEX_DIGITS + "}"))
            throw wrong("a hex number of at most 16 digits without 0x");
        return Long.parseUnsignedLong(text, 16);
    }

    BadMachineFile wrong(String expected) {
        String found = node.toString();
        String shown = found.length() > 40 ? found.substring(0, 40) + "…" : found;
        return new BadMachineFile(path + " is " + shown + "; expected " + expected);
    }
}
