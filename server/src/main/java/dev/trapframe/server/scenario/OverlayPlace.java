package dev.trapframe.server.scenario;

/**
 * A struct to lay over memory.
 *
 * @param struct  name of a struct of {@code lessons/programs/include/structs.h}
 * @param address linear address of its first byte
 * @param title   what the stack pane calls it
 */
public record OverlayPlace(String struct, long address, String title) {}
