package dev.trapframe.emulator.device;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Source: Intel SDM Vol. 3A, "APIC Timer", "TSC-Deadline Mode". */
@DisplayName("The timer of the local APIC")
class ApicTimerTest {

    private static final int LVT = 0x320;
    private static final int INITIAL = 0x380;
    private static final int CURRENT = 0x390;
    private static final int DIVIDE = 0x3e0;
    private static final int PERIODIC = 0x2_0000;
    private static final int DEADLINE = 0x4_0000;
    private static final int MASKED = 0x1_0000;
    private static final int VECTOR = 0x55;

    private final TestApic local = TestApic.enabled();

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource({"0, 2", "1, 4", "2, 8", "3, 16", "8, 32", "9, 64", "a, 128", "b, 1"})
    @DisplayName("divides the ticks by what the divide configuration says")
    void divides(String configuration, int divisor) {
        local.write(DIVIDE, Integer.parseInt(configuration, 16));
        local.write(LVT, VECTOR);
        local.write(INITIAL, 3);
        for (int i = 0; i < 3 * divisor - 1; i++) {
            assertThat(local.read(CURRENT)).as("at tick %d", i).isEqualTo(3 - i / divisor);
            assertThat(local.tick(1, VECTOR)).isZero();
        }
        assertThat(local.tick(1, VECTOR)).isEqualTo(1);
        assertThat(local.read(CURRENT)).isZero();
    }

    @Test
    @DisplayName("fires once in one-shot mode, and then stands at 0")
    void oneShot() {
        local.write(DIVIDE, 0xb);
        local.write(LVT, VECTOR);
        local.write(INITIAL, 10);
        assertThat(local.tick(9, VECTOR)).isZero();
        assertThat(local.tick(1, VECTOR)).isEqualTo(1);
        assertThat(local.tick(100, VECTOR)).isZero();
        assertThat(local.read(CURRENT)).isZero();
        assertThat(local.read(INITIAL)).isEqualTo(10);
        local.write(LVT, PERIODIC | VECTOR);
        assertThat(local.tick(100, VECTOR)).as("a new mode does not start it").isZero();
    }

    @Test
    @DisplayName("fires at every period in periodic mode, also if nobody looked for a while")
    void periodic() {
        local.write(DIVIDE, 0xb);
        local.write(LVT, PERIODIC | VECTOR);
        local.write(INITIAL, 10);
        assertThat(local.tick(100, VECTOR)).isEqualTo(10);
        assertThat(local.read(CURRENT)).isEqualTo(10);
        local.now += 37;
        local.apic.advance();
        assertThat(local.apic.requests()).containsExactly(VECTOR);
        assertThat(local.read(CURRENT)).isEqualTo(3);
        assertThat(local.apic.timerExpiresAt()).isEqualTo(140);
    }

    @Test
    @DisplayName("goes on counting when the mode changes on the way, and ends as the new mode says")
    void changesMode() {
        local.write(DIVIDE, 0xb);
        local.write(LVT, VECTOR);
        local.write(INITIAL, 10);
        local.tick(4, VECTOR);
        local.write(LVT, PERIODIC | VECTOR);
        assertThat(local.read(CURRENT)).isEqualTo(6);
        assertThat(local.tick(26, VECTOR)).isEqualTo(3);
        local.write(LVT, VECTOR);
        assertThat(local.tick(30, VECTOR)).isEqualTo(1);
    }

    @Test
    @DisplayName("stops at an initial count of 0, and starts anew at any other")
    void restarts() {
        local.write(DIVIDE, 0xb);
        local.write(LVT, VECTOR);
        local.write(INITIAL, 10);
        local.tick(9, VECTOR);
        local.write(INITIAL, 10);
        assertThat(local.tick(9, VECTOR)).isZero();
        local.write(INITIAL, 0);
        assertThat(local.tick(50, VECTOR)).isZero();
        assertThat(local.read(CURRENT)).isZero();
    }

    @Test
    @DisplayName("counts without interrupts while its local vector is masked")
    void masked() {
        local.write(DIVIDE, 0xb);
        local.write(LVT, PERIODIC | MASKED | VECTOR);
        local.write(INITIAL, 10);
        assertThat(local.tick(25, VECTOR)).isZero();
        assertThat(local.read(CURRENT)).isEqualTo(5);
        assertThat(local.apic.timerInterrupts()).isFalse();
        local.write(LVT, PERIODIC | VECTOR);
        assertThat(local.tick(5, VECTOR)).isEqualTo(1);
    }

    @Test
    @DisplayName("keeps what it has counted when it is divided anew")
    void dividesAnew() {
        local.write(DIVIDE, 0xb);
        local.write(LVT, VECTOR);
        local.write(INITIAL, 10);
        local.tick(4, VECTOR);
        local.write(DIVIDE, 1);
        assertThat(local.read(CURRENT)).isEqualTo(6);
        assertThat(local.tick(23, VECTOR)).isZero();
        assertThat(local.tick(1, VECTOR)).isEqualTo(1);
    }

    @Test
    @DisplayName("counts the largest count divided most")
    void largest() {
        local.write(DIVIDE, 0xa);
        local.write(LVT, VECTOR);
        local.write(INITIAL, 0xffff_ffffL);
        assertThat(local.apic.timerExpiresAt()).isEqualTo(0xffff_ffffL * 128);
        assertThat(local.read(CURRENT)).isEqualTo(0xffff_ffffL);
        local.now = 0xffff_ffffL * 128 - 1;
        local.apic.advance();
        assertThat(local.read(CURRENT)).isEqualTo(1);
        assertThat(local.tick(1, VECTOR)).isEqualTo(1);
    }

    @Test
    @DisplayName("in deadline mode fires once when the time-stamp counter reaches the value, and counts nothing")
    void deadline() {
        local.write(LVT, VECTOR);
        local.apic.setDeadline(50, 50);
        assertThat(local.apic.deadline()).as("in another mode").isZero();
        local.write(LVT, DEADLINE | VECTOR);
        local.write(INITIAL, 7);
        assertThat(local.read(INITIAL)).isZero();
        local.apic.setDeadline(1050, 50);
        assertThat(local.apic.deadline()).isEqualTo(1050);
        assertThat(local.read(CURRENT)).isZero();
        assertThat(local.tick(49, VECTOR)).isZero();
        assertThat(local.tick(1, VECTOR)).isEqualTo(1);
        assertThat(local.apic.deadline()).isZero();
        assertThat(local.tick(100, VECTOR)).isZero();
    }

    @Test
    @DisplayName("is disarmed by 0 and by changing between the deadline mode and the others")
    void disarmed() {
        local.write(LVT, DEADLINE | VECTOR);
        local.apic.setDeadline(50, 50);
        local.apic.setDeadline(0, 0);
        assertThat(local.tick(60, VECTOR)).isZero();
        local.apic.setDeadline(100, 100);
        local.write(LVT, VECTOR);
        assertThat(local.tick(60, VECTOR)).isZero();
        local.write(INITIAL, 10);
        local.write(LVT, DEADLINE | VECTOR);
        assertThat(local.tick(60, VECTOR)).isZero();
    }
}
