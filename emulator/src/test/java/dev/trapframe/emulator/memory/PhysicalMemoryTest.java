package dev.trapframe.emulator.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Physical memory")
class PhysicalMemoryTest {

    private static final long SIZE = 0x10000;

    @Test
    @DisplayName("reads as zero where nothing was written, and allocates nothing for it")
    void startsEmpty() {
        PhysicalMemory memory = new PhysicalMemory(SIZE, Map.of());
        assertThat(memory.read(0x1234, 8)).isZero();
        assertThat(memory.pageCount()).isZero();
    }

    @ParameterizedTest(name = "{0} bytes")
    @ValueSource(longs = {0x1000, 0x20_0000, 0x20_1000, 0x60_0000, 1L << 36})
    @DisplayName("has all of its pages, and nothing beyond: ones are read there, and writes are lost")
    void everyPage(long sizeBytes) {
        PhysicalMemory memory = new PhysicalMemory(sizeBytes, Map.of(0L, new byte[4096]));
        assertThat(memory.sizeBytes()).isEqualTo(sizeBytes);
        long last = sizeBytes - 8;
        memory.write(last, -1, 8, 0x1122_3344_5566_7788L);
        memory.write(last, -1, 1, 0x99);
        assertThat(memory.read(last, 8)).isEqualTo(0x1122_3344_5566_7799L);
        assertThat(memory.read(0, 8)).isZero();
        assertThat(memory.pageCount()).isEqualTo(sizeBytes == 0x1000 ? 1 : 2);
        for (long beyond : new long[] {sizeBytes, -8, Long.MIN_VALUE, Long.MAX_VALUE - 7}) {
            memory.write(beyond, -1, 8, 5);
            assertThat(memory.read(beyond, 8)).isEqualTo(-1);
            assertThat(memory.read(beyond, 2)).isEqualTo(0xffff);
        }
        assertThat(memory.pages().keySet()).containsOnly(0L, last & -4096);
    }

    @Test
    @DisplayName("writes to a page at address 0 that was loaded")
    void pageZero() {
        PhysicalMemory memory = new PhysicalMemory(SIZE, Map.of(0L, new byte[4096]));
        assertThat(new PhysicalMemory(SIZE, Map.of()).read(0, 8)).isZero();
        memory.write(0, -1, 1, 5);
        memory.write(1, -1, 1, 6);
        assertThat(memory.read(0, 2)).isEqualTo(0x605);
        assertThat(memory.pageCount()).isOne();
    }

    @Test
    @DisplayName("says whether a page of RAM holds anything")
    void holds() {
        PhysicalMemory memory = new PhysicalMemory(SIZE, Map.of(0x1000L, new byte[4096]));
        assertThat(memory.holds(0x1ff8)).isTrue();
        assertThat(memory.holds(0x2000)).isFalse();
        assertThat(memory.holds(SIZE)).isFalse();
        memory.watch(0x2000, 4);
        memory.watch(SIZE, 4);
    }

    /** Remembers what is asked of it, and answers with the offset. */
    private static final class Device implements MmioRegion {
        private final long physical;
        private final StringBuilder heard = new StringBuilder();

        Device(long physical) {
            this.physical = physical;
        }

        @Override
        public long physical() {
            return physical;
        }

        @Override
        public long sizeBytes() {
            return 0x2000;
        }

        @Override
        public long read(long offset, int sizeBytes) {
            return offset + 0x10L * sizeBytes;
        }

        @Override
        public void write(long offset, int sizeBytes, long value) {
            heard.append(String.format("%x %d %x;", offset, sizeBytes, value));
        }
    }

    @ParameterizedTest(name = "at {0}")
    @ValueSource(longs = {0x3000, 0xfee0_0000L})
    @DisplayName("leaves a device's addresses to the device, in front of RAM and beyond it")
    void devices(long physical) {
        PhysicalMemory memory = new PhysicalMemory(SIZE, Map.of(0x3000L, new byte[4096], 0x2000L, new byte[4096]));
        Device device = new Device(physical);
        memory.addDevice(new Device(0x1_0000_0000L));
        memory.addDevice(device);
        assertThat(memory.read(physical, 4)).isEqualTo(0x40);
        assertThat(memory.read(physical + 0x1ff8, 8)).isEqualTo(0x2078);
        memory.write(physical, -1, 4, 0x1234);
        memory.write(physical + 0x1ffc, -1, 4, 5);
        assertThat(device.heard).hasToString("0 4 1234;1ffc 4 5;");
        assertThat(memory.holds(physical)).isFalse();

        long beyond = physical < SIZE ? 0 : -1;
        assertThat(memory.read(physical - 8, 8)).isEqualTo(beyond);
        assertThat(memory.read(physical + 0x2000, 8)).isEqualTo(beyond);
        memory.write(physical - 1, -1, 1, 7);
        memory.write(physical + 0x2000, -1, 1, 7);
        assertThat(memory.read(physical - 1, 1)).isEqualTo(physical < SIZE ? 7 : 0xff);
        assertThat(device.heard).hasToString("0 4 1234;1ffc 4 5;");
    }

    @Test
    @DisplayName("never writes to the bytes it was given, nor to those it has handed out")
    void copiesOnWrite() {
        byte[] loaded = new byte[4096];
        PhysicalMemory memory = new PhysicalMemory(SIZE, Map.of(0x1000L, loaded));
        memory.write(0x1008, -1, 8, 1);
        Map<Long, byte[]> handedOut = memory.pages();
        memory.write(0x1008, -1, 8, 2);

        assertThat(loaded[8]).isZero();
        assertThat(handedOut.get(0x1000L)[8]).isEqualTo((byte) 1);
        assertThat(memory.read(0x1008, 8)).isEqualTo(2);
    }

    @ParameterizedTest(name = "{0} bytes watched at {1}, {2} written at {3}: {4}")
    @CsvSource({
        "1, 0x000, 1, 0x00f, true", "1, 0x000, 1, 0x010, false", "16, 0x010, 1, 0x00f, false",
                "16, 0x010, 8, 0x00c, true",
        "17, 0x010, 1, 0x02f, true", "15, 0xff8, 8, 0xff8, true", "15, 0xff8, 1, 0xfef, false",
                "1, 0x400, 1, 0x000, false",
        "1, 0x400, 8, 0x3fc, true", "15, 0x7f8, 4, 0x804, true", "1, 0x800, 1, 0xc00, false"
    })
    @DisplayName("tells the watcher if the write touches one of the sixteen bytes around what is watched")
    void watchesParts(int watched, String at, int written, String where, boolean hears) {
        PhysicalMemory memory = new PhysicalMemory(SIZE, Map.of(0x1000L, new byte[4096]));
        StringBuilder heard = new StringBuilder();
        memory.setWatcher(page -> heard.append(page));
        memory.watch(0x1000 + Long.decode(at), watched);
        memory.write(0x1000 + Long.decode(where), -1, written, -1);
        assertThat(heard).hasToString(hears ? "1" : "");
    }

    @Test
    @DisplayName("tells the watcher of a page once, before the write")
    void tellsTheWatcher() {
        PhysicalMemory memory = new PhysicalMemory(SIZE, Map.of(0x1000L, new byte[4096]));
        StringBuilder heard = new StringBuilder();
        memory.setWatcher(page -> heard.append(page).append(':').append(memory.read(0x1000, 1)));
        memory.watch(0x1000, 1);
        memory.write(0x1000, -1, 1, 7);
        memory.write(0x1000, -1, 1, 8);
        assertThat(heard).hasToString("1:0");
    }

    @Test
    @DisplayName("says what does not fit into it")
    void refusesWhatDoesNotFit() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new PhysicalMemory(SIZE, Map.of(SIZE, new byte[4096])))
                .withMessageContaining("0x10000");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new PhysicalMemory(100, Map.of()))
                .withMessageContaining("0x64");
        for (long size : new long[] {0, -0x1000, (1L << 36) + 0x1000}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> new PhysicalMemory(size, Map.of()))
                    .withMessage(
                            "RAM has a multiple of 4096 bytes and at most 64 GiB, got 0x" + Long.toHexString(size));
        }
        for (long physical : new long[] {-0x1000, 0x800}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> new PhysicalMemory(SIZE, Map.of(physical, new byte[4096])));
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new PhysicalMemory(SIZE, Map.of(0x1000L, new byte[4095])))
                .withMessageContaining("4095 bytes");
    }
}
