package dev.trapframe.emulator.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

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

    @Test
    @DisplayName("tells the watcher of a page once, before the write")
    void tellsTheWatcher() {
        PhysicalMemory memory = new PhysicalMemory(SIZE, Map.of(0x1000L, new byte[4096]));
        StringBuilder heard = new StringBuilder();
        memory.setWatcher(page -> heard.append(page).append(':').append(memory.read(0x1000, 1)));
        memory.watch(0x1000);
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
    }
}
