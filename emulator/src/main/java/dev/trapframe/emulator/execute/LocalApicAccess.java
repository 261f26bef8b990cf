package dev.trapframe.emulator.execute;

/** What instructions ask of the local APIC: MOV to CR8, RDMSR and WRMSR. */
public interface LocalApicAccess {

    /** The machine has one, whether it is enabled or not. */
    boolean isAttached();

    /** IA32_APIC_BASE was written; what it held before. */
    void baseChanged(long before);

    /** CR8 was written by MOV. */
    void taskPriorityLoaded();

    /** RDMSR of 0x800 to 0x8ff. Throws {@link dev.trapframe.emulator.event.Fault} #GP(0) if there is nothing to read. */
    long read(int msr);

    /** WRMSR to 0x800 to 0x8ff. Throws {@link dev.trapframe.emulator.event.Fault} #GP(0) if it may not be written so. */
    void write(int msr, long value);

    /** IA32_TSC_DEADLINE. */
    long deadline();

    /**
     * Sets IA32_TSC_DEADLINE.
     *
     * @param ticksAtValue ticks at which the time-stamp counter has the value
     */
    void setDeadline(long value, long ticksAtValue);
}
