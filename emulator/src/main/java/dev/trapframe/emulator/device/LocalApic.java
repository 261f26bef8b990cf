package dev.trapframe.emulator.device;

import dev.trapframe.emulator.api.LocalApicState;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.state.CpuState;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * The local APIC of the only processor: takes interrupts, holds them by priority, and makes its own. Registers are named by
 * their number, which is the offset in xAPIC mode divided by 16 and the low byte of the MSR in x2APIC mode.
 *
 * <p>Nothing is wired to LINT0 and LINT1 and there is no other processor: what is sent to others is lost, as INIT, SMI and
 * start-up are that it sends to itself. Sending takes no time. Not thread-safe.
 *
 * <p>Source: Intel SDM Vol. 3A, "Local APIC", "Handling Interrupts", "Issuing Interprocessor Interrupts".
 */
public final class LocalApic {

    static final int ID = 0x02;
    static final int VERSION = 0x03;
    static final int TASK_PRIORITY = 0x08;
    static final int ARBITRATION_PRIORITY = 0x09;
    static final int PROCESSOR_PRIORITY = 0x0a;
    static final int END_OF_INTERRUPT = 0x0b;
    static final int LOGICAL_DESTINATION = 0x0d;
    static final int DESTINATION_FORMAT = 0x0e;
    static final int SPURIOUS_VECTOR = 0x0f;
    static final int IN_SERVICE = 0x10;
    static final int TRIGGER_MODE = 0x18;
    static final int REQUESTED = 0x20;
    static final int ERROR_STATUS = 0x28;
    static final int INTERRUPT_COMMAND = 0x30;
    static final int INTERRUPT_COMMAND_HIGH = 0x31;
    static final int TIMER = 0x32;
    static final int ERROR = 0x37;
    static final int INITIAL_COUNT = 0x38;
    static final int CURRENT_COUNT = 0x39;
    static final int DIVIDE_CONFIGURATION = 0x3e;

    static final int ERROR_SEND_ILLEGAL_VECTOR = 1 << 5;
    static final int ERROR_RECEIVED_ILLEGAL_VECTOR = 1 << 6;
    static final int ERROR_ILLEGAL_REGISTER = 1 << 7;

    /** Integrated APIC, six local vectors. */
    private static final int VERSION_VALUE = 0x14 | LocalApicState.LOCAL_VECTORS - 1 << 16;

    private static final long BASE_ENABLED = 1L << 11;
    private static final long BASE_X2APIC = 1L << 10;
    private static final int SOFTWARE_ENABLED = 1 << 8;
    /** Vector, software enable, and focus checking, which has no effect. */
    private static final int SPURIOUS_WRITABLE = 0x3ff;

    private static final int MASKED = 1 << 16;
    private static final int VECTOR = 0xff;
    private static final int FIRST_LEGAL_VECTOR = 16;
    private static final int CLASS = 0xf0;
    private static final int DIVIDE_WRITABLE = 0xb;
    /** What may be set in each entry of the local vector table. */
    private static final int[] LOCAL_VECTOR_WRITABLE = {
        0x7_00ff, 0x1_07ff, 0x1_07ff, 0x1_a7ff, 0x1_a7ff, 0x1_00ff,
    };

    private final CpuState cpu;
    private final LongSupplier ticks;
    private final Runnable nmi;
    private final boolean attached;

    private final VectorSet requested = new VectorSet();
    private final VectorSet inService = new VectorSet();
    private final int[] localVectors = new int[LocalApicState.LOCAL_VECTORS];
    private final ApicTimer timer;
    private int prioritySubclass;
    private int logicalDestination;
    private int destinationFormat;
    private int spuriousVector;
    private int errorStatus;
    private int pendingErrors;
    private long interruptCommand;
    private long stamp;

    /**
     * @param ticks    the timer's clock
     * @param nmi      told of each NMI
     * @param attached false if the machine has no local APIC: then it is never enabled
     */
    LocalApic(CpuState cpu, LongSupplier ticks, Runnable nmi, boolean attached, LocalApicState state) {
        this.cpu = cpu;
        this.ticks = ticks;
        this.nmi = nmi;
        this.attached = attached;
        this.timer = new ApicTimer(state);
        load(state);
    }

    private void load(LocalApicState state) {
        prioritySubclass = state.prioritySubclass();
        logicalDestination = state.logicalDestination();
        destinationFormat = state.destinationFormat();
        spuriousVector = state.spuriousVector();
        errorStatus = state.errorStatus();
        pendingErrors = state.pendingErrors();
        interruptCommand = state.interruptCommand();
        for (int i = 0; i < localVectors.length; i++) {
            localVectors[i] = state.localVectors().get(i);
        }
        requested.clear();
        inService.clear();
        state.requested().forEach(requested::set);
        state.inService().forEach(inService::set);
    }

    LocalApicState state() {
        List<Integer> entries = new ArrayList<>();
        for (int entry : localVectors) entries.add(entry);
        return new LocalApicState(
                prioritySubclass,
                logicalDestination,
                destinationFormat,
                spuriousVector,
                errorStatus,
                pendingErrors,
                interruptCommand,
                entries,
                timer.initialCount(),
                timer.divideConfiguration(),
                timer.expiresAt() == ApicTimer.NEVER ? -1 : timer.expiresAt(),
                timer.deadline(),
                requested.vectors(),
                inService.vectors());
    }

    /** Changes with everything in {@link #state}. */
    public long stamp() {
        return stamp;
    }

    /** The machine has one, whether it is enabled or not. */
    public boolean isAttached() {
        return attached;
    }

    /** Enabled in IA32_APIC_BASE. */
    public boolean isEnabled() {
        return attached && (cpu.get(MachineRegister.APIC_BASE) & BASE_ENABLED) != 0;
    }

    /** Its registers are MSRs. */
    public boolean isX2Apic() {
        return isEnabled() && (cpu.get(MachineRegister.APIC_BASE) & BASE_X2APIC) != 0;
    }

    /** Enabled by IA32_APIC_BASE and by software: it takes interrupts. */
    public boolean takesInterrupts() {
        return isEnabled() && (spuriousVector & SOFTWARE_ENABLED) != 0;
    }

    /** The vector that a spurious interrupt has. */
    public int spuriousVector() {
        return spuriousVector & VECTOR;
    }

    /** IA32_APIC_BASE was written: an APIC that goes off forgets everything, one that changes its mode its destinations. */
    public void baseChanged(long before) {
        long changed = before ^ cpu.get(MachineRegister.APIC_BASE);
        if (!attached || (changed & (BASE_ENABLED | BASE_X2APIC)) == 0) return;
        stamp++;
        if (isX2Apic()) {
            interruptCommand = 0;
        } else if (!isEnabled()) {
            load(LocalApicState.RESET);
            timer.reset();
            cpu.set(MachineRegister.CR8, 0);
        }
    }

    // --- interrupts and priorities -------------------------------------------------------------------------------

    /** A fixed interrupt arrives, from outside or from itself. Vectors below 16 are refused. */
    public void request(int vector) {
        stamp++;
        if (vector < FIRST_LEGAL_VECTOR) {
            report(ERROR_RECEIVED_ILLEGAL_VECTOR);
            return;
        }
        requested.set(vector);
    }

    /** True if any interrupt waits, whether it may be taken or not. */
    public boolean hasRequests() {
        return !requested.isEmpty();
    }

    /** All that wait, highest first. */
    public List<Integer> requests() {
        return requested.vectors();
    }

    /** The waiting interrupt that goes first, -1 if none waits. */
    public int highestRequest() {
        return requested.highest();
    }

    /** True if an interrupt of this vector exceeds the processor priority. */
    public boolean exceedsPriority(int vector) {
        return (vector & CLASS) > (processorPriority() & CLASS);
    }

    /** Priority class of the highest interrupt in service, 0 if there is none. */
    public int serviceClass() {
        return Math.max(0, inService.highest()) >>> 4;
    }

    /** The processor takes the highest request: it is in service from now on. */
    public int acknowledge() {
        int vector = requested.highest();
        requested.clear(vector);
        inService.set(vector);
        stamp++;
        return vector;
    }

    private int taskPriority() {
        return (int) cpu.get(MachineRegister.CR8) << 4 | prioritySubclass;
    }

    private int processorPriority() {
        int service = Math.max(0, inService.highest());
        int task = taskPriority();
        return (task & CLASS) >= (service & CLASS) ? task : service & CLASS;
    }

    /** MOV to CR8 also clears the subclass. */
    public void taskPriorityLoaded() {
        if (prioritySubclass == 0) return;
        prioritySubclass = 0;
        stamp++;
    }

    private void endOfInterrupt() {
        int vector = inService.highest();
        if (vector >= 0) inService.clear(vector);
    }

    // --- the timer -----------------------------------------------------------------------------------------------

    /** Ticks at which the timer fires next, {@link Long#MAX_VALUE} if it stands. */
    public long timerExpiresAt() {
        return timer.expiresAt();
    }

    /** True if the timer's interrupt would be heard. */
    public boolean timerInterrupts() {
        return timer.expiresAt() != ApicTimer.NEVER && (localVectors[0] & MASKED) == 0;
    }

    /** Of the timer's interrupt. */
    public int timerVector() {
        return localVectors[0] & VECTOR;
    }

    /** Lets the timer fire if its time has come. */
    public void advance() {
        if (!timer.fires(ApicTimer.mode(localVectors[0]), ticks.getAsLong())) return;
        stamp++;
        if ((localVectors[0] & MASKED) == 0) request(localVectors[0] & VECTOR);
    }

    /** IA32_TSC_DEADLINE: 0 unless the LVT entry chooses that mode. */
    public long deadline() {
        return timer.deadline();
    }

    /**
     * Arms the deadline; without effect in other modes.
     *
     * @param value        of the time-stamp counter
     * @param ticksAtValue ticks at which the counter has it
     */
    public void setDeadline(long value, long ticksAtValue) {
        if (ApicTimer.mode(localVectors[0]) != ApicTimer.Mode.DEADLINE) return;
        timer.arm(value, ticksAtValue);
        stamp++;
    }

    // --- registers -----------------------------------------------------------------------------------------------

    /** Reads a register; one that is not there reads 0 and reports an error. */
    int read(int register) {
        if (register >= IN_SERVICE && register < TRIGGER_MODE) return inService.register(register - IN_SERVICE);
        // All interrupts are edge-triggered here.
        if (register >= TRIGGER_MODE && register < REQUESTED) return 0;
        if (register >= REQUESTED && register < ERROR_STATUS) return requested.register(register - REQUESTED);
        if (register >= TIMER && register <= ERROR) return localVectors[register - TIMER];
        return switch (register) {
            case ID, ARBITRATION_PRIORITY, END_OF_INTERRUPT -> 0;
            case VERSION -> VERSION_VALUE;
            case TASK_PRIORITY -> taskPriority();
            case PROCESSOR_PRIORITY -> processorPriority();
            case LOGICAL_DESTINATION -> isX2Apic() ? 1 : logicalDestination;
            case DESTINATION_FORMAT -> destinationFormat;
            case SPURIOUS_VECTOR -> spuriousVector;
            case ERROR_STATUS -> errorStatus;
            case INTERRUPT_COMMAND -> (int) interruptCommand;
            case INTERRUPT_COMMAND_HIGH -> (int) (interruptCommand >>> 32);
            case INITIAL_COUNT -> (int) timer.initialCount();
            case CURRENT_COUNT -> (int) timer.currentCount(ticks.getAsLong());
            case DIVIDE_CONFIGURATION -> timer.divideConfiguration();
            default -> illegalRegister();
        };
    }

    private int illegalRegister() {
        report(ERROR_ILLEGAL_REGISTER);
        return 0;
    }

    /** Writes a register; what may not be set in it is dropped, and one that is not there reports an error. */
    void write(int register, int value) {
        stamp++;
        if (register >= TIMER && register <= ERROR) {
            setLocalVector(register - TIMER, value);
            return;
        }
        switch (register) {
            case TASK_PRIORITY -> setTaskPriority(value);
            case END_OF_INTERRUPT -> endOfInterrupt();
            case LOGICAL_DESTINATION -> logicalDestination = value & 0xff00_0000;
            case DESTINATION_FORMAT -> destinationFormat = value | 0x0fff_ffff;
            case SPURIOUS_VECTOR -> setSpuriousVector(value);
            case ERROR_STATUS -> latchErrors();
            case INTERRUPT_COMMAND -> sendCommand(interruptCommand & 0xffff_ffff_0000_0000L | value & 0xffff_ffffL);
            case INTERRUPT_COMMAND_HIGH ->
                interruptCommand = interruptCommand & 0xffff_ffffL | (value & 0xff00_0000L) << 32;
            case INITIAL_COUNT -> setInitialCount(value);
            case DIVIDE_CONFIGURATION -> timer.divide(value & DIVIDE_WRITABLE, ticks.getAsLong());
            case ID, VERSION, ARBITRATION_PRIORITY, PROCESSOR_PRIORITY, CURRENT_COUNT -> {
                // Read-only: the write is lost.
            }
            default -> writeElsewhere(register);
        }
    }

    private void writeElsewhere(int register) {
        boolean readOnly = register >= IN_SERVICE && register < ERROR_STATUS;
        if (!readOnly) report(ERROR_ILLEGAL_REGISTER);
    }

    private void setTaskPriority(int value) {
        prioritySubclass = value & 0xf;
        cpu.set(MachineRegister.CR8, value >>> 4 & 0xf);
    }

    /** While software has not enabled the APIC, all local vectors are masked. */
    private void setSpuriousVector(int value) {
        spuriousVector = value & SPURIOUS_WRITABLE;
        if ((spuriousVector & SOFTWARE_ENABLED) != 0) return;
        for (int i = 0; i < localVectors.length; i++) localVectors[i] |= MASKED;
    }

    private void setLocalVector(int index, int value) {
        int entry = value & LOCAL_VECTOR_WRITABLE[index];
        if ((spuriousVector & SOFTWARE_ENABLED) == 0) entry |= MASKED;
        boolean wasDeadline = ApicTimer.mode(localVectors[index]) == ApicTimer.Mode.DEADLINE;
        boolean isDeadline = ApicTimer.mode(entry) == ApicTimer.Mode.DEADLINE;
        if (index == 0 && wasDeadline != isDeadline) timer.disarm();
        localVectors[index] = entry;
    }

    private void setInitialCount(int value) {
        if (ApicTimer.mode(localVectors[0]) == ApicTimer.Mode.DEADLINE) return;
        timer.load(value & 0xffff_ffffL, ticks.getAsLong());
    }

    /** The write that software makes before it reads ESR. */
    private void latchErrors() {
        errorStatus = pendingErrors;
        pendingErrors = 0;
    }

    private void report(int error) {
        stamp++;
        boolean known = (pendingErrors & error) != 0;
        pendingErrors |= error;
        int entry = localVectors[ERROR - TIMER];
        int vector = entry & VECTOR;
        // An illegal vector in the error entry itself would report for ever.
        if (!known && (entry & MASKED) == 0 && vector >= FIRST_LEGAL_VECTOR) requested.set(vector);
    }

    /** ICR as x2APIC mode has it, destination in bits 63 to 32. */
    long command() {
        return interruptCommand;
    }

    /** Writes ICR whole and sends what it says. */
    void sendCommand(long command) {
        stamp++;
        interruptCommand = command & ApicCommand.WRITABLE;
        ApicCommand sent = new ApicCommand(interruptCommand);
        if (!sent.reachesSelf(isX2Apic(), logicalDestination, destinationFormat)) return;
        switch (sent.delivery()) {
            case FIXED -> sendFixed(sent.vector());
            case NMI -> nmi.run();
            case LOST -> {
                // SMI, INIT, start-up: see above.
            }
        }
    }

    /** SELF IPI of x2APIC mode. */
    void sendSelf(int vector) {
        stamp++;
        sendFixed(vector);
    }

    private void sendFixed(int vector) {
        if (vector < FIRST_LEGAL_VECTOR) report(ERROR_SEND_ILLEGAL_VECTOR);
        // While software has not enabled it, it sends and takes nothing but NMIs.
        else if (takesInterrupts()) request(vector);
    }
}
