package dev.trapframe.server.app;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Where {@code lessons/} is: in a working tree, or in the jar. */
final class ContentFolder {

    private ContentFolder() {}

    /** The folder, as a path of whatever file system holds it. */
    static Path lessons(Optional<Path> workingTree) throws StartFailure {
        if (workingTree.isPresent())
            return workingTree.get().toAbsolutePath().normalize().resolve("lessons");
        URL track = ContentFolder.class.getClassLoader().getResource("lessons/track.yaml");
        if (track == null) {
            throw new StartFailure("this build holds no lessons; give a working tree with --content");
        }
        try {
            return folderOf(track.toURI());
        } catch (URISyntaxException | IOException e) {
            throw new StartFailure("the lessons in the jar cannot be read; build it again", e);
        }
    }

    private static Path folderOf(URI track) throws IOException {
        if (!track.getScheme().equals("jar")) return Path.of(track).getParent();
        String jar = track.toString().substring(0, track.toString().indexOf("!/"));
        return fileSystem(URI.create(jar)).getPath("/lessons");
    }

    private static FileSystem fileSystem(URI jar) throws IOException {
        try {
            return FileSystems.newFileSystem(jar, Map.of());
        } catch (FileSystemAlreadyExistsException e) {
            return FileSystems.getFileSystem(jar);
        }
    }

    /** A number that changes whenever a file below the folder does. */
    static long fingerprint(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            long fingerprint = 0;
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
                fingerprint = fingerprint * 31 + file.toString().hashCode();
                fingerprint = fingerprint * 31 + attributes.size();
                fingerprint = fingerprint * 31 + attributes.lastModifiedTime().toMillis();
            }
            return fingerprint;
        }
    }
}
