package dev.trapframe.server.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A machine state to run.
 *
 * @param traceName where its trace goes, below the folder of traces: for {@code NAME.state.json.gz} it is
 *                  {@code NAME.trace.jsonl}
 */
record StateToRun(Path file, Path traceName) {

    private static final Pattern STATE = Pattern.compile("(.*)\\.state\\.json(\\.gz)?");
    private static final Pattern OTHER = Pattern.compile("(.*?)(\\.json)?(\\.gz)?");

    /**
     * The states that the paths mean, in order; a folder means all states in it and below, and their traces keep their
     * places below the folder.
     *
     * @throws IOException if a path is not there or a folder has no state in it
     */
    static List<StateToRun> find(List<Path> paths) throws IOException {
        List<StateToRun> result = new ArrayList<>();
        for (Path path : paths) {
            if (!Files.exists(path)) throw new NoSuchFileException(path + " is not there");
            if (Files.isDirectory(path)) result.addAll(inFolder(path));
            else result.add(new StateToRun(path, traceName(path.getFileName())));
        }
        return result;
    }

    private static List<StateToRun> inFolder(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            List<StateToRun> states = files.filter(StateToRun::isState)
                    .sorted()
                    .map(file -> new StateToRun(file, traceName(folder.relativize(file))))
                    .toList();
            if (states.isEmpty())
                throw new NoSuchFileException(folder + " has no *.state.json or *.state.json.gz in it");
            return states;
        }
    }

    private static boolean isState(Path file) {
        return STATE.matcher(file.getFileName().toString()).matches();
    }

    private static Path traceName(Path file) {
        String name = file.getFileName().toString();
        Matcher matcher = isState(file) ? STATE.matcher(name) : OTHER.matcher(name);
        if (!matcher.matches()) throw new IllegalStateException(name);
        return file.resolveSibling(matcher.group(1) + ".trace.jsonl");
    }
}
