package dev.trapframe.emulator.memory;

/**
 * What a page walk found for one 4 KiB page: where it is, and the rights of all levels together.
 *
 * @param linear        address of the page
 * @param physical      address of the page
 * @param user          U/S is 1 in every level
 * @param writable      R/W is 1 in every level
 * @param noExecute     XD is 1 in some level
 * @param global        G of the last level, if CR4.PGE
 * @param dirty         D of the last level
 * @param protectionKey bits 62 to 59 of the last level
 * @param sizeBytes     of the page that the last level maps: 4 KiB, 2 MiB or 1 GiB
 */
record Translation(
        long linear,
        long physical,
        boolean user,
        boolean writable,
        boolean noExecute,
        boolean global,
        boolean dirty,
        int protectionKey,
        long sizeBytes) {

    /** True if the page that the last level maps holds this address. */
    boolean covers(long address) {
        return ((address ^ linear) & -sizeBytes) == 0;
    }
}
