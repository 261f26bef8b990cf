package dev.trapframe.emulator.assemble;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes a program as an ELF64 file that is linked already: sections, segments, symbols, no relocations.
 *
 * <p>Source: System V Application Binary Interface, "Object Files" and "Program Loading"; AMD64 supplement, "Object Files".
 */
public final class ElfWriter {

    private static final int HEADER_BYTES = 64;
    private static final int PROGRAM_HEADER_BYTES = 56;
    private static final int SECTION_HEADER_BYTES = 64;
    private static final int SYMBOL_BYTES = 24;
    private static final long PAGE_BYTES = 0x1000;
    private static final int PROGBITS = 1;
    private static final int SYMTAB = 2;
    private static final int STRTAB = 3;
    private static final int NOBITS = 8;
    private static final int WRITE = 1;
    private static final int ALLOCATED = 2;
    private static final int EXECUTE = 4;
    private static final int MERGE = 0x10;
    private static final int STRINGS = 0x20;
    private static final int ABSOLUTE = 0xFFF1;
    private static final int FILE_SYMBOL = 4;

    private final Assembly assembly;
    private final List<Assembly.Section> sections;
    private final List<Segment> segments = new ArrayList<>();
    private final Map<String, Long> offsets = new HashMap<>();
    private final Strings names = new Strings();

    private ElfWriter(Assembly assembly) {
        this.assembly = assembly;
        sections = assembly.sections();
    }

    /** The file. */
    public static byte[] write(Assembly assembly) {
        return new ElfWriter(assembly).file();
    }

    /** Sections that share pages, so that they are loaded together. */
    private static final class Segment {
        private final List<Assembly.Section> sections = new ArrayList<>();
        private long fileOffset;

        long start() {
            return sections.get(0).linear();
        }

        long end() {
            Assembly.Section last = sections.get(sections.size() - 1);
            return last.linear() + last.bytes().length;
        }

        long fileBytes() {
            long bytes = 0;
            for (Assembly.Section section : sections) {
                if (!section.noBits()) bytes = section.linear() + section.bytes().length - start();
            }
            return bytes;
        }

        int flags() {
            int flags = 4;
            for (Assembly.Section section : sections) {
                flags |= (section.writable() ? 2 : 0) | (section.executable() ? 1 : 0);
            }
            return flags;
        }
    }

    /** A table of strings that end with a zero byte. */
    private static final class Strings {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final Map<String, Integer> known = new HashMap<>();

        Strings() {
            add("");
        }

        int add(String text) {
            return known.computeIfAbsent(text, unknown -> {
                int offset = bytes.size();
                bytes.writeBytes(unknown.getBytes(StandardCharsets.UTF_8));
                bytes.write(0);
                return offset;
            });
        }
    }

    private byte[] file() {
        collectSegments();
        long end = placeSections();
        Strings symbolNames = new Strings();
        List<Assembly.Symbol> symbols = new ArrayList<>(assembly.symbols());
        symbols.sort(Comparator.comparing(symbol -> symbol.binding() != 0));
        byte[] symbolTable = symbolTable(symbols, symbolNames);
        long locals =
                2 + symbols.stream().filter(symbol -> symbol.binding() == 0).count();
        byte[] headers = sectionHeaders(end, symbolTable.length, (int) locals, symbolNames);
        long tables = end + symbolTable.length + symbolNames.bytes.size() + names.bytes.size();
        long headersAt = align(tables, Long.BYTES);
        ByteBuffer file = ByteBuffer.allocate((int) headersAt + headers.length).order(ByteOrder.LITTLE_ENDIAN);
        fileHeader(file, headersAt);
        programHeaders(file);
        for (Assembly.Section section : sections) {
            if (!section.noBits()) file.position((int) offset(section)).put(section.bytes());
        }
        file.position((int) end).put(symbolTable);
        file.put(symbolNames.bytes.toByteArray()).put(names.bytes.toByteArray());
        file.position((int) headersAt).put(headers);
        return file.array();
    }

    private void collectSegments() {
        List<Assembly.Section> loaded = new ArrayList<>();
        for (Assembly.Section section : sections) {
            if (section.allocated() && section.bytes().length > 0) loaded.add(section);
        }
        loaded.sort(Comparator.comparing(Assembly.Section::linear, Long::compareUnsigned));
        for (Assembly.Section section : loaded) {
            Segment last = segments.isEmpty() ? null : segments.get(segments.size() - 1);
            if (last == null || (last.end() - 1 & -PAGE_BYTES) != (section.linear() & -PAGE_BYTES)) {
                last = new Segment();
                segments.add(last);
            }
            last.sections.add(section);
        }
    }

    /** Gives sections their offsets in the file; where they end. */
    private long placeSections() {
        long offset = HEADER_BYTES + (long) PROGRAM_HEADER_BYTES * segments.size();
        for (Segment segment : segments) {
            segment.fileOffset = offset + Math.floorMod(segment.start() - offset, PAGE_BYTES);
            for (Assembly.Section section : segment.sections) {
                offsets.put(section.name(), segment.fileOffset + section.linear() - segment.start());
            }
            if (segment.fileBytes() > 0) offset = segment.fileOffset + segment.fileBytes();
        }
        for (Assembly.Section section : sections) {
            if (offsets.containsKey(section.name())) continue;
            offset = align(offset, section.alignment());
            offsets.put(section.name(), offset);
            if (!section.noBits()) offset += section.bytes().length;
        }
        return align(offset, Long.BYTES);
    }

    private static long align(long value, long alignment) {
        return value + alignment - 1 & -alignment;
    }

    private long offset(Assembly.Section section) {
        return offsets.getOrDefault(section.name(), 0L);
    }

    private void fileHeader(ByteBuffer file, long headersAt) {
        file.put(new byte[] {0x7F, 'E', 'L', 'F', 2, 1, 1}).position(16);
        file.putShort((short) 2).putShort((short) 62).putInt(1);
        file.putLong(entry());
        file.putLong(segments.isEmpty() ? 0 : HEADER_BYTES).putLong(headersAt);
        file.putInt(0).putShort((short) HEADER_BYTES);
        file.putShort((short) (segments.isEmpty() ? 0 : PROGRAM_HEADER_BYTES)).putShort((short) segments.size());
        file.putShort((short) SECTION_HEADER_BYTES).putShort((short) (sections.size() + 4));
        file.putShort((short) (sections.size() + 3));
    }

    /** {@code _start}, else the first byte of code, else the first byte. */
    private long entry() {
        Long start = assembly.program().symbols().get("_start");
        if (start != null) return start;
        for (Segment segment : segments) {
            for (Assembly.Section section : segment.sections) if (section.executable()) return section.linear();
        }
        return segments.isEmpty() ? 0 : segments.get(0).start();
    }

    private void programHeaders(ByteBuffer file) {
        for (Segment segment : segments) {
            file.putInt(1).putInt(segment.flags()).putLong(segment.fileOffset);
            file.putLong(segment.start()).putLong(segment.start());
            file.putLong(segment.fileBytes())
                    .putLong(segment.end() - segment.start())
                    .putLong(PAGE_BYTES);
        }
    }

    private byte[] symbolTable(List<Assembly.Symbol> symbols, Strings symbolNames) {
        ByteBuffer table =
                ByteBuffer.allocate(SYMBOL_BYTES * (symbols.size() + 2)).order(ByteOrder.LITTLE_ENDIAN);
        table.position(SYMBOL_BYTES);
        String file = assembly.fileName().substring(assembly.fileName().lastIndexOf('/') + 1);
        table.putInt(symbolNames.add(file))
                .put((byte) FILE_SYMBOL)
                .put((byte) 0)
                .putShort((short) ABSOLUTE);
        table.putLong(0).putLong(0);
        for (Assembly.Symbol symbol : symbols) {
            table.putInt(symbolNames.add(symbol.name()));
            table.put((byte) (symbol.binding() << 4 | symbol.type())).put((byte) symbol.visibility());
            table.putShort((short) sectionIndex(symbol)).putLong(symbol.value()).putLong(symbol.sizeBytes());
        }
        return table.array();
    }

    private int sectionIndex(Assembly.Symbol symbol) {
        if (!symbol.defined()) return 0;
        for (int i = 0; i < sections.size(); i++) {
            if (sections.get(i).name().equals(symbol.section())) return i + 1;
        }
        return ABSOLUTE;
    }

    private byte[] sectionHeaders(long tablesAt, int symbolTableBytes, int locals, Strings symbolNames) {
        ByteBuffer headers = ByteBuffer.allocate(SECTION_HEADER_BYTES * (sections.size() + 4))
                .order(ByteOrder.LITTLE_ENDIAN);
        headers.position(SECTION_HEADER_BYTES);
        for (Assembly.Section section : sections) {
            headers.putInt(names.add(section.name())).putInt(section.noBits() ? NOBITS : PROGBITS);
            headers.putLong(flags(section)).putLong(section.linear()).putLong(offset(section));
            headers.putLong(section.bytes().length).putInt(0).putInt(0);
            headers.putLong(section.alignment()).putLong(section.entryBytes());
        }
        int strings = sections.size() + 2;
        long symbolStringsAt = tablesAt + symbolTableBytes;
        int symbolStringBytes = symbolNames.bytes.size();
        table(headers, ".symtab", SYMTAB, tablesAt, symbolTableBytes);
        headers.putInt(strings).putInt(locals).putLong(Long.BYTES).putLong(SYMBOL_BYTES);
        table(headers, ".strtab", STRTAB, symbolStringsAt, symbolStringBytes);
        headers.putInt(0).putInt(0).putLong(1).putLong(0);
        names.add(".shstrtab");
        table(headers, ".shstrtab", STRTAB, symbolStringsAt + symbolStringBytes, names.bytes.size());
        headers.putInt(0).putInt(0).putLong(1).putLong(0);
        return headers.array();
    }

    private void table(ByteBuffer headers, String name, int type, long offset, long bytes) {
        headers.putInt(names.add(name))
                .putInt(type)
                .putLong(0)
                .putLong(0)
                .putLong(offset)
                .putLong(bytes);
    }

    private static long flags(Assembly.Section section) {
        return (section.writable() ? WRITE : 0)
                | (section.allocated() ? ALLOCATED : 0)
                | (section.executable() ? EXECUTE : 0)
                | (section.entryBytes() > 0 ? MERGE : 0)
                | (section.strings() ? STRINGS : 0);
    }
}
