package dev.trapframe.server.scenario;

import dev.trapframe.emulator.api.MachineRegister;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** The registers that a recipe may set, and what each can hold. */
final class RegisterValues {

    private static final Pattern HEX = Pattern.compile("0x[0-9a-fA-F]{1,16}");
    private static final Set<MachineRegister> SETTABLE = settable();
    private static final Set<MachineRegister> ADDRESSES =
            EnumSet.of(MachineRegister.FS_BASE, MachineRegister.GS_BASE, MachineRegister.KERNEL_GS_BASE);
    private static final long LOW_HALF = 0xffff_ffffL;
    /** CF PF AF ZF SF TF IF DF OF IOPL NT RF AC VIF VIP ID, and bit 1, which is always 1. */
    private static final long RFLAGS = 0x3d_7fd7L;

    private static final long RFLAGS_ALWAYS = 2;

    private RegisterValues() {}

    /** @throws BadRecipe naming the register that is unknown or whose value it cannot hold */
    static SortedMap<MachineRegister, Long> read(RecipeNode node) {
        SortedMap<MachineRegister, Long> registers = new TreeMap<>();
        for (var field : node.fields()) {
            MachineRegister register = register(field.getKey(), field.getValue());
            registers.put(register, value(register, field.getValue()));
        }
        return registers;
    }

    private static MachineRegister register(String key, RecipeNode node) {
        for (MachineRegister register : SETTABLE) if (register.key().equals(key)) return register;
        throw node.bad("unknown register; expected one of " + String.join(" ", names()));
    }

    private static long value(MachineRegister register, RecipeNode node) {
        boolean isHex =
                node.json().isTextual() && HEX.matcher(node.json().textValue()).matches();
        if (!isHex) throw node.bad("expected a string of 0x and 1 to 16 hex digits, got " + node.kind());
        long value = Long.parseUnsignedLong(node.json().textValue().substring(2), 16);
        if (register == MachineRegister.RFLAGS) {
            if ((value & ~RFLAGS) != 0) {
                throw node.bad("these bits of RFLAGS cannot be set: 0x" + Long.toHexString(value & ~RFLAGS));
            }
            return value | RFLAGS_ALWAYS;
        }
        boolean is32Bits = register == MachineRegister.PKRU || register == MachineRegister.PKRS;
        if (is32Bits && (value & ~LOW_HALF) != 0) throw node.bad("the register has 32 bits, got " + node.kind());
        if (ADDRESSES.contains(register) && value << 16 >> 16 != value) {
            throw node.bad("expected a canonical address (bits 63 to 47 alike), got " + node.kind());
        }
        return value;
    }

    private static List<String> names() {
        List<String> names = new ArrayList<>();
        for (MachineRegister register : SETTABLE) names.add(register.key());
        return names;
    }

    private static Set<MachineRegister> settable() {
        EnumSet<MachineRegister> settable = EnumSet.range(MachineRegister.RAX, MachineRegister.R15);
        settable.addAll(EnumSet.of(
                MachineRegister.RFLAGS,
                MachineRegister.PKRS,
                MachineRegister.PKRU,
                MachineRegister.FS_BASE,
                MachineRegister.GS_BASE,
                MachineRegister.KERNEL_GS_BASE));
        return settable;
    }
}
