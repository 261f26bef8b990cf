package dev.trapframe.emulator.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.trapframe.emulator.event.Fault;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Source: Intel SDM Vol. 3A, table "Local APIC Register Address Map Supported by x2APIC". */
@DisplayName("The MSRs of x2APIC mode")
class X2ApicRegistersTest {

    /** MSR to how it may be accessed and which bits may be 1 in what is written. */
    private record Rights(boolean read, boolean write, long writable) {}

    private static final Map<Integer, Rights> RIGHTS = rights();

    private final TestApic local = TestApic.enabled();

    /** The manual's table, written down once more. */
    private static Map<Integer, Rights> rights() {
        Map<Integer, Rights> rights = new LinkedHashMap<>();
        for (int readOnly : new int[] {0x802, 0x803, 0x80a, 0x80d, 0x839})
            rights.put(readOnly, new Rights(true, false, 0));
        for (int msr = 0x810; msr <= 0x827; msr++) rights.put(msr, new Rights(true, false, 0));
        rights.put(0x808, new Rights(true, true, 0xff));
        rights.put(0x80b, new Rights(false, true, 0));
        rights.put(0x80f, new Rights(true, true, 0x3ff));
        rights.put(0x828, new Rights(true, true, 0));
        rights.put(0x830, new Rights(true, true, 0xffff_ffff_000c_cfffL));
        rights.put(0x832, new Rights(true, true, 0x7_10ff));
        rights.put(0x833, new Rights(true, true, 0x1_17ff));
        rights.put(0x834, new Rights(true, true, 0x1_17ff));
        rights.put(0x835, new Rights(true, true, 0x1_f7ff));
        rights.put(0x836, new Rights(true, true, 0x1_f7ff));
        rights.put(0x837, new Rights(true, true, 0x1_10ff));
        rights.put(0x838, new Rights(true, true, 0xffff_ffffL));
        rights.put(0x83e, new Rights(true, true, 0xb));
        rights.put(0x83f, new Rights(false, true, 0xff));
        return rights;
    }

    private boolean reads(int msr) {
        try {
            local.msrs.read(msr);
            return true;
        } catch (Fault fault) {
            return false;
        }
    }

    private boolean writes(int msr, long value) {
        try {
            local.msrs.write(msr, value);
            return true;
        } catch (Fault fault) {
            return false;
        }
    }

    @Test
    @DisplayName("0x800 to 0x8ff: each may be read, written with each bit, or not, as the table says")
    void everyOne() {
        local.setBase(TestApic.BASE_X2APIC);
        for (int msr = X2ApicRegisters.FIRST; msr <= X2ApicRegisters.LAST; msr++) {
            Rights rights = RIGHTS.getOrDefault(msr, new Rights(false, false, 0));
            assertThat(reads(msr)).as("read %x", msr).isEqualTo(rights.read());
            assertThat(writes(msr, 0)).as("write 0 to %x", msr).isEqualTo(rights.write());
            for (int bit = 0; bit < 64; bit++) {
                boolean allowed = rights.write() && (rights.writable() >>> bit & 1) != 0;
                assertThat(writes(msr, 1L << bit)).as("bit %d of %x", bit, msr).isEqualTo(allowed);
            }
        }
    }

    @Test
    @DisplayName("are not there in xAPIC mode nor while the APIC is off, and its page is not there in x2APIC mode")
    void onlyInTheirMode() {
        assertThat(reads(0x802)).isFalse();
        local.setBase(TestApic.BASE_OFF);
        assertThat(reads(0x802)).isFalse();
        assertThat(writes(0x80b, 0)).isFalse();
        local.setBase(TestApic.BASE_XAPIC);
        assertThat(local.page.sizeBytes()).isEqualTo(4096);
        local.setBase(TestApic.BASE_X2APIC);
        assertThat(reads(0x802)).isTrue();
        assertThat(local.page.sizeBytes()).isZero();
    }

    @Test
    @DisplayName("hold what xAPIC mode left, but for ICR; the logical ID is made of the ID")
    void switchesMode() {
        local.write(0x80, 0x35);
        local.write(0xd0, 0x5500_0000L);
        local.write(0x300, 0xc_0041);
        local.apic.request(0x91);
        local.setBase(TestApic.BASE_X2APIC);
        assertThat(local.msrs.read(0x808)).isEqualTo(0x35);
        assertThat(local.msrs.read(0x824)).isEqualTo(1 << 17);
        assertThat(local.msrs.read(0x830)).isZero();
        assertThat(local.msrs.read(0x80d)).isEqualTo(1);
        assertThat(local.msrs.read(0x802)).isZero();
    }

    @Test
    @DisplayName("ICR is one MSR of 64 bits; SELF IPI takes a vector alone")
    void sending() {
        local.setBase(TestApic.BASE_X2APIC);
        local.msrs.write(0x830, 0x0000_0005_0000_0041L);
        assertThat(local.msrs.read(0x830)).isEqualTo(0x0000_0005_0000_0041L);
        assertThat(local.apic.hasRequests()).isFalse();
        local.msrs.write(0x83f, 0x77);
        assertThat(local.apic.acknowledge()).isEqualTo(0x77);
        local.msrs.write(0x80b, 0);
        assertThat(local.apic.state().inService()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 15})
    @DisplayName("SELF IPI with a vector below 16 is an error")
    void illegalVector(int vector) {
        local.setBase(TestApic.BASE_X2APIC);
        local.msrs.write(0x83f, vector);
        local.msrs.write(0x828, 0);
        assertThat(local.msrs.read(0x828)).isEqualTo(LocalApic.ERROR_SEND_ILLEGAL_VECTOR);
        assertThatExceptionOfType(Fault.class)
                .isThrownBy(() -> local.msrs.write(0x80b, 1))
                .withMessage("#GP(0x0)");
    }
}
