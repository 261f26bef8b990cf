package dev.trapframe.emulator.format;

import dev.trapframe.emulator.isa.FormAttribute;
import dev.trapframe.emulator.isa.ImmediateOperand;
import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.isa.InstructionForm;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Names that GNU tools make of a name and an immediate: {@code cmpeqps} is CMPPS with 0.
 *
 * <p>Source: Intel SDM Vol. 2A, CMPPD, "Pseudo-Op and CMPPD Implementation"; Vol. 2B, PCLMULQDQ, "Pseudo-Op and PCLMULQDQ
 * Implementation".
 */
final class ImmediateName {

    private static final List<String> CONDITIONS = List.of(
            "eq",
            "lt",
            "le",
            "unord",
            "neq",
            "nlt",
            "nle",
            "ord",
            "eq_uq",
            "nge",
            "ngt",
            "false",
            "neq_oq",
            "ge",
            "gt",
            "true",
            "eq_os",
            "lt_oq",
            "le_oq",
            "unord_s",
            "neq_us",
            "nlt_uq",
            "nle_uq",
            "ord_s",
            "eq_us",
            "nge_uq",
            "ngt_uq",
            "false_os",
            "neq_os",
            "ge_oq",
            "gt_oq",
            "true_us");
    private static final int CONDITIONS_WITHOUT_VEX = 8;
    private static final Map<Long, String> HALVES = Map.of(0L, "lql", 1L, "hql", 0x10L, "lqh", 0x11L, "hqh");

    private ImmediateName() {}

    /** {@code name} with the immediate in it; null if the immediate is written as an operand. */
    static @Nullable String of(Instruction instruction, String name) {
        InstructionForm form = instruction.form();
        boolean compare = form.has(FormAttribute.COMPARE);
        if (!compare && !form.has(FormAttribute.CARRYLESS)) return null;
        long value = ((ImmediateOperand) instruction.operand(instruction.operandCount() - 1)).value();
        int tail = name.length() - (compare ? 2 : 3);
        String infix = compare ? condition(form, value) : HALVES.get(value);
        return infix == null ? null : name.substring(0, tail) + infix + name.substring(tail);
    }

    private static @Nullable String condition(InstructionForm form, long value) {
        int count = form.opcode().vex() == null ? CONDITIONS_WITHOUT_VEX : CONDITIONS.size();
        return value < count ? CONDITIONS.get((int) value) : null;
    }
}
