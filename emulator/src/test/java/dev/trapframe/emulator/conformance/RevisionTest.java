package dev.trapframe.emulator.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.Machine;
import dev.trapframe.emulator.api.Limits;
import dev.trapframe.emulator.api.Step;
import dev.trapframe.emulator.api.TraceView;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Solutions, attempts and cached traces carry the emulator's revision, so a trace may change only together with it. The
 * committed file holds the revision, then a hash of all that our own trace of each recorded case says, micro-ops included.
 */
@DisplayName("The emulator's revision is raised whenever a trace changes")
class RevisionTest {

    private static final String COMMITTED = "/conformance/trace-hashes.txt";

    @Test
    @DisplayName("the hashes of all cases are those that were committed for this revision")
    void tracesAreThoseOfTheRevision() throws IOException {
        List<String> now = Stream.concat(
                        Stream.of("revision " + Machine.REVISION),
                        ConformanceCase.all().stream().map(recorded -> recorded.name() + " " + hash(recorded)))
                .toList();
        Path fresh = Files.writeString(Path.of("target", "trace-hashes.txt"), String.join("\n", now) + "\n");

        assertThat(now)
                .as(
                        "a trace changed: raise Machine.REVISION, run this test again and commit %s as src/test/resources%s",
                        fresh, COMMITTED)
                .isEqualTo(committed());
    }

    private static List<String> committed() throws IOException {
        try (var in = RevisionTest.class.getResourceAsStream(COMMITTED)) {
            return in == null
                    ? List.of()
                    : new String(in.readAllBytes(), StandardCharsets.UTF_8)
                            .lines()
                            .toList();
        }
    }

    private static String hash(ConformanceCase recorded) {
        TraceView trace = Machine.load(recorded.file().state())
                .record(Limits.ofSteps(recorded.reference().size()));
        MessageDigest digest = sha256();
        for (int index = 0; index < trace.stepCount(); index++) {
            digest.update(describe(trace.step(index)).getBytes(StandardCharsets.UTF_8));
        }
        digest.update(trace.end().name().getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().formatHex(digest.digest());
    }

    /** All components of a step; the registers read are sorted, because a set prints in any order. */
    private static String describe(Step step) {
        return String.join(
                "\n",
                step.index() + " " + Long.toHexString(step.linear()) + " " + step.iterations(),
                HexFormat.of().formatHex(step.bytes()) + " " + step.text(),
                step.outcome().toString(),
                step.microSteps().toString(),
                step.registersRead().stream().sorted().toList().toString());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
