package dev.trapframe.server.scenario;

import org.jspecify.annotations.Nullable;

/**
 * One instruction of a program, as it is listed.
 *
 * @param linear address of its first byte
 * @param bytes  hex pairs
 * @param att    AT&amp;T syntax
 * @param intel  Intel syntax
 * @param file   where it stands in the source, null if nowhere; {@code line} from 1
 * @param note   the comment of that line; null if there is none
 */
public record CodeLine(
        long linear,
        String bytes,
        String att,
        String intel,
        @Nullable String file,
        int line,
        @Nullable String note) {}
