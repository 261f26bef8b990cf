package dev.trapframe.emulator.isa;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Names of registers in GNU source, without the percent sign of AT&T syntax. */
public final class GnuRegister {

    private static final String[] LEGACY = {"ax", "cx", "dx", "bx", "sp", "bp", "si", "di"};
    private static final String[] LOW_BYTES = {"al", "cl", "dl", "bl", "spl", "bpl", "sil", "dil"};
    private static final String[] HIGH_BYTES = {"ah", "ch", "dh", "bh"};
    private static final int CONTROL_REGISTER_COUNT = 16;
    private static final int DEBUG_REGISTER_COUNT = 8;
    private static final Map<String, Operand> BY_NAME = byName();

    private GnuRegister() {}

    /** The name of a general register or a part of it, for example {@code r8d}. */
    public static String name(GeneralRegister register, int sizeBytes, boolean highByte) {
        int number = register.ordinal();
        if (highByte) return HIGH_BYTES[number];
        if (number >= LEGACY.length) {
            return "r" + number
                    + switch (sizeBytes) {
                        case 1 -> "b";
                        case 2 -> "w";
                        case 4 -> "d";
                        default -> "";
                    };
        }
        return switch (sizeBytes) {
            case 1 -> LOW_BYTES[number];
            case 2 -> LEGACY[number];
            case 4 -> "e" + LEGACY[number];
            default -> "r" + LEGACY[number];
        };
    }

    public static String name(RegisterOperand register) {
        return name(register.register(), register.sizeBytes(), register.highByte());
    }

    public static String name(VectorRegisterOperand register) {
        String number = Integer.toString(register.number());
        return register.file() == RegisterFile.ST
                ? "st(" + number + ")"
                : register.file().prefix() + number;
    }

    public static String name(SegmentRegister register) {
        return switch (register) {
            case ES -> "es";
            case CS -> "cs";
            case SS -> "ss";
            case DS -> "ds";
            case FS -> "fs";
            case GS -> "gs";
        };
    }

    /**
     * The register with this name: a {@link RegisterOperand}, {@link SegmentRegisterOperand}, {@link ControlRegisterOperand}
     * or {@link DebugRegisterOperand}.
     *
     * @param name lower case
     */
    public static Optional<Operand> find(String name) {
        return Optional.ofNullable(BY_NAME.get(name));
    }

    /** All names, lower case. */
    public static Set<String> names() {
        return BY_NAME.keySet();
    }

    private static Map<String, Operand> byName() {
        Map<String, Operand> names = new HashMap<>();
        for (GeneralRegister register : GeneralRegister.values()) {
            for (int size = 1; size <= Long.BYTES; size *= 2) {
                names.put(name(register, size, false), new RegisterOperand(register, size, false));
            }
            if (register.ordinal() < HIGH_BYTES.length) {
                names.put(name(register, 1, true), new RegisterOperand(register, 1, true));
            }
        }
        for (SegmentRegister register : SegmentRegister.values()) {
            names.put(name(register), new SegmentRegisterOperand(register));
        }
        for (int i = 0; i < CONTROL_REGISTER_COUNT; i++) names.put("cr" + i, new ControlRegisterOperand(i));
        for (int i = 0; i < DEBUG_REGISTER_COUNT; i++) {
            names.put("dr" + i, new DebugRegisterOperand(i));
            names.put("db" + i, new DebugRegisterOperand(i));
        }
        for (RegisterFile file : RegisterFile.values()) {
            for (int i = 0; i < file.count(); i++) {
                VectorRegisterOperand register = new VectorRegisterOperand(file, i);
                names.put(name(register), register);
            }
        }
        names.put("st", new VectorRegisterOperand(RegisterFile.ST, 0));
        return Map.copyOf(names);
    }
}
