package dev.trapframe.emulator.assemble;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Finds what a misspelt word may have meant. */
final class Suggestion {

    private static final int MAX_DISTANCE = 2;
    private static final int MAX_KNOWN = 10_000;

    private Suggestion() {}

    /** {@code , did you mean `x`?}, or empty. */
    static String of(String word, Collection<String> known) {
        Optional<String> best = known.stream()
                .limit(MAX_KNOWN)
                .filter(candidate -> Math.abs(candidate.length() - word.length()) <= MAX_DISTANCE)
                .filter(candidate -> distance(word, candidate) <= nearness(word))
                .min(Comparator.<String>comparingInt(candidate -> distance(word, candidate))
                        .thenComparing(Comparator.naturalOrder()));
        return best.map(candidate -> ", did you mean `" + candidate + "`?").orElse("");
    }

    /** Short words may differ in one letter only. */
    private static int nearness(String word) {
        if (word.length() < 2) return 0;
        return Math.min(MAX_DISTANCE, Math.max(1, word.length() / 3));
    }

    /** Letters to insert, delete, replace or swap with their neighbour. */
    static int distance(String a, String b) {
        int[][] costs = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) costs[i][0] = i;
        for (int j = 0; j <= b.length(); j++) costs[0][j] = j;
        for (int i = 1; i <= a.length(); i++) {
            for (int j = 1; j <= b.length(); j++) {
                boolean same = a.charAt(i - 1) == b.charAt(j - 1);
                int cost = Math.min(costs[i - 1][j], costs[i][j - 1]) + 1;
                cost = Math.min(cost, costs[i - 1][j - 1] + (same ? 0 : 1));
                boolean swapped =
                        i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
                costs[i][j] = swapped ? Math.min(cost, costs[i - 2][j - 2] + 1) : cost;
            }
        }
        return costs[a.length()][b.length()];
    }
}
