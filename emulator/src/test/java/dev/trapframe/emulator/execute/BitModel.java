package dev.trapframe.emulator.execute;

import java.util.ArrayList;
import java.util.List;

/**
 * Arithmetic one bit at a time, as the definitions of the flags read: slow, and with no line in common with what it
 * checks. Values are arrays of booleans, the lowest bit first.
 */
final class BitModel {

    static final long CF = 0x001;
    static final long PF = 0x004;
    static final long AF = 0x010;
    static final long ZF = 0x040;
    static final long SF = 0x080;
    static final long OF = 0x800;

    private final boolean[] bits;
    private boolean carry;
    private boolean overflow;
    private boolean adjust;

    /** A value of {@code width} bits, and CF. */
    BitModel(long value, int width, boolean carry) {
        this.bits = new boolean[width];
        for (int i = 0; i < width; i++) bits[i] = (value >> i & 1) == 1;
        this.carry = carry;
    }

    long value() {
        long value = 0;
        for (int i = bits.length - 1; i >= 0; i--) value = value * 2 + (bits[i] ? 1 : 0);
        return value;
    }

    /** All six status flags. */
    long flags() {
        return (carry ? CF : 0) | (adjust ? AF : 0) | (overflow ? OF : 0) | zeroSignParity();
    }

    private long zeroSignParity() {
        int ones = 0;
        boolean zero = true;
        for (int i = 0; i < bits.length; i++) {
            if (bits[i] && i < 8) ones++;
            if (bits[i]) zero = false;
        }
        return (zero ? ZF : 0) | (bits[bits.length - 1] ? SF : 0) | (ones % 2 == 0 ? PF : 0);
    }

    private boolean top() {
        return bits[bits.length - 1];
    }

    /** A chain of full adders; OF: operands of one sign, a result of the other. */
    void add(BitModel other, boolean carryIn) {
        boolean sameSign = top() == other.top();
        boolean sign = top();
        carry = carryIn;
        for (int i = 0; i < bits.length; i++) {
            int ones = (bits[i] ? 1 : 0) + (other.bits[i] ? 1 : 0) + (carry ? 1 : 0);
            bits[i] = ones == 1 || ones == 3;
            carry = ones >= 2;
            if (i == 3) adjust = carry;
        }
        overflow = sameSign && top() != sign;
    }

    /** A chain of full subtractors; OF: operands of different signs, a result of the subtrahend's sign. */
    void subtract(BitModel other, boolean borrowIn) {
        boolean differentSign = top() != other.top();
        boolean sign = top();
        carry = borrowIn;
        for (int i = 0; i < bits.length; i++) {
            int difference = (bits[i] ? 1 : 0) - (other.bits[i] ? 1 : 0) - (carry ? 1 : 0);
            bits[i] = difference == 1 || difference == -1;
            carry = difference < 0;
            if (i == 3) adjust = carry;
        }
        overflow = differentSign && top() != sign;
    }

    /** The bits behind each other, lowest first, and with the carry above them if {@code throughCarry}. */
    private List<Boolean> ring(boolean throughCarry) {
        List<Boolean> ring = new ArrayList<>();
        for (boolean bit : bits) ring.add(bit);
        if (throughCarry) ring.add(carry);
        return ring;
    }

    private void unring(List<Boolean> ring) {
        for (int i = 0; i < bits.length; i++) bits[i] = ring.get(i);
        if (ring.size() > bits.length) carry = ring.get(bits.length);
    }

    /** One step of ROL, or RCL; OF: the sign changed. */
    void rotateLeft(boolean throughCarry) {
        boolean sign = top();
        List<Boolean> ring = ring(throughCarry);
        ring.add(0, ring.remove(ring.size() - 1));
        unring(ring);
        if (!throughCarry) carry = bits[0];
        overflow = top() != sign;
    }

    /** One step of ROR, or RCR; OF: the sign changed. */
    void rotateRight(boolean throughCarry) {
        boolean sign = top();
        List<Boolean> ring = ring(throughCarry);
        ring.add(ring.remove(0));
        unring(ring);
        if (!throughCarry) carry = top();
        overflow = top() != sign;
    }

    /** One step of SHL, or of SHLD with the bit that comes in; OF: the sign changed. */
    void shiftLeft(boolean in) {
        boolean sign = top();
        carry = in;
        rotateLeft(true);
        overflow = top() != sign;
    }

    /** One step of SHR, SAR or SHRD with the bit that comes in; OF: the sign changed. */
    void shiftRight(boolean in) {
        boolean sign = top();
        carry = in;
        rotateRight(true);
        overflow = top() != sign;
    }
}
