package dev.trapframe.emulator.assemble;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Reads an ELF64 file, as far as tests ask.
 *
 * <p>Source: System V Application Binary Interface, "Object Files" and "Program Loading".
 */
record ElfFile(
        int type,
        int machine,
        long entry,
        List<SectionHeader> sections,
        List<ProgramHeader> segments,
        List<SymbolEntry> symbols) {

    private static final int SYMTAB = 2;
    private static final int NOBITS = 8;
    private static final int SYMBOL_BYTES = 24;

    record SectionHeader(
            String name,
            int type,
            long flags,
            long address,
            long offset,
            long size,
            int link,
            int info,
            long alignment,
            byte[] bytes) {}

    record ProgramHeader(
            int type,
            int flags,
            long offset,
            long virtual,
            long physical,
            long fileSize,
            long memorySize,
            long align) {}

    record SymbolEntry(String name, int binding, int type, int visibility, int section, long value, long size) {}

    Optional<SectionHeader> section(String name) {
        return sections.stream().filter(section -> section.name().equals(name)).findFirst();
    }

    Optional<SymbolEntry> symbol(String name) {
        return symbols.stream().filter(symbol -> symbol.name().equals(name)).findFirst();
    }

    static ElfFile read(byte[] file) {
        ByteBuffer data = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        if (data.getInt(0) != 0x464C457F || data.get(4) != 2 || data.get(5) != 1) {
            throw new IllegalArgumentException("no little-endian ELF64 file");
        }
        List<SectionHeader> sections = sections(data, file);
        List<SymbolEntry> symbols = new ArrayList<>();
        for (SectionHeader section : sections) {
            if (section.type() == SYMTAB)
                symbols.addAll(symbols(section, sections.get(section.link()).bytes()));
        }
        return new ElfFile(data.getShort(16), data.getShort(18), data.getLong(24), sections, segments(data), symbols);
    }

    private static List<SectionHeader> sections(ByteBuffer data, byte[] file) {
        long table = data.getLong(40);
        int entryBytes = data.getShort(58);
        int count = data.getShort(60);
        int names = (int) data.getLong((int) table + data.getShort(62) * entryBytes + 24);
        List<SectionHeader> sections = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int at = (int) table + i * entryBytes;
            int type = data.getInt(at + 4);
            long offset = data.getLong(at + 24);
            long size = data.getLong(at + 32);
            byte[] bytes = type == NOBITS ? new byte[0] : Arrays.copyOfRange(file, (int) offset, (int) (offset + size));
            sections.add(new SectionHeader(
                    text(file, names + data.getInt(at)),
                    type,
                    data.getLong(at + 8),
                    data.getLong(at + 16),
                    offset,
                    size,
                    data.getInt(at + 40),
                    data.getInt(at + 44),
                    data.getLong(at + 48),
                    bytes));
        }
        return sections;
    }

    private static List<ProgramHeader> segments(ByteBuffer data) {
        List<ProgramHeader> segments = new ArrayList<>();
        for (int i = 0; i < data.getShort(56); i++) {
            int at = (int) data.getLong(32) + i * data.getShort(54);
            segments.add(new ProgramHeader(
                    data.getInt(at),
                    data.getInt(at + 4),
                    data.getLong(at + 8),
                    data.getLong(at + 16),
                    data.getLong(at + 24),
                    data.getLong(at + 32),
                    data.getLong(at + 40),
                    data.getLong(at + 48)));
        }
        return segments;
    }

    private static List<SymbolEntry> symbols(SectionHeader table, byte[] names) {
        ByteBuffer data = ByteBuffer.wrap(table.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        List<SymbolEntry> symbols = new ArrayList<>();
        for (int at = 0; at < table.bytes().length; at += SYMBOL_BYTES) {
            int info = data.get(at + 4);
            symbols.add(new SymbolEntry(
                    text(names, data.getInt(at)),
                    info >> 4,
                    info & 15,
                    data.get(at + 5),
                    data.getShort(at + 6) & 0xFFFF,
                    data.getLong(at + 8),
                    data.getLong(at + 16)));
        }
        return symbols;
    }

    private static String text(byte[] strings, int offset) {
        int end = offset;
        while (strings[end] != 0) end++;
        return new String(strings, offset, end - offset, StandardCharsets.UTF_8);
    }
}
