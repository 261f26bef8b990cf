package dev.trapframe.emulator.cpu;

import dev.trapframe.emulator.api.ChangeSink;
import dev.trapframe.emulator.api.DeviceState;
import dev.trapframe.emulator.api.Injection;
import dev.trapframe.emulator.api.MachineCheck;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MachineState;
import dev.trapframe.emulator.api.MicroOp;
import dev.trapframe.emulator.api.NonRegisterState;
import dev.trapframe.emulator.api.ProcessorActivity;
import dev.trapframe.emulator.api.SerialOutput;
import dev.trapframe.emulator.api.StepOutcome;
import dev.trapframe.emulator.delivery.DoubleFaultRule;
import dev.trapframe.emulator.delivery.EventDelivery;
import dev.trapframe.emulator.device.Devices;
import dev.trapframe.emulator.device.LocalApic;
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
    private final Devices devices;
    private final PendingEvents pending;
    private final AsynchronousEvents asynchronous;
    private final FreeRun freeRun;

    private long position;
    /** The event that the step began to deliver; a fault on the way may have taken its place. */
    private @Nullable Event begun;

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
        this.devices = new Devices(cpu, origin.ramSizeBytes(), this::ticks, this::signalNmi, origin.devices());
        physicalMemory.addDevice(devices.localApicPage());
        this.context = new ExecutionContext(cpu, memory, origin.processor(), devices, this::eventWaits);
        this.delivery = new EventDelivery(cpu, memory);
        NonRegisterState held = origin.nonRegister();
        this.pending = new PendingEvents(
                origin.injections(), held.pendingNmi(), held.pendingInterrupts(), devices.localApic());
        this.asynchronous = new AsynchronousEvents(cpu, pending, devices.localApic());
        this.freeRun = new FreeRun(cpu, memory, fetch, context, devices.localApic());
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
        return activityStamp() + (devices.stamp() << 32);
    }

    private long activityStamp() {
        long flags = (halted ? 1 : 0) | (nmiBlocked ? 2 : 0) | (betweenIterations ? 4 : 0) | shadow.ordinal() << 3;
        flags |= (wakesOnMasked ? 32 : 0) | (context.isMonitoring() ? 64 : 0);
        return pending.stamp() << 16 | heldBreakpoints << 8 | flags;
    }

    @Override
    public long ticks() {
        return context.ticks();
    }

    @Override
    public DeviceState devices() {
        return devices.state();
    }

    /** Everything that was sent through the serial port. */
    public SerialOutput serialOutput() {
        return devices.serialOutput();
    }

    private void signalNmi() {
        pending.signalNmi();
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
        boolean undisturbed = !halted
                && cpu.sink() == ChangeSink.NONE
                && freeRun.isPossible()
                && !cpu.flag(Rflags.TF | Rflags.RF)
                && shadow == Shadow.NONE
                && heldBreakpoints == 0
                && !betweenIterations
                && !memory.breakpoints().areEnabled();
        long free = undisturbed ? Math.min(max, undisturbedSteps()) : 0;
        if (free <= 0) return 0;
        long made = freeRun.run(free);
        position += made;
        return made;
    }

    /**
     * Steps until an event comes due, none if one may be taken now. What waits and may not be taken goes on waiting: code that
     * runs free changes neither RFLAGS.IF nor CR8, and stops where it reaches the local APIC.
     */
    private long undisturbedSteps() {
        long ticks = context.ticks();
        if (!pending.isQuiet(position, ticks) && asynchronous.couldTake(nmiBlocked)) return 0;
        return Math.min(pending.nextPosition() - position, devices.localApic().timerExpiresAt() - ticks);
    }

    /** Makes one step. */
    public StepOutcome step() {
        lastInstruction = null;
        outcome = RETIRED;
        begun = null;
        Event event = null;
        if (halted) {
            event = wakeUp();
            if (halted) return stayHalted();
        } else if (!pending.isQuiet(position, context.ticks())) {
            event = takeAsynchronous(position);
        }
        if (outcome != RETIRED) return ended();
        while (true) {
            try {
                if (event == null) event = execute();
                if (event == null) break;
                if (begun == null) begun = event;
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
        return ended();
    }

    private StepOutcome ended() {
        position++;
        return outcome;
    }

    private StepOutcome stayHalted() {
        if (cpu.sink().wantsMicroOps()) cpu.sink().note(new MicroOp.Halted());
        return ended();
    }

    // --- asynchronous events -------------------------------------------------------------------------------------

    /** The event to deliver instead of an instruction; null if none is pending or none may be taken. */
    private @Nullable Event takeAsynchronous(long due) {
        pending.arrive(due);
        MachineCheck check = pending.takeMachineCheck();
        if (check != null) return machineCheck(check);
        Event event = asynchronous.take(shadow, nmiBlocked);
        if (event == null) return null;
        if (event.source() == Event.Source.NMI) nmiBlocked = true;
        return announceAsynchronous(event);
    }

    private @Nullable Event machineCheck(MachineCheck check) {
        if (MachineCheckReport.report(check, cpu)) return announceAsynchronous(Event.exception(ExceptionVector.MC));
        outcome = new StepOutcome.Shutdown("machine check with CR4.MCE = 0 or while another is in progress");
        return null;
    }

    /** True if something waits that only a shadow held off before this instruction: a string instruction ends for it. */
    private boolean eventWaits() {
        if (context.ticks() >= devices.localApic().timerExpiresAt())
            devices.localApic().advance();
        return asynchronous.couldTake(nmiBlocked);
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
        OptionalLong exit = devices.takeExitCode();
        if (exit.isPresent()) {
            outcome = new StepOutcome.Exited(exit.getAsLong());
            return null;
        }
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
     * HLT and MWAIT: what is pending, or comes due with this step, wakes the processor at once. Else time goes by until the
     * timer fires, if its interrupt could wake the processor, or else until the next event comes: no step is made until then,
     * so that its position is reached by waiting. If there is nothing to wait for, the processor stays halted. An interrupt that
     * only ends MWAIT is not delivered.
     */
    private @Nullable Event wakeUp() {
        long due = position + 1;
        Event event = pending.isQuiet(due, context.ticks()) ? null : takeAsynchronous(due);
        while (isAsleep(event)) {
            if (waitForTimer()) event = takeAsynchronous(due);
            else if (pending.hasComing()) event = takeAsynchronous(pending.nextPosition());
            else break;
        }
        halted = isAsleep(event);
        if (halted) outcome = HALTED;
        return event;
    }

    private boolean isAsleep(@Nullable Event event) {
        return event == null && outcome == RETIRED && !(wakesOnMasked && asynchronous.hasUrgentInterrupt());
    }

    /** Lets time go by until the timer fires; false if its interrupt would not be heard. */
    private boolean waitForTimer() {
        LocalApic apic = devices.localApic();
        boolean heard = apic.timerInterrupts() && (cpu.flag(Rflags.IF) || wakesOnMasked);
        if (!heard || !apic.exceedsPriority(apic.timerVector())) return false;
        context.addTicks(Math.max(0, apic.timerExpiresAt() - context.ticks()));
        return true;
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
            String cause = begun == null ? "" : ", to which " + begun.describe() + " had led";
            outcome = new StepOutcome.Shutdown(fault.getMessage() + " while delivering #DF" + cause);
            return null;
        }
        if (cpu.sink().wantsMicroOps()) cpu.sink().note(new MicroOp.EventsCombined(first, second, combined.get()));
        // Benign exceptions are handled one after the other: a processor would never come to an end here.
        if (combined.get().equals(first))
            return notEmulated("endless delivery: " + first.describe() + " leads to itself");
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
