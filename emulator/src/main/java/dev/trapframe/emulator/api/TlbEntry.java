package dev.trapframe.emulator.api;

/**
 * A cached translation of one 4 KiB of linear addresses: where they are, and the rights of all levels together. A large
 * page is cached piece by piece, as the manual permits.
 *
 * <p>Source: Intel SDM Vol. 3A, "Caching Translation Information".
 *
 * @param pcid          process-context identifier that it belongs to, 0 to 4095; 0 without CR4.PCIDE
 * @param linear        address of the 4 KiB
 * @param physical      address of the 4 KiB
 * @param user          U/S is 1 in every level
 * @param writable      R/W is 1 in every level
 * @param noExecute     XD is 1 in some level
 * @param global        G of the last level, if CR4.PGE: serves every PCID
 * @param dirty         D of the last level
 * @param protectionKey bits 62 to 59 of the last level
 * @param sizeBytes     of the page that the last level maps: 4 KiB, 2 MiB or 1 GiB
 */
public record TlbEntry(
        int pcid,
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
    public boolean covers(long address) {
        return ((address ^ linear) & -sizeBytes) == 0;
    }
}
