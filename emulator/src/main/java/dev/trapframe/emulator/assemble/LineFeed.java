package dev.trapframe.emulator.assemble;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Hands out statements: of the file, of what it includes, of what it expands. */
final class LineFeed {

    private final int maxDepth;
    private final Deque<Frame> frames = new ArrayDeque<>();

    LineFeed(int maxDepth) {
        this.maxDepth = maxDepth;
    }

    /** What is read at one level; {@code macro} frames end at .exitm. */
    private static final class Frame {
        private final Deque<RawLine> lines;
        private final CommentStripper stripper = new CommentStripper();
        private final boolean macro;
        private final int conditionalDepth;

        Frame(List<RawLine> lines, boolean macro, int conditionalDepth) {
            this.lines = new ArrayDeque<>(lines);
            this.macro = macro;
            this.conditionalDepth = conditionalDepth;
        }
    }

    static List<RawLine> linesOf(String file, String text, List<String> trail) {
        List<RawLine> lines = new ArrayList<>();
        int number = 0;
        for (String line : text.split("\r?\n", -1)) lines.add(new RawLine(file, ++number, line, "", trail));
        return lines;
    }

    /** @param conditionalDepth open .if around the expansion, for .exitm */
    void push(List<RawLine> lines, boolean macro, int conditionalDepth) {
        if (frames.size() >= maxDepth) {
            throw new SourceError("expansions and includes are nested deeper than " + maxDepth + " levels");
        }
        frames.push(new Frame(lines, macro, conditionalDepth));
    }

    /** Null at the end of everything. */
    @Nullable
    Statement next() {
        while (!frames.isEmpty()) {
            Frame frame = frames.peek();
            RawLine line = frame.lines.poll();
            if (line == null) {
                frames.pop();
                continue;
            }
            return first(frame, line);
        }
        return null;
    }

    /** The first statement of a line; the others go back, in their columns. */
    private static Statement first(Frame frame, RawLine line) {
        List<CommentStripper.Piece> pieces = frame.stripper.pieces(line.text());
        CommentStripper.Piece piece = pieces.get(0);
        if (pieces.size() > 1) {
            StringBuilder rest = new StringBuilder();
            for (CommentStripper.Piece later : pieces.subList(1, pieces.size())) {
                if (rest.length() > 0) rest.append(';');
                rest.append(" ".repeat(later.column() - rest.length())).append(later.text());
            }
            frame.lines.addFirst(line.withText(rest.toString()));
        }
        return new Statement(line.origin(), piece.column(), piece.text());
    }

    /**
     * The lines up to the one that ends a body; that one is taken too.
     *
     * @param openers words that begin a body of the same kind
     */
    List<RawLine> body(Set<String> openers, String closer) {
        List<RawLine> body = new ArrayList<>();
        int depth = 1;
        Frame frame = frames.peek();
        while (frame != null && !frame.lines.isEmpty()) {
            RawLine line = frame.lines.poll();
            String word = line.firstWord();
            if (openers.contains(word)) depth++;
            if (word.equals(closer) && --depth == 0) return body;
            body.add(line);
        }
        throw new SourceError("`" + closer + "` is missing");
    }

    /** Leaves the innermost macro; the number of .if that were open when it was entered. */
    int exitMacro() {
        while (!frames.isEmpty()) {
            Frame frame = frames.pop();
            if (frame.macro) return frame.conditionalDepth;
        }
        throw new SourceError(".exitm outside of a macro");
    }
}
