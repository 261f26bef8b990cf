package dev.trapframe.emulator.device;

/**
 * What the interrupt command register says, and whom it reaches: there is one processor, whose APIC ID is 0.
 *
 * <p>Source: Intel SDM Vol. 3A, "Interrupt Command Register (ICR)", "Determining IPI Destination".
 *
 * @param value ICR, 64 bits
 */
record ApicCommand(long value) {

    /** Vector, delivery mode, destination mode, level, trigger mode, shorthand, destination. */
    static final long WRITABLE = 0xffff_ffff_000c_cfffL;

    enum Delivery {
        FIXED,
        NMI,
        LOST
    }

    private static final int XAPIC_DESTINATION_SHIFT = 56;
    private static final int X2APIC_DESTINATION_SHIFT = 32;
    private static final long LOGICAL = 1 << 11;
    private static final int FLAT_MODEL = 0xf;
    private static final int XAPIC_BROADCAST = 0xff;
    private static final int X2APIC_BROADCAST = 0xffff_ffff;

    int vector() {
        return (int) value & 0xff;
    }

    /** Lowest priority is fixed here: nobody else could have the lowest. */
    Delivery delivery() {
        return switch ((int) (value >>> 8) & 7) {
            case 0, 1 -> Delivery.FIXED;
            case 4 -> Delivery.NMI;
            default -> Delivery.LOST;
        };
    }

    boolean reachesSelf(boolean x2Apic, int logicalDestination, int destinationFormat) {
        return switch ((int) (value >>> 18) & 3) {
            case 0 -> x2Apic ? isX2ApicDestination() : isXapicDestination(logicalDestination, destinationFormat);
            case 1, 2 -> true;
            default -> false;
        };
    }

    /** The logical ID that x2APIC mode derives from ID 0: cluster 0, bit 0. */
    private boolean isX2ApicDestination() {
        int destination = (int) (value >>> X2APIC_DESTINATION_SHIFT);
        if (destination == X2APIC_BROADCAST || !isLogical()) return destination == X2APIC_BROADCAST || destination == 0;
        return destination >>> 16 == 0 && (destination & 1) != 0;
    }

    private boolean isXapicDestination(int logicalDestination, int destinationFormat) {
        int destination = (int) (value >>> XAPIC_DESTINATION_SHIFT) & 0xff;
        if (destination == XAPIC_BROADCAST || !isLogical()) return destination == XAPIC_BROADCAST || destination == 0;
        int own = logicalDestination >>> 24;
        if (destinationFormat >>> 28 == FLAT_MODEL) return (destination & own) != 0;
        boolean sameCluster = destination >>> 4 == own >>> 4;
        return sameCluster && (destination & own & 0xf) != 0;
    }

    private boolean isLogical() {
        return (value & LOGICAL) != 0;
    }
}
