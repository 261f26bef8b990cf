package dev.trapframe.emulator.assemble;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/** Hands out statements: of the file, of what it includes, of what it expands. */
final class LineFeed {

    private final int maxDepth;
    private final IntConsumer frameEnd;
    private final Deque<Frame> frames = new ArrayDeque<>();

    /** @param frameEnd is told how many .if were open around what ends */
    LineFeed(int maxDepth, IntConsumer frameEnd) {
        this.maxDepth = maxDepth;
        this.frameEnd = frameEnd;
    }

    /**
     * What is read at one level.
     *
     * @param macro            .exitm ends it
     * @param conditionalDepth open .if around it
     */
    private record Frame(Iterator<Statement> statements, boolean macro, int conditionalDepth) {}

    /** The statements of a file; a comment that does not end is an error. */
    static List<Statement> statementsOf(String file, String text, List<String> trail) {
        List<Statement> statements = new ArrayList<>();
        CommentStripper stripper = new CommentStripper();
        int number = 0;
        int commentLine = 0;
        for (String line : text.split("\r?\n", -1)) {
            number++;
            boolean open = stripper.inBlockComment();
            Origin origin = new Origin(file, number, line, "", trail);
            for (CommentStripper.Piece piece : stripper.pieces(line)) {
                statements.add(new Statement(origin, piece.column(), piece.text(), null));
            }
            if (stripper.inBlockComment() && !open) commentLine = number;
        }
        if (stripper.inBlockComment()) {
            throw new SourceError("the comment `/*` of line " + commentLine + " of " + file + " does not end");
        }
        return statements;
    }

    /** @param conditionalDepth open .if around what is pushed, for .exitm and the end */
    void push(Iterator<Statement> statements, boolean macro, int conditionalDepth) {
        if (frames.size() >= maxDepth) {
            throw SourceError.last("expansions and includes are nested deeper than " + maxDepth + " levels");
        }
        frames.push(new Frame(statements, macro, conditionalDepth));
    }

    /** Null at the end of everything. */
    @Nullable
    Statement next() {
        while (!frames.isEmpty()) {
            Frame frame = frames.peek();
            if (frame.statements.hasNext()) return frame.statements.next();
            frames.pop();
            frameEnd.accept(frame.conditionalDepth);
        }
        return null;
    }

    /** Reads nothing more. */
    void stop() {
        frames.clear();
    }

    /**
     * The statements up to the one that ends a body; that one is taken too.
     *
     * @param openers words that begin a body of the same kind
     */
    List<Statement> body(String opener, Set<String> openers, String closer) {
        List<Statement> body = new ArrayList<>();
        int depth = 1;
        Frame frame = frames.peek();
        while (frame != null && frame.statements.hasNext()) {
            Statement statement = frame.statements.next();
            String word = statement.firstWord();
            if (openers.contains(word)) depth++;
            if (word.equals(closer) && --depth == 0) return body;
            body.add(statement);
        }
        throw new SourceError("`" + closer + "` is missing for this `" + opener + "`");
    }

    /** Leaves the innermost macro; the number of .if that were open when it was entered. */
    int exitMacro() {
        while (!frames.isEmpty()) {
            Frame frame = frames.pop();
            if (frame.macro) return frame.conditionalDepth;
        }
        throw new SourceError("`.exitm` is outside of a macro");
    }
}
