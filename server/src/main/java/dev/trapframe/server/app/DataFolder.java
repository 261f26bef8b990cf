package dev.trapframe.server.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The folder of the embedded database. */
final class DataFolder {

    private DataFolder() {}

    /**
     * Makes the folder if it is not there and sees whether a file can be written in it.
     *
     * @throws StartFailure if not
     */
    static void prepare(Path folder) throws StartFailure {
        try {
            Files.createDirectories(folder);
            Path probe = Files.createTempFile(folder, "write-", ".probe");
            Files.delete(probe);
        } catch (IOException | SecurityException e) {
            throw new StartFailure(
                    "the data folder " + folder.toAbsolutePath().normalize()
                            + " cannot be written; choose another with --data",
                    e);
        }
    }
}
