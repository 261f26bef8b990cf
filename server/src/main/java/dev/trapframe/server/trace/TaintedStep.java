package dev.trapframe.server.trace;

import dev.trapframe.emulator.api.Change;
import dev.trapframe.emulator.api.FrameSlot;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MicroOp;
import dev.trapframe.emulator.api.MicroStep;
import dev.trapframe.emulator.api.StackSource;
import dev.trapframe.emulator.api.Step;
import dev.trapframe.emulator.event.Event;
import dev.trapframe.emulator.event.ExceptionVector;
import dev.trapframe.server.trace.Origin.MemoryTarget;
import dev.trapframe.server.trace.Origin.RegisterTarget;
import dev.trapframe.server.trace.StepJson.MemoryChangeJson;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Follows hidden values through one step.
 *
 * <p>The rule: what an instruction writes is hidden if anything that it read is; what it writes from visible things alone
 * becomes visible. The stack pointer and RIP are moved by most instructions and are made from data by few, which are named.
 */
final class TaintedStep {

    /** Registers that decide what is executed next, or whose loading faults or not as the value wants it. */
    private static final Set<MachineRegister> DECIDING = EnumSet.of(
            MachineRegister.RIP,
            MachineRegister.CPL,
            MachineRegister.CS,
            MachineRegister.SS,
            MachineRegister.DS,
            MachineRegister.ES,
            MachineRegister.FS,
            MachineRegister.GS,
            MachineRegister.CR0,
            MachineRegister.CR3,
            MachineRegister.CR4,
            MachineRegister.CR8,
            MachineRegister.EFER);

    private final TaintedMachine machine;
    private final Taint taint;
    private final Step step;
    private final InstructionText text;
    private final List<Origin> origins;
    private final boolean hidesErrorCode;
    private final boolean hidesSavedRip;
    private final boolean hidesFaultAddress;
    private final boolean hidesReads;
    private final Set<FrameSlot> popped = EnumSet.noneOf(FrameSlot.class);

    private boolean reading;
    private boolean delivering;
    private boolean cut;

    TaintedStep(TaintedMachine machine, Step step, List<Origin> origins) {
        this.machine = machine;
        this.taint = machine.taint();
        this.step = step;
        this.text = InstructionText.of(step.text());
        this.origins = origins;
        this.hidesErrorCode = originIs(FrameSlot.ERROR_CODE);
        this.hidesSavedRip = originIs(FrameSlot.RIP);
        this.hidesFaultAddress = origins.stream().anyMatch(TaintedStep::isCr2);
        this.hidesReads = origins.stream()
                .anyMatch(origin -> ownedByInstruction(step.microSteps().get(origin.microIndex())));
    }

    /** What may be sent of each micro-op; of no use if the step {@linkplain #decidesControlFlow decides control flow}. */
    List<Veil> follow() {
        cut = taint.anyRegister(text.addressRegisters());
        reading = taint.anyRegister(step.registersRead()) && !text.clearsRegister();
        cut |= reading && MnemonicFacts.decidesControlFlow(text.mnemonic());
        List<Veil> veils = new ArrayList<>();
        for (int i = 0; i < step.microSteps().size(); i++)
            veils.add(follow(step.microSteps().get(i), originsAt(i)));
        cut |= reading && MnemonicFacts.decidesControlFlow(text.mnemonic());
        cut |= taint.anyRegister(DECIDING);
        return veils;
    }

    /** True if a hidden value decided what happens next: nothing from this step on may be sent. */
    boolean decidesControlFlow() {
        return cut;
    }

    boolean hidesErrorCode() {
        return hidesErrorCode;
    }

    private Veil follow(MicroStep micro, List<Origin> here) {
        Set<MachineRegister> hiddenBefore = taint.registers();
        List<StoredByte> bytes = StoredByte.of(micro, machine, step.index());
        boolean values = handle(micro, bytes);
        for (Origin origin : here) {
            values = true;
            apply(origin, bytes);
        }
        Map<MachineRegister, List<HexJson>> registers = shownRegisters(micro, hiddenBefore);
        List<MemoryChangeJson> memory = StoredByte.anyHidden(bytes)
                ? StoredByte.changes(bytes, machine)
                : Veil.open(micro).memory();
        return new Veil(values, hidesErrorCode, hidesSavedRip, hidesFaultAddress, registers, memory);
    }

    /** Moves the taint on; true if the values that the micro-op handled are hidden. */
    private boolean handle(MicroStep micro, List<StoredByte> bytes) {
        MicroOp op = micro.op();
        if (op instanceof MicroOp.MemoryRead read) return read(read);
        if (op instanceof MicroOp.MemoryWritten written) {
            cut |= reading && machine.isDevice(written.linear(), step.index());
            return store(bytes, reading);
        }
        // What a device does with a hidden value would tell it.
        if (op instanceof MicroOp.PortWritten) cut |= reading;
        if (op instanceof MicroOp.Pushed pushed) return store(bytes, taint.register(registerOf(pushed.slot())));
        if (op instanceof MicroOp.Popped word) return pop(word);
        if (op instanceof MicroOp.InstructionExecuted) return execute(micro);
        if (op instanceof MicroOp.Returned returned) return returned(micro, returned);
        if (op instanceof MicroOp.GsBasesSwapped) return swapGsBases();
        if (op instanceof MicroOp.EventRaised raised) return raise(micro, raised.event());
        if (op instanceof MicroOp.EventHeld) cut |= (taint.flags() & Taint.INTERRUPT_FLAG) != 0;
        if (op instanceof MicroOp.StackChosen chosen && chosen.source() == StackSource.SAME) {
            cut |= taint.register(MachineRegister.RSP);
        }
        if (op instanceof MicroOp.HandlerEntered
                || op instanceof MicroOp.PageWalkRefused
                || op instanceof MicroOp.MachineCheckReported) {
            overwrite(micro);
            return false;
        }
        return op instanceof MicroOp.Checked && !delivering && reading;
    }

    private boolean read(MicroOp.MemoryRead read) {
        boolean hidden = machine.hidesMemory(read.linear(), read.sizeBytes(), step.index());
        reading |= hidden;
        return hidden || hidesReads;
    }

    private boolean pop(MicroOp.Popped word) {
        boolean hidden = machine.hidesMemory(word.linear(), Long.BYTES, step.index());
        if (hidden) popped.add(word.slot());
        reading |= hidden;
        return hidden;
    }

    private static boolean store(List<StoredByte> bytes, boolean hidden) {
        for (StoredByte stored : bytes) stored.hide(hidden);
        return hidden;
    }

    private boolean execute(MicroStep micro) {
        if (!reading) {
            overwrite(micro);
            if (MnemonicFacts.writesAllStatusFlags(text.mnemonic()))
                taint.setFlags(taint.flags() & ~Taint.STATUS_FLAGS);
            if (text.mnemonic().equals("popf")) taint.setFlags(0);
            return false;
        }
        Set<MachineRegister> written = text.destinations();
        for (Change change : micro.changes()) {
            if (change instanceof Change.RegisterChange register && isMadeFromData(register.register())) {
                written.add(register.register());
            }
        }
        written.addAll(modelSpecificRegister());
        for (MachineRegister register : written) {
            if (register != MachineRegister.RFLAGS) taint.setRegister(register, true);
        }
        if (text.mnemonic().equals("popf")) taint.setFlags(Taint.ALL_FLAGS);
        else if (!MnemonicFacts.leavesFlags(text.mnemonic())) taint.setFlags(taint.flags() | Taint.STATUS_FLAGS);
        return true;
    }

    /** The stack pointer moves by a constant, string instructions move their pointers likewise, RIP goes to the next. */
    private boolean isMadeFromData(MachineRegister register) {
        if (register == MachineRegister.RIP) return false;
        if (register == MachineRegister.RSP) return text.destinations().contains(register);
        boolean pointer =
                register == MachineRegister.RSI || register == MachineRegister.RDI || register == MachineRegister.RCX;
        return !(pointer && MnemonicFacts.isString(text.mnemonic()));
    }

    private Set<MachineRegister> modelSpecificRegister() {
        if (!text.mnemonic().equals("wrmsr")) return Set.of();
        MachineRegister written =
                ModelSpecificRegisters.of(machine.value(MachineRegister.RCX)).orElse(null);
        // PKRS takes any 32 bits; what other registers refuse depends on the value.
        cut |= written != MachineRegister.PKRS || taint.register(MachineRegister.RDX);
        return written == null ? Set.of() : Set.of(written);
    }

    /** Registers that got a value made from visible things alone become visible, unless part of the old value stays. */
    private void overwrite(MicroStep micro) {
        Set<MachineRegister> written = EnumSet.noneOf(MachineRegister.class);
        if (!delivering) written.addAll(text.destinations());
        for (Change change : micro.changes()) {
            if (change instanceof Change.RegisterChange register) written.add(register.register());
        }
        boolean partly = !delivering && text.writesPartOfRegister();
        for (MachineRegister register : written) {
            if (register != MachineRegister.RFLAGS && !partly) taint.setRegister(register, false);
        }
    }

    private boolean returned(MicroStep micro, MicroOp.Returned returned) {
        overwrite(micro);
        long kept = returned.oldCpl() == 0 ? 0 : taint.flags() & (Taint.ALL_FLAGS ^ Taint.STATUS_FLAGS);
        taint.setFlags(popped.contains(FrameSlot.RFLAGS) ? Taint.ALL_FLAGS : kept);
        for (FrameSlot slot : popped) {
            if (slot != FrameSlot.ERROR_CODE) taint.setRegister(registerOf(slot), true);
        }
        if (popped.contains(FrameSlot.CS)) taint.setRegister(MachineRegister.CPL, true);
        return !popped.isEmpty();
    }

    private boolean swapGsBases() {
        boolean gs = taint.register(MachineRegister.GS_BASE);
        boolean kernel = taint.register(MachineRegister.KERNEL_GS_BASE);
        taint.setRegister(MachineRegister.GS_BASE, kernel);
        taint.setRegister(MachineRegister.KERNEL_GS_BASE, gs);
        return gs || kernel;
    }

    /** A page fault comes from an address, which is visible here; any other exception may come from the data. */
    private boolean raise(MicroStep micro, Event event) {
        boolean fromData = event.source() == Event.Source.EXCEPTION && event.vector() != ExceptionVector.PF.vector();
        cut |= reading && fromData;
        boolean asynchronous =
                event.source() == Event.Source.EXTERNAL_INTERRUPT || event.source() == Event.Source.SPURIOUS_INTERRUPT;
        cut |= asynchronous && (taint.flags() & Taint.INTERRUPT_FLAG) != 0;
        delivering = true;
        overwrite(micro);
        return false;
    }

    private void apply(Origin origin, List<StoredByte> bytes) {
        if (origin.target() instanceof RegisterTarget register) taint.setRegister(register.register(), true);
        if (origin.target() instanceof MemoryTarget memory) {
            for (StoredByte stored : bytes) {
                if (stored.linear() - memory.linear() >= 0 && stored.linear() - memory.linear() < memory.sizeBytes())
                    stored.hide(true);
            }
            machine.hide(memory, step.index());
        }
    }

    /**
     * Changes, and registers whose value became hidden or visible without one: leaving these out would tell the value. One that
     * was hidden and stays so is left out: whether it changed is a secret too.
     */
    private Map<MachineRegister, List<HexJson>> shownRegisters(MicroStep micro, Set<MachineRegister> hiddenBefore) {
        Map<MachineRegister, List<HexJson>> shown = new EnumMap<>(MachineRegister.class);
        Map<MachineRegister, Long> before = new EnumMap<>(MachineRegister.class);
        for (Change change : micro.changes()) {
            if (!(change instanceof Change.RegisterChange register)) continue;
            before.putIfAbsent(register.register(), register.before());
            machine.setValue(register.register(), register.after());
        }
        Set<MachineRegister> listed = EnumSet.noneOf(MachineRegister.class);
        listed.addAll(before.keySet());
        listed.addAll(hiddenBefore);
        listed.addAll(taint.registers());
        for (MachineRegister register : listed) {
            boolean was = hiddenBefore.contains(register);
            boolean is = taint.register(register);
            if (was && is || !before.containsKey(register) && was == is) continue;
            long now = machine.value(register);
            shown.put(register, List.of(hex(before.getOrDefault(register, now), was), hex(now, is)));
        }
        return shown;
    }

    private static HexJson hex(long value, boolean hidden) {
        return hidden ? HexJson.HIDDEN : HexJson.of(value);
    }

    private boolean originIs(FrameSlot slot) {
        return origins.stream()
                .map(origin -> step.microSteps().get(origin.microIndex()).op())
                .anyMatch(op -> op instanceof MicroOp.Pushed pushed && pushed.slot() == slot);
    }

    private static boolean isCr2(Origin origin) {
        return origin.target() instanceof RegisterTarget register && register.register() == MachineRegister.CR2;
    }

    private static boolean ownedByInstruction(MicroStep micro) {
        return micro.op() instanceof MicroOp.InstructionExecuted || micro.op() instanceof MicroOp.MemoryWritten;
    }

    private List<Origin> originsAt(int microIndex) {
        return origins.stream()
                .filter(origin -> origin.microIndex() == microIndex)
                .toList();
    }

    private static MachineRegister registerOf(FrameSlot slot) {
        return switch (slot) {
            case SS -> MachineRegister.SS;
            case RSP -> MachineRegister.RSP;
            case RFLAGS -> MachineRegister.RFLAGS;
            case CS -> MachineRegister.CS;
            case RIP, ERROR_CODE -> MachineRegister.RIP;
        };
    }
}
