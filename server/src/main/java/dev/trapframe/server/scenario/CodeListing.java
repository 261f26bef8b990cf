package dev.trapframe.server.scenario;

import dev.trapframe.emulator.api.Program;
import dev.trapframe.emulator.api.Program.Section;
import dev.trapframe.emulator.api.Program.SourceLine;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/** Lists a program's executable sections, one line for each instruction of the source map. */
final class CodeListing {

    private CodeListing() {}

    static List<CodeLine> of(Program program, Toolchain tools) {
        List<CodeLine> lines = new ArrayList<>();
        for (Section section : program.sections()) {
            if (section.loaded() && section.executable()) list(program, section, tools, lines);
        }
        return lines;
    }

    private static void list(Program program, Section section, Toolchain tools, List<CodeLine> lines) {
        long end = section.linear() + section.bytes().length;
        SortedMap<Long, SourceLine> map = program.lines();
        List<Long> starts = map.keySet().stream()
                .filter(linear -> linear - section.linear() >= 0 && linear - end < 0)
                .sorted(Long::compareUnsigned)
                .toList();
        for (int i = 0; i < starts.size(); i++) {
            long linear = starts.get(i);
            long next = i + 1 < starts.size() ? starts.get(i + 1) : end;
            byte[] bytes = Arrays.copyOfRange(
                    section.bytes(), (int) (linear - section.linear()), (int) (next - section.linear()));
            SourceLine source = map.get(linear);
            lines.add(new CodeLine(
                    linear,
                    HexFormat.of().formatHex(bytes),
                    tools.att(bytes, linear),
                    tools.intel(bytes, linear),
                    source.file(),
                    source.line(),
                    comment(source.text())));
        }
    }

    /** What stands after the first {@code #} that is no part of a string; null if nothing does. */
    static @Nullable String comment(String line) {
        boolean quoted = false;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (c == '"' && (i == 0 || line.charAt(i - 1) != '\\')) quoted = !quoted;
            if (c == '#' && !quoted) {
                String comment = line.substring(i + 1).strip();
                return comment.isEmpty() ? null : comment;
            }
        }
        return null;
    }
}
