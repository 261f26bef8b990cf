package dev.trapframe.emulator.load;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What a kernel finds at EBX: the information structure, and behind it what its pointers mean. Its flags promise memory sizes,
 * command line, modules, memory map and the loader's name; a kernel that asks for a display is told of the text screen.
 *
 * <p>Source: Multiboot Specification 0.6.96, "Boot information format".
 */
final class MultibootInformation {

    private static final String LOADER_NAME = "trapframe";
    private static final int STRUCTURE_BYTES = 116;
    private static final int MEMORY = 1;
    private static final int COMMAND_LINE = 1 << 2;
    private static final int MODULES = 1 << 3;
    private static final int MEMORY_MAP = 1 << 6;
    private static final int BOOT_LOADER_NAME = 1 << 9;
    private static final int FRAMEBUFFER = 1 << 12;
    private static final long TEXT_SCREEN = 0xb_8000;
    private static final int TEXT_COLUMNS = 80;
    private static final int TEXT_ROWS = 25;
    private static final int TEXT_CELL_BYTES = 2;
    private static final byte EGA_TEXT = 2;
    private static final int MODULE_BYTES = 16;
    private static final int MAP_ENTRY_BYTES = 24;
    private static final int KIB = 1024;

    private final long physical;
    private final ByteArrayOutputStream behind = new ByteArrayOutputStream();
    private final ByteBuffer structure = ByteBuffer.allocate(STRUCTURE_BYTES).order(ByteOrder.LITTLE_ENDIAN);

    /**
     * A module in memory.
     *
     * @param end first byte beyond
     */
    record Module(long start, long end, String text) {}

    /** @param type 1 is RAM that the kernel may use, 2 is reserved */
    record MapEntry(long base, long sizeBytes, int type) {}

    private MultibootInformation(long physical) {
        this.physical = physical;
    }

    /**
     * The bytes from EBX on.
     *
     * @param physical   where they go
     * @param lowerBytes RAM from 0 on
     * @param upperBytes RAM from 1 MiB on
     * @param withScreen tell of the text screen at 0xb8000, of which nothing is shown but its memory
     */
    static byte[] bytes(
            long physical,
            long lowerBytes,
            long upperBytes,
            String commandLine,
            List<Module> modules,
            List<MapEntry> map,
            boolean withScreen) {
        MultibootInformation information = new MultibootInformation(physical);
        ByteBuffer structure = information.structure;
        structure.putInt(0, MEMORY | COMMAND_LINE | MODULES | MEMORY_MAP | BOOT_LOADER_NAME);
        structure.putInt(4, (int) (lowerBytes / KIB));
        structure.putInt(8, (int) (upperBytes / KIB));
        structure.putInt(16, information.text(commandLine));
        structure.putInt(20, modules.size());
        structure.putInt(24, information.modules(modules));
        structure.putInt(44, MAP_ENTRY_BYTES * map.size());
        structure.putInt(48, information.map(map));
        structure.putInt(64, information.text(LOADER_NAME));
        if (withScreen) information.screen();
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(structure.array());
        all.writeBytes(information.behind.toByteArray());
        return all.toByteArray();
    }

    private void screen() {
        structure.putInt(0, structure.getInt(0) | FRAMEBUFFER);
        structure.putLong(88, TEXT_SCREEN).putInt(96, TEXT_COLUMNS * TEXT_CELL_BYTES);
        structure.putInt(100, TEXT_COLUMNS).putInt(104, TEXT_ROWS);
        structure.put(108, (byte) (Byte.SIZE * TEXT_CELL_BYTES)).put(109, EGA_TEXT);
    }

    private int text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int address = append(bytes);
        behind.write(0);
        return address;
    }

    private int modules(List<Module> modules) {
        ByteBuffer list = ByteBuffer.allocate(MODULE_BYTES * modules.size()).order(ByteOrder.LITTLE_ENDIAN);
        for (Module module : modules) {
            list.putInt((int) module.start())
                    .putInt((int) module.end())
                    .putInt(text(module.text()))
                    .putInt(0);
        }
        return append(list.array());
    }

    /** An entry's size field does not count itself. */
    private int map(List<MapEntry> map) {
        ByteBuffer list = ByteBuffer.allocate(MAP_ENTRY_BYTES * map.size()).order(ByteOrder.LITTLE_ENDIAN);
        for (MapEntry entry : map) {
            list.putInt(MAP_ENTRY_BYTES - Integer.BYTES);
            list.putLong(entry.base()).putLong(entry.sizeBytes()).putInt(entry.type());
        }
        return append(list.array());
    }

    private int append(byte[] bytes) {
        while (behind.size() % Integer.BYTES != 0) behind.write(0);
        int address = (int) physical + STRUCTURE_BYTES + behind.size();
        behind.writeBytes(bytes);
        return address;
    }
}
