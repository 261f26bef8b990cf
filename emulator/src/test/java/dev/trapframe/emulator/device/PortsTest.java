package dev.trapframe.emulator.device;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.api.DeviceState;
import dev.trapframe.emulator.api.DeviceState.PortAccess;
import dev.trapframe.emulator.state.CpuState;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("I/O ports")
class PortsTest {

    private static final long RAM = 0x800_0000L;

    private Devices devices = devices(DeviceState.PC);

    private static Devices devices(DeviceState state) {
        return new Devices(new CpuState(), RAM, () -> 0, () -> {}, state);
    }

    @Nested
    @DisplayName("0x3f8 to 0x3ff, the serial port,")
    class Serial {

        @Test
        @DisplayName("keep what is sent, byte by byte; the line is always ready")
        void sends() {
            for (char letter : "ok\n".toCharArray()) {
                assertThat(devices.readPort(0x3fd, 1) & 0x20).as("THRE").isEqualTo(0x20);
                devices.writePort(0x3f8, 1, letter);
            }
            devices.writePort(0x3f8, 1, 0xff);
            assertThat(devices.serialOutput().text()).isEqualTo("ok\n\u00ff");
            assertThat(devices.state().serial().output().bytes()).containsExactly('o', 'k', '\n', 0xff);
        }

        @Test
        @DisplayName("send nothing while the divisor stands where the data go")
        void divisor() {
            devices.writePort(0x3fb, 1, 0x80);
            devices.writePort(0x3f8, 1, 0x0c);
            devices.writePort(0x3f9, 1, 0x01);
            assertThat(devices.readPort(0x3f8, 2)).isEqualTo(0x010c);
            devices.writePort(0x3fb, 1, 0x03);
            assertThat(devices.readPort(0x3f8, 1)).isZero();
            assertThat(devices.readPort(0x3f9, 1)).isZero();
            assertThat(devices.serialOutput().sizeBytes()).isZero();
            assertThat(devices.state().serial().divisor()).isEqualTo(0x010c);
        }

        @ParameterizedTest(name = "{0}: {1} becomes {2}")
        @CsvSource({
            "0x3f9, 0xff, 0x0f",
            "0x3fa, 0xc7, 0x01",
            "0x3fb, 0x1b, 0x1b",
            "0x3fc, 0xff, 0x1f",
            "0x3fd, 0x00, 0x60",
            "0x3fe, 0x00, 0xb0",
            "0x3ff, 0xa5, 0xa5"
        })
        @DisplayName("have the registers of a 16550")
        void registers(String port, String written, String read) {
            devices.writePort(Integer.decode(port), 1, Long.decode(written));
            assertThat(devices.readPort(Integer.decode(port), 1)).isEqualTo(Long.decode(read));
        }

        @Test
        @DisplayName(
                "receive what they send in loopback, once, and nobody else does; the modem's inputs are its outputs")
        void loopback() {
            devices.writePort(0x3fc, 1, 0x1b);
            devices.writePort(0x3f8, 1, 0xae);
            devices = devices(devices.state());

            assertThat(devices.readPort(0x3fe, 1)).as("OUT2, RTS and DTR").isEqualTo(0xb0);
            assertThat(devices.readPort(0x3fd, 1)).as("data ready").isEqualTo(0x61);
            assertThat(devices.readPort(0x3f8, 1)).isEqualTo(0xae);
            assertThat(devices.readPort(0x3fd, 1)).isEqualTo(0x60);
            assertThat(devices.readPort(0x3f8, 1)).isZero();
            assertThat(devices.serialOutput().sizeBytes()).isZero();
            devices.writePort(0x3fc, 1, 0x14);
            assertThat(devices.readPort(0x3fe, 1)).as("OUT1 is RI").isEqualTo(0x40);
        }

        @Test
        @DisplayName("outputs that continue each other keep what they were")
        void outputsAreValues() {
            devices.writePort(0x3f8, 1, 'a');
            DeviceState first = devices.state();
            devices.writePort(0x3f8, 1, 'b');
            Devices other = devices(first);
            other.writePort(0x3f8, 1, 'c');
            assertThat(first.serial().output().text()).isEqualTo("a");
            assertThat(devices.serialOutput().text()).isEqualTo("ab");
            assertThat(other.serialOutput().text()).isEqualTo("ac");
        }
    }

    @Nested
    @DisplayName("0x20, 0x21, 0xa0, 0xa1, the interrupt controllers,")
    class Controllers {

        @Test
        @DisplayName("keep their masks")
        void masks() {
            devices.writePort(0x21, 1, 0xfb);
            devices.writePort(0xa1, 1, 0x7f);
            assertThat(devices.readPort(0x21, 1)).isEqualTo(0xfb);
            assertThat(devices.readPort(0xa1, 1)).isEqualTo(0x7f);
        }

        @ParameterizedTest(name = "first word {0}: {1} more")
        @CsvSource({"0x11, 3", "0x10, 2", "0x13, 2", "0x12, 1"})
        @DisplayName("take as many initialisation words as the first one announces, and then a mask again")
        void initialisation(String first, int more) {
            devices.writePort(0x20, 1, Long.decode(first));
            assertThat(devices.readPort(0x21, 1)).isZero();
            for (int i = 0; i < more; i++) devices.writePort(0x21, 1, 0x28 + i);
            devices = devices(devices.state());
            assertThat(devices.readPort(0x21, 1)).as("mask").isZero();
            devices.writePort(0x21, 1, 0xe1);
            assertThat(devices.readPort(0x21, 1)).isEqualTo(0xe1);
        }

        @Test
        @DisplayName("have nothing requested and nothing in service")
        void nothing() {
            devices.writePort(0x20, 1, 0x0a);
            assertThat(devices.readPort(0x20, 1)).isZero();
            devices.writePort(0xa0, 1, 0x0b);
            assertThat(devices.readPort(0xa0, 1)).isZero();
            devices.writePort(0x20, 1, 0x20);
        }
    }

    @Nested
    @DisplayName("0x510 and 0x511, the configuration,")
    class Configuration {

        private long read(int key, int sizeBytes) {
            devices.writePort(0x510, 2, key);
            long value = 0;
            for (int i = 0; i < sizeBytes; i++) value |= devices.readPort(0x511, 1) << 8 * i;
            return value;
        }

        @ParameterizedTest(name = "key {0}: {1}")
        @CsvSource({"0, 554d4551", "1, 1", "3, 8000000", "5, 1", "f, 1", "2, 0", "19, 0", "8003, 0"})
        @DisplayName("give the signature, the interfaces, the size of RAM and the number of processors, else zeros")
        void keys(String key, String value) {
            assertThat(Long.toHexString(read(Integer.parseInt(key, 16), 8))).isEqualTo(value);
            assertThat(devices.readPort(0x511, 1)).as("behind the answer").isZero();
        }

        @Test
        @DisplayName("go on where a state left them")
        void areState() {
            read(3, 3);
            devices = devices(devices.state());
            assertThat(devices.readPort(0x511, 1)).isEqualTo(8);
        }
    }

    @Test
    @DisplayName("0xe0 to 0xe3 keep what is written, byte by byte")
    void scratch() {
        devices.writePort(0xe0, 4, 0x4433_2211L);
        devices.writePort(0xe1, 1, 0xaa);
        devices.writePort(0xe2, 2, 0x6655);
        devices = devices(devices.state());
        assertThat(devices.readPort(0xe0, 4)).isEqualTo(0x6655_aa11L);
        assertThat(devices.readPort(0xe1, 2)).isEqualTo(0x55aa);
        assertThat(devices.readPort(0xe3, 1)).isEqualTo(0x66);
    }

    @ParameterizedTest(name = "{0} bytes")
    @ValueSource(ints = {1, 2, 4})
    @DisplayName("0xf4 takes an exit value, once")
    void exit(int sizeBytes) {
        assertThat(devices.takeExitCode()).isEmpty();
        devices.writePort(0xf4, sizeBytes, 0x11223344);
        long expected = 0x11223344L & (1L << 8 * sizeBytes) - 1;
        assertThat(devices.takeExitCode()).hasValue(expected);
        assertThat(devices.takeExitCode()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {0xe4, 0x80, 0x8900})
    @DisplayName("0xe4, 0x80 and 0x8900 are written without effect, and nobody complains")
    void quiet(int port) {
        devices.writePort(port, 4, 0x1234_5678);
        assertThat(devices.state().unansweredPorts()).isEmpty();
    }

    @Test
    @DisplayName("where nobody listens read ones, lose what is written, and are noted once for each direction")
    void unanswered() {
        assertThat(devices.readPort(0x61, 1)).isEqualTo(0xff);
        assertThat(devices.readPort(0x61, 1)).isEqualTo(0xff);
        assertThat(devices.readPort(0xcfc, 4)).isEqualTo(0xffff_ffffL);
        devices.writePort(0x61, 2, 0);
        long stamp = devices.stamp();
        devices.writePort(0x61, 1, 0);
        assertThat(devices.stamp()).isEqualTo(stamp);
        assertThat(devices.state().unansweredPorts())
                .containsExactly(new PortAccess(0x61, false), new PortAccess(0xcfc, false), new PortAccess(0x61, true));
    }

    @Test
    @DisplayName("an access wider than the device goes to successive ports, in parts")
    void wide() {
        devices.writePort(0x3fb, 4, 0x5566_0a03L);
        assertThat(devices.readPort(0x3fb, 1)).isEqualTo(3);
        assertThat(devices.readPort(0x3fc, 1)).isEqualTo(0xa);
        assertThat(devices.readPort(0x3fe, 4)).isEqualTo(0xffff_00b0L);
        assertThat(devices.state().unansweredPorts()).containsExactly(new PortAccess(0x400, false));
    }

    @Test
    @DisplayName("a machine without devices has none: all ones, and nothing is noted")
    void detached() {
        Devices none = devices(DeviceState.NONE);
        assertThat(none.readPort(0x3fd, 2)).isEqualTo(0xffff);
        none.writePort(0xf4, 1, 3);
        none.writePort(0x3f8, 1, 'x');
        assertThat(none.takeExitCode()).isEmpty();
        assertThat(none.state()).isEqualTo(DeviceState.NONE);
        assertThat(none.localApicPage().read(0x30, 4)).isZero();
        assertThat(none.localApicPage().physical()).isEqualTo(0xfee0_0000L);
        assertThat(none.localApicPage().sizeBytes()).isEqualTo(4096);
    }
}
