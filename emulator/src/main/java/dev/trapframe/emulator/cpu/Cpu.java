package dev.trapframe.emulator.cpu;

import dev.trapframe.emulator.api.ChangeSink;
import dev.trapframe.emulator.api.Injection;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MachineState;
import dev.trapframe.emulator.api.MicroOp;
import dev.trapframe.emulator.api.NonRegisterState;
import dev.trapframe.emulator.api.ProcessorActivity;
import dev.trapframe.emulator.api.Rule;
import dev.trapframe.emulator.api.StepOutcome;
import dev.trapframe.emulator.delivery.DoubleFaultRule;
import dev.trapframe.emulator.delivery.EventDelivery;
import dev.trapframe.emulator.event.Event;
import dev.trapframe.emulator.event.ExceptionVector;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.event.NotEmulated;
import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.memory.LinearMemory;
import dev.trapframe.emulator.memory.PhysicalMemory;
import dev.trapframe.emulator.state.CpuState;
import dev.trapframe.emulator.state.DebugBits;
import dev.trapframe.emulator.state.Rflags;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The processor's loop. A step is: a pending asynchronous event, if it may be taken; else one instruction, and the
 * delivery of whatever event it raises.
 *
 * <p>Priorities follow the manual: traps of the instruction just completed belong to its step; then NMI, external
 * interrupt, the next instruction's breakpoint, its fetch, decoding, execution. Not thread-safe.
 *
 * <p>Source: Intel SDM Vol. 3A, "Priority Among Simultaneous Exceptions and Interrupts".
 */
public final class Cpu implements ProcessorActivity {

    /** What every step answers that retires an instruction and does nothing else: to be compared by identity. */
    public static final StepOutcome RETIRED = new StepOutcome.Retired();

    private static final StepOutcome HALTED = new StepOutcome.Halted();
    private static final MicroOp EXECUTED = new MicroOp.InstructionExecuted();

    private final CpuState cpu;
    private final LinearMemory memory;
    private final InstructionFetch fetch;
    private final ExecutionContext context;
    private final EventDelivery delivery;
    private final PendingEvents pending;
    private final FreeRun freeRun;

    private long position;
    private Shadow shadow = Shadow.NONE;
    private boolean nmiBlocked;
    private boolean halted;
    private boolean wakesOnMasked;
    private long heldBreakpoints;
    /** The instruction at RIP has been left between two of its iterations. */
    private boolean betweenIterations;

    /** RSP before the instruction: a fault brings it back. */
    private long startRsp;

    /** Of the event being delivered: what its frame will hold. */
    private long savedRip;

    private long rflagsImage;

    private @Nullable Instruction lastInstruction;
    private StepOutcome outcome = RETIRED;

    public Cpu(CpuState cpu, PhysicalMemory physicalMemory, MachineState origin) {
        this.cpu = cpu;
        this.memory = new LinearMemory(cpu, physicalMemory, origin.processor());
        this.fetch = new InstructionFetch(cpu, memory, physicalMemory);
        this.context = new ExecutionContext(cpu, memory, origin.processor(), this::eventWaits);
        this.delivery = new EventDelivery(cpu, memory);
        NonRegisterState held = origin.nonRegister();
        this.pending = new PendingEvents(origin.injections(), held.pendingNmi(), held.pendingInterrupts());
        this.freeRun = new FreeRun(cpu, memory, fetch, context, pending);
        load(held);
    }

    private void load(NonRegisterState held) {
        if (held.blockingBySti()) shadow = Shadow.STI;
        if (held.blockingByMovSs()) shadow = Shadow.MOV_SS;
        nmiBlocked = held.blockingByNmi();
        halted = held.halted();
        wakesOnMasked = held.wakesOnMasked();
        context.setMonitoring(held.monitoring());
        heldBreakpoints = held.pendingDebug();
        betweenIterations = held.betweenIterations();
        context.addTicks(held.ticks());
        held.tlb().forEach(entry -> memory.replayTlb(entry, true));
    }

    @Override
    public NonRegisterState nonRegisterState() {
        return new NonRegisterState(
                halted,
                halted && wakesOnMasked,
                context.isMonitoring(),
                shadow == Shadow.STI,
                shadow == Shadow.MOV_SS,
                nmiBlocked,
                heldBreakpoints,
                betweenIterations,
                ticks(),
                pending.hasNmi(),
                pending.vectors(),
                memory.tlb());
    }

    @Override
    public long stamp() {
        long flags = (halted ? 1 : 0) | (nmiBlocked ? 2 : 0) | (betweenIterations ? 4 : 0) | shadow.ordinal() << 3;
        flags |= (wakesOnMasked ? 32 : 0) | (context.isMonitoring() ? 64 : 0);
        return pending.stamp() << 16 | heldBreakpoints << 8 | flags;
    }

    @Override
    public long ticks() {
        return context.ticks();
    }

    @Override
    public List<Injection> coming() {
        return pending.coming();
    }

    /** Steps made so far. */
    public long position() {
        return position;
    }

    /** The instruction that the last step fetched; null if it delivered an asynchronous event or fetched none. */
    public @Nullable Instruction lastInstruction() {
        return lastInstruction;
    }

    /** Iterations of the last step's REP string instruction, else 1. */
    public long lastIterations() {
        return lastInstruction == null ? 1 : context.iterations();
    }

    /**
     * Makes steps without an event as fast as it can, as long as nobody listens and nothing else can happen: none if that
     * does not hold. The next {@link #step} goes on from there.
     *
     * @return steps made, 0 to {@code max}
     */
    public long runFree(long max) {
        boolean undisturbed = cpu.sink() == ChangeSink.NONE
                && pending.isOver()
                && cpu.in64BitMode()
                && !cpu.flag(Rflags.TF | Rflags.RF)
                && shadow == Shadow.NONE
                && heldBreakpoints == 0
                && !betweenIterations
                && !memory.breakpoints().areEnabled();
        if (!undisturbed) return 0;
        long made = freeRun.run(max);
        position += made;
        return made;
    }

    /** Makes one step. */
    public StepOutcome step() {
        lastInstruction = null;
        outcome = RETIRED;
        Event event = null;
        if (halted) {
            event = wakeUp();
            if (halted) return stayHalted();
        } else if (!pending.isOver()) {
            event = takeAsynchronous(position);
        }
        while (true) {
            try {
                if (event == null) event = execute();
                if (event == null) break;
                deliver(event);
                outcome = new StepOutcome.EventDelivered(event);
                break;
            } catch (Fault fault) {
                event = event == null ? faultOfInstruction(fault) : faultOfDelivery(event, fault);
                if (event == null) break;
            } catch (NotEmulated missing) {
                notEmulated(missing.what());
                break;
            }
        }
        position++;
        return outcome;
    }

    private StepOutcome stayHalted() {
        if (cpu.sink().wantsMicroOps()) cpu.sink().note(new MicroOp.Halted());
        position++;
        return HALTED;
    }

    // --- asynchronous events -------------------------------------------------------------------------------------

    /** The event to deliver instead of an instruction; null if none is pending or none may be taken. */
    private @Nullable Event takeAsynchronous(long due) {
        pending.arrive(due);
        if (pending.hasNmi()) {
            Rule held = whyNmiWaits();
            if (held == null) {
                nmiBlocked = true;
                return announceAsynchronous(pending.takeNmi());
            }
            noteHeld(Event.nmi(), held);
        }
        if (!pending.hasInterrupt()) return null;
        if (whyInterruptWaits(pending.highestVector()) == null) return announceAsynchronous(pending.takeInterrupt());
        if (cpu.sink().wantsMicroOps()) noteHeldInterrupts();
        return null;
    }

    private void noteHeldInterrupts() {
        for (int vector : pending.vectors()) {
            Event event = Event.externalInterrupt(vector);
            Rule held = whyInterruptWaits(vector);
            if (held == Rule.TASK_PRIORITY) {
                int priority = PendingEvents.priorityClass(vector);
                cpu.sink().note(new MicroOp.EventHeld(event, held, priority, cpu.get(MachineRegister.CR8)));
            } else if (held != null) {
                noteHeld(event, held);
            }
        }
    }

    /** True if something waits that only a shadow held off before this instruction: a string instruction ends for it. */
    private boolean eventWaits() {
        if (pending.isOver()) return false;
        if (pending.hasNmi() && !nmiBlocked) return true;
        return pending.hasInterrupt() && cpu.flag(Rflags.IF) && exceedsTaskPriority(pending.highestVector());
    }

    /** A TPR of 0 holds nothing off. Source: Intel SDM Vol. 3A, "Interrupt, Task, and Processor Priority". */
    private boolean exceedsTaskPriority(int vector) {
        long taskPriority = cpu.get(MachineRegister.CR8);
        return taskPriority == 0 || PendingEvents.priorityClass(vector) > taskPriority;
    }

    private @Nullable Rule whyNmiWaits() {
        if (nmiBlocked) return Rule.NMI_BLOCKED;
        return shadow == Shadow.MOV_SS ? Rule.MOV_SS_SHADOW : null;
    }

    private @Nullable Rule whyInterruptWaits(int vector) {
        if (!cpu.flag(Rflags.IF)) return Rule.INTERRUPT_FLAG;
        if (!exceedsTaskPriority(vector)) return Rule.TASK_PRIORITY;
        return switch (shadow) {
            case STI -> Rule.STI_SHADOW;
            case MOV_SS -> Rule.MOV_SS_SHADOW;
            case NONE -> null;
        };
    }

    private void noteHeld(Event event, Rule rule) {
        if (cpu.sink().wantsMicroOps()) cpu.sink().note(new MicroOp.EventHeld(event, rule));
    }

    private Event announceAsynchronous(Event event) {
        long resume = betweenIterations ? Rflags.RF : 0;
        return announce(event, cpu.rip(), cpu.rflags() | resume);
    }

    // --- one instruction -----------------------------------------------------------------------------------------

    /** Executes the instruction at RIP; returns the event that it raised or that follows it, null if there is none. */
    private @Nullable Event execute() {
        boolean singleStep = cpu.flag(Rflags.TF);
        Shadow shadowBefore = shadow;
        shadow = Shadow.NONE;
        startRsp = cpu.rsp();
        if (memory.breakpoints().areEnabled() && shadowBefore != Shadow.MOV_SS) checkInstructionBreakpoint();
        CachedInstruction next = fetch.atRip();
        if (next == null) return notEmulated(fetch.missing());
        Instruction instruction = next.instruction();
        lastInstruction = instruction;
        context.begin(instruction);
        if (cpu.sink().wantsMicroOps()) {
            cpu.sink().note(next.fetchedFrom(fetch.linearRip()));
        }
        next.semantics().execute(instruction, context);
        if (context.raised() != null) return softwareInterrupt(context.raised());
        return completed(singleStep, shadowBefore);
    }

    private void checkInstructionBreakpoint() {
        if (cpu.flag(Rflags.RF)) return;
        long hits = memory.breakpoints().atInstruction(fetch.linearRip());
        if (hits == 0) return;
        setDebugStatus(hits);
        throw new Fault(ExceptionVector.DB);
    }

    private @Nullable Event notEmulated(String what) {
        String bytes = fetch.hexAt(fetch.linearRip());
        outcome = new StepOutcome.NotEmulated(fetch.linearRip(), bytes, what);
        if (lastInstruction == null && cpu.sink().wantsMicroOps()) {
            cpu.sink().note(new MicroOp.InstructionFetched(fetch.linearRip(), (bytes.length() + 1) / 3));
        }
        return null;
    }

    /** INT n and its kin: RIP and RF move only in the frame, for the delivery may still fault as the instruction's own. */
    private Event softwareInterrupt(Event event) {
        memory.breakpoints().takeHits();
        return announce(event, context.nextRip(), cpu.rflags() & ~Rflags.RF);
    }

    private @Nullable Event completed(boolean singleStep, Shadow shadowBefore) {
        context.complete();
        // Of two loads of SS running only the first holds anything off.
        boolean second = shadowBefore == Shadow.MOV_SS && context.shadow() == Shadow.MOV_SS;
        shadow = second ? Shadow.NONE : context.shadow();
        betweenIterations = context.isBetweenIterations();
        if (context.takeNmiUnblocked()) nmiBlocked = false;
        if (cpu.sink().wantsMicroOps()) noteCompleted();
        boolean trap = (context.trapsByNewFlags() ? cpu.flag(Rflags.TF) : singleStep)
                && (context.hasBranched() || !context.stepsOnBranches());
        if (trap || heldBreakpoints != 0 || memory.breakpoints().hasHits()) {
            Event debug = debugTrap(trap);
            if (debug != null) return debug;
        }
        if (!context.hasHalted()) return null;
        wakesOnMasked = context.wakesOnMasked();
        return wakeUp();
    }

    private void noteCompleted() {
        if (!context.hasReturned()) cpu.sink().note(EXECUTED);
        if (context.hasHalted()) cpu.sink().note(new MicroOp.Halted());
    }

    /** Single-step and data-breakpoint traps; MOV SS holds them until after the next instruction. */
    private @Nullable Event debugTrap(boolean singleStep) {
        long hits = heldBreakpoints | memory.breakpoints().takeHits();
        heldBreakpoints = shadow == Shadow.MOV_SS ? hits : 0;
        if (shadow == Shadow.MOV_SS) return null;
        setDebugStatus(singleStep ? hits | DebugBits.DR6_BS : hits);
        long resume = betweenIterations ? Rflags.RF : 0;
        return announce(Event.exception(ExceptionVector.DB), cpu.rip(), cpu.rflags() | resume);
    }

    private void setDebugStatus(long bits) {
        long before = cpu.get(MachineRegister.DR6);
        long kept = (bits & DebugBits.DR6_BREAKPOINTS) != 0 ? before & ~DebugBits.DR6_BREAKPOINTS : before;
        cpu.set(MachineRegister.DR6, kept | bits);
    }

    /**
     * HLT and MWAIT: what is pending, or comes due with this step, wakes the processor at once. Else the next event to
     * come does: no step is made until then, so that its position is reached by waiting. Without one the processor stays
     * halted. An interrupt that only ends MWAIT is not delivered.
     */
    private @Nullable Event wakeUp() {
        Event event = pending.isOver() ? null : takeAsynchronous(position + 1);
        while (event == null && !isWokenByMasked() && pending.hasComing()) {
            event = takeAsynchronous(pending.nextPosition());
        }
        halted = event == null && !isWokenByMasked();
        if (halted) outcome = HALTED;
        return event;
    }

    private boolean isWokenByMasked() {
        return wakesOnMasked && pending.hasInterrupt() && exceedsTaskPriority(pending.highestVector());
    }

    // --- faults and delivery -------------------------------------------------------------------------------------

    /** A fault of the instruction itself: it changes nothing but what it has done to memory and REP counts by then. */
    private Event faultOfInstruction(Fault fault) {
        if (cpu.rsp() != startRsp) cpu.setRsp(startRsp);
        memory.breakpoints().takeHits();
        if (context.takeNmiUnblocked()) nmiBlocked = false;
        noteRefusal(fault);
        return announce(fault, faultImage(fault.event()));
    }

    /** A fault met while an event was being delivered; null if the processor shuts down. */
    private @Nullable Event faultOfDelivery(Event first, Fault fault) {
        noteRefusal(fault);
        Event second = fault.event();
        announce(fault, faultImage(second));
        Optional<Event> combined = DoubleFaultRule.combine(first, second);
        if (combined.isEmpty()) {
            outcome = new StepOutcome.Shutdown(fault.getMessage() + " while delivering #DF");
            return null;
        }
        if (cpu.sink().wantsMicroOps()) cpu.sink().note(new MicroOp.EventsCombined(first, second, combined.get()));
        return combined.get();
    }

    /** RF is 1 in the image of every fault but #DB, so that the instruction can be restarted past its breakpoint. */
    private long faultImage(Event event) {
        return event.vector() == ExceptionVector.DB.vector() ? cpu.rflags() : cpu.rflags() | Rflags.RF;
    }

    private void noteRefusal(Fault fault) {
        if (fault.vector() == ExceptionVector.PF && cpu.sink().wantsMicroOps()) {
            cpu.sink().note(memory.walk().refusal());
        }
    }

    private Event announce(Fault fault, long image) {
        if (fault.vector() != ExceptionVector.PF) return announce(fault.event(), cpu.rip(), image);
        long address = memory.walk().refusedLinear();
        cpu.set(MachineRegister.CR2, address);
        return announce(fault.event(), cpu.rip(), image, OptionalLong.of(address));
    }

    private Event announce(Event event, long rip, long image) {
        return announce(event, rip, image, OptionalLong.empty());
    }

    private Event announce(Event event, long rip, long image, OptionalLong cr2) {
        savedRip = rip;
        rflagsImage = image;
        if (isDebugException(event)) stopBranchTracing();
        if (cpu.sink().wantsMicroOps()) cpu.sink().note(new MicroOp.EventRaised(event, rip, cr2));
        return event;
    }

    /** INT n of the same vector is none. */
    private static boolean isDebugException(Event event) {
        return event.vector() == ExceptionVector.DB.vector() && event.source() != Event.Source.SOFTWARE_INTERRUPT;
    }

    /** Source: Intel SDM Vol. 3B, "Single-Stepping on Branches" and "Monitoring Branches, Exceptions, and Interrupts". */
    private void stopBranchTracing() {
        if (cpu.get(MachineRegister.DEBUGCTL) != 0) cpu.set(MachineRegister.DEBUGCTL, 0);
    }

    private void deliver(Event event) {
        delivery.deliver(event, savedRip, rflagsImage);
        shadow = Shadow.NONE;
        heldBreakpoints = 0;
        betweenIterations = false;
        long dr7 = cpu.get(MachineRegister.DR7);
        if (isDebugException(event) && (dr7 & DebugBits.DR7_GD) != 0) {
            cpu.set(MachineRegister.DR7, dr7 & ~DebugBits.DR7_GD);
        }
    }
}
