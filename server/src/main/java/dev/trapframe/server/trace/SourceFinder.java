package dev.trapframe.server.trace;

import dev.trapframe.emulator.api.Program;
import dev.trapframe.emulator.api.Program.SourceLine;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/** Finds where the kernel has the code that one of our programs has under the same name. */
final class SourceFinder {

    private final Messages messages;
    private final Program program;
    private final NavigableMap<Long, String> functions = new TreeMap<>(Long::compareUnsigned);

    SourceFinder(Messages messages, Program program) {
        this.messages = messages;
        this.program = program;
        for (Map.Entry<String, Long> symbol : program.symbols().entrySet()) {
            if (isFunction(symbol.getKey(), symbol.getValue())) functions.put(symbol.getValue(), symbol.getKey());
        }
    }

    /** The kernel's file and symbol for the code at a linear address; empty if it is not named after the kernel's. */
    Optional<String> kernelSource(long linear) {
        SourceLine line = program.lines().get(linear);
        if (line != null && !line.macro().isEmpty() && messages.has("macro." + line.macro())) {
            return messages.find("macro." + line.macro());
        }
        Map.Entry<Long, String> function = functions.floorEntry(linear);
        return function == null ? Optional.empty() : messages.find("symbol." + function.getValue());
    }

    private boolean isFunction(String name, long linear) {
        if (name.startsWith(".L")) return false;
        return program.sections().stream()
                .filter(section -> section.loaded() && section.executable())
                .anyMatch(section ->
                        linear - section.linear() >= 0 && linear - section.linear() < section.bytes().length);
    }
}
