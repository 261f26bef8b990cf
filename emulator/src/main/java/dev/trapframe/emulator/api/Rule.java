package dev.trapframe.emulator.api;

/**
 * The checks that event delivery and returns make, in the order in which they make them, each with the place in the
 * manual that states it. What each means to a reader stands in the server's message bundles, never here.
 */
public enum Rule {
    // Event delivery. Source: Intel SDM Vol. 2A, "INT n/INTO/INT3/INT1", Operation; Vol. 3A, "64-Bit Mode IDT".
    IDT_LIMIT,
    GATE_TYPE,
    PROTECTED_GATE_TYPE,
    GATE_DPL,
    GATE_PRESENT,
    HANDLER_SELECTOR_NOT_NULL,
    HANDLER_SELECTOR_LIMIT,
    HANDLER_IS_CODE,
    HANDLER_DPL,
    HANDLER_LONG_MODE,
    HANDLER_PRESENT,
    TSS_LIMIT,
    STACK_CANONICAL,
    STACK_SELECTOR_NOT_NULL,
    STACK_SELECTOR_LIMIT,
    STACK_RPL,
    STACK_DPL,
    STACK_WRITABLE,
    STACK_PRESENT,
    STACK_ROOM,
    HANDLER_CANONICAL,
    ENTRY_LIMIT,
    // IRET. Source: Intel SDM Vol. 2A, "IRET/IRETD/IRETQ", Operation.
    IRET_NESTED_TASK,
    RETURN_SELECTOR_NOT_NULL,
    RETURN_SELECTOR_LIMIT,
    RETURN_IS_CODE,
    RETURN_RPL,
    RETURN_DPL,
    RETURN_LONG_MODE,
    RETURN_PRESENT,
    RETURN_STACK_SELECTOR,
    RETURN_STACK_PRESENT,
    RETURN_CANONICAL,
    // Far CALL and JMP through a call gate. Source: Intel SDM Vol. 2A, "CALL" and "JMP", Operation; Vol. 3A, "IA-32e
    // Mode
    // Call Gates" and "Accessing a Code Segment Through a Call Gate".
    CALL_GATE_LIMIT,
    CALL_GATE_TYPE,
    CALL_GATE_DPL,
    CALL_GATE_RPL,
    CALL_GATE_PRESENT,
    TARGET_SELECTOR_NOT_NULL,
    TARGET_SELECTOR_LIMIT,
    TARGET_IS_CODE,
    TARGET_DPL,
    TARGET_DPL_OF_JMP,
    TARGET_LONG_MODE,
    TARGET_PRESENT,
    TARGET_CANONICAL,
    // Paging. Source: Intel SDM Vol. 3A, "Paging", "Access Rights" and "Page-Fault Exceptions".
    PAGE_PRESENT,
    PAGE_RESERVED_BITS,
    PAGE_USER_SUPERVISOR,
    PAGE_WRITABLE,
    PAGE_EXECUTABLE,
    PAGE_SMEP,
    PAGE_SMAP,
    PAGE_PROTECTION_KEY,
    // Why an event waits. Source: Intel SDM Vol. 3A, "Enabling and Disabling Interrupts".
    INTERRUPT_FLAG,
    STI_SHADOW,
    MOV_SS_SHADOW,
    // Source: Intel SDM Vol. 3A, "Interrupt, Task, and Processor Priority".
    TASK_PRIORITY,
    PROCESSOR_PRIORITY,
    NMI_BLOCKED
}
