package dev.trapframe.emulator.trace;

import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MicroOp;
import dev.trapframe.emulator.api.MicroStep;
import dev.trapframe.emulator.api.Phase;
import dev.trapframe.emulator.api.Step;
import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.isa.InstructionForm;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Makes {@link Step}s from a journal. */
final class StepReader {

    private final Journal journal;
    private final InstructionText text;

    StepReader(Journal journal, InstructionText text) {
        this.journal = journal;
        this.text = text;
    }

    /** The step at position {@code journalIndex} of the journal, {@code index} of the run. */
    Step read(int journalIndex, int index, RecordedStep step) {
        Instruction instruction = step.instruction();
        return new Step(
                index,
                step.outcome(),
                step.linear(),
                instruction == null ? new byte[0] : bytes(instruction),
                instruction == null ? "" : text.of(instruction, step.linear(), step.mode()),
                microSteps(journalIndex, step.phase()),
                instruction == null ? Set.of() : registersRead(instruction),
                step.iterations());
    }

    /** An event's delivery and a return are phases of their own; they last to the end of the step or to each other. */
    private List<MicroStep> microSteps(int journalIndex, Phase base) {
        List<MicroStep> result = new ArrayList<>();
        Phase phase = base;
        for (int i = journal.firstMicroOp(journalIndex); i < journal.firstMicroOp(journalIndex + 1); i++) {
            MicroOp op = journal.microOp(i);
            if (op instanceof MicroOp.EventRaised) phase = Phase.DELIVERY;
            if (op instanceof MicroOp.Popped || op instanceof MicroOp.Returned) phase = Phase.RETURN;
            result.add(new MicroStep(op, phase, journal.changesOfMicroOp(i)));
        }
        return result;
    }

    private static byte[] bytes(Instruction instruction) {
        byte[] bytes = new byte[instruction.lengthBytes()];
        for (int i = 0; i < bytes.length; i++) bytes[i] = (byte) instruction.byteAt(i);
        return bytes;
    }

    private static Set<MachineRegister> registersRead(Instruction instruction) {
        Set<MachineRegister> result = EnumSet.noneOf(MachineRegister.class);
        int mask = instruction.registersRead();
        for (int number = 0; number < 16; number++) {
            if ((mask >> number & 1) != 0) result.add(MachineRegister.general(number));
        }
        if ((mask >> InstructionForm.RFLAGS_BIT & 1) != 0) result.add(MachineRegister.RFLAGS);
        return result;
    }
}
