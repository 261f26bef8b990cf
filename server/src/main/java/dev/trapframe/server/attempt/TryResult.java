package dev.trapframe.server.attempt;

import dev.trapframe.server.attempt.Attempt.Try;
import dev.trapframe.server.grading.Verdict;
import dev.trapframe.server.item.Solution;
import java.util.Optional;

/**
 * What became of a try, as of that try: the same however often it is asked for.
 *
 * @param triesLeft     after this try
 * @param closedBecause empty if the attempt was open after it
 * @param solution      to be shown only if it closed the attempt
 */
public record TryResult(
        Try made, Verdict verdict, int triesLeft, Optional<CloseReason> closedBecause, Solution solution) {}
