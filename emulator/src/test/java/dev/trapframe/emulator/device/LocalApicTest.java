package dev.trapframe.emulator.device;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.api.LocalApicState;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.memory.LittleEndian;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Source: Intel SDM Vol. 3A, "Local APIC", "Local APIC Register Address Map". */
@DisplayName("The local APIC")
class LocalApicTest {

    private final TestApic local = TestApic.enabled();

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource({
        "20, 0",
        "30, 50014",
        "80, 0",
        "90, 0",
        "a0, 0",
        "d0, 0",
        "e0, ffffffff",
        "f0, ff",
        "100, 0",
        "170, 0",
        "180, 0",
        "200, 0",
        "270, 0",
        "280, 0",
        "300, 0",
        "310, 0",
        "320, 10000",
        "330, 10000",
        "340, 10000",
        "350, 10000",
        "360, 10000",
        "370, 10000",
        "380, 0",
        "390, 0",
        "3e0, 0"
    })
    @DisplayName("after reset its registers hold")
    void reset(String offset, String value) {
        TestApic reset = new TestApic(LocalApicState.RESET);
        assertThat(Long.toHexString(reset.read(Integer.parseInt(offset, 16)))).isEqualTo(value);
    }

    @ParameterizedTest(name = "all ones to {0} leave {1}")
    @CsvSource({
        "20, 0",
        "30, 50014",
        "80, ff",
        "90, 0",
        "a0, 0",
        "d0, ff000000",
        "e0, ffffffff",
        "f0, 3ff",
        "100, 0",
        "200, 0",
        "310, ff000000",
        "320, 700ff",
        "330, 107ff",
        "340, 107ff",
        "350, 1a7ff",
        "360, 1a7ff",
        "370, 100ff",
        "380, ffffffff",
        "3e0, b"
    })
    @DisplayName("writes reach the bits that may be written")
    void writable(String offset, String left) {
        int register = Integer.parseInt(offset, 16);
        local.write(register, 0xffff_ffffL);
        assertThat(Long.toHexString(local.read(register))).isEqualTo(left);
    }

    @Test
    @DisplayName("reads of less than a register give its bytes; writes of less, or beside it, are lost")
    void accessSizes() {
        local.write(0xd0, 0x5600_0000L);
        assertThat(local.page.read(0xd3, 1)).isEqualTo(0x56);
        assertThat(local.page.read(0xd2, 2)).isEqualTo(0x5600);
        assertThat(local.page.read(0xd4, 4)).isZero();
        local.page.write(0xd3, 1, 0x77);
        local.page.write(0xd4, 4, 0x7700_0000L);
        assertThat(local.read(0xd0)).isEqualTo(0x5600_0000L);
        local.page.write(0xd0, 8, 0x1234_5678_7700_0000L);
        assertThat(local.read(0xd0)).isEqualTo(0x7700_0000L);
    }

    @Nested
    @DisplayName("orders interrupts")
    class Priorities {

        @Test
        @DisplayName("by vector; one in service holds off its class and those below until EOI")
        void service() {
            local.apic.request(0x41);
            local.apic.request(0x52);
            assertThat(local.apic.acknowledge()).isEqualTo(0x52);
            assertThat(local.read(0xa0)).as("PPR").isEqualTo(0x50);
            assertThat(local.apic.exceedsPriority(0x5f)).isFalse();
            assertThat(local.apic.exceedsPriority(0x60)).isTrue();
            assertThat(local.apic.exceedsPriority(local.apic.highestRequest())).isFalse();
            local.write(0xb0, 0);
            assertThat(local.apic.exceedsPriority(local.apic.highestRequest())).isTrue();
            assertThat(local.read(0xa0)).isZero();
        }

        @Test
        @DisplayName("EOI ends the highest of those in service; without any it does nothing")
        void endOfInterrupt() {
            local.apic.request(0x30);
            local.apic.acknowledge();
            local.apic.request(0x80);
            local.apic.acknowledge();
            assertThat(local.apic.state().inService()).containsExactly(0x80, 0x30);
            local.write(0xb0, 0);
            assertThat(local.apic.state().inService()).containsExactly(0x30);
            local.write(0xb0, 0);
            local.write(0xb0, 0);
            assertThat(local.apic.state().inService()).isEmpty();
        }

        @ParameterizedTest(name = "TPR {0}, {1} in service: PPR {2}")
        @CsvSource({
            "0, 0, 0",
            "45, 0, 45",
            "45, 31, 45",
            "45, 47, 45",
            "45, 51, 50",
            "40, 4f, 40",
            "f, 20, 20",
            "ff, 80, ff"
        })
        @DisplayName(
                "PPR is the higher class of TPR and service; TPR's subclass counts only if TPR's class is not lower")
        void processorPriority(String task, String service, String processor) {
            int vector = Integer.parseInt(service, 16);
            if (vector != 0) local.apic.request(vector);
            if (vector != 0) local.apic.acknowledge();
            local.write(0x80, Integer.parseInt(task, 16));
            assertThat(Long.toHexString(local.read(0xa0))).isEqualTo(processor);
        }

        @Test
        @DisplayName("TPR bits 7 to 4 are CR8; MOV to CR8 clears bits 3 to 0")
        void taskPriority() {
            local.write(0x80, 0x57);
            assertThat(local.cpu.get(MachineRegister.CR8)).isEqualTo(5);
            assertThat(local.read(0x80)).isEqualTo(0x57);
            local.cpu.set(MachineRegister.CR8, 9);
            local.apic.taskPriorityLoaded();
            assertThat(local.read(0x80)).isEqualTo(0x90);
        }

        @ParameterizedTest
        @ValueSource(ints = {16, 31, 32, 63, 64, 0x95, 0xbf, 0xc0, 0xff})
        @DisplayName("IRR and ISR show each vector in its bit of its register")
        void bits(int vector) {
            local.apic.request(vector);
            assertThat(local.read(0x200 + (vector >>> 5) * 16)).isEqualTo(1L << (vector & 31));
            local.apic.acknowledge();
            assertThat(local.read(0x200 + (vector >>> 5) * 16)).isZero();
            assertThat(local.read(0x100 + (vector >>> 5) * 16)).isEqualTo(1L << (vector & 31));
        }
    }

    @Nested
    @DisplayName("switched off and on")
    class Enabling {

        @Test
        @DisplayName("by IA32_APIC_BASE forgets everything, CR8 too, and its page is gone meanwhile")
        void globally() {
            local.apic.request(0x41);
            local.write(0x80, 0x30);
            local.write(0x320, 0x55);
            local.write(0x380, 1000);
            local.setBase(TestApic.BASE_OFF);
            assertThat(local.page.sizeBytes()).isZero();
            assertThat(local.apic.takesInterrupts()).isFalse();
            assertThat(local.apic.hasRequests()).isFalse();
            assertThat(local.apic.timerExpiresAt()).isEqualTo(Long.MAX_VALUE);
            local.setBase(TestApic.BASE_XAPIC);
            assertThat(local.page.sizeBytes()).isEqualTo(4096);
            assertThat(local.cpu.get(MachineRegister.CR8)).isZero();
            assertThat(local.apic.state()).isEqualTo(LocalApicState.RESET);
        }

        @Test
        @DisplayName("its page moves with IA32_APIC_BASE")
        void moves() {
            assertThat(local.page.physical()).isEqualTo(0xfee0_0000L);
            local.setBase(0x10_0900L);
            assertThat(local.page.physical()).isEqualTo(0x10_0000L);
        }

        @Test
        @DisplayName("by software masks all local vectors and keeps them so; what waits goes on waiting")
        void bySoftware() {
            local.write(0x370, 0x77);
            local.apic.request(0x41);
            local.write(0xf0, 0xff);
            assertThat(local.apic.takesInterrupts()).isFalse();
            assertThat(local.read(0x370)).isEqualTo(0x1_0077);
            local.write(0x320, 0x33);
            assertThat(local.read(0x320)).isEqualTo(0x1_0033);
            assertThat(local.apic.requests()).containsExactly(0x41);
            local.write(0x300, 0x4_0061);
            assertThat(local.apic.requests())
                    .as("what it sends to itself is not taken")
                    .containsExactly(0x41);
            local.write(0x300, 0x4_0400);
            assertThat(local.nmis).as("but an NMI is").isEqualTo(1);
            local.write(0xf0, 0x1ff);
            assertThat(local.apic.takesInterrupts()).isTrue();
            local.write(0x320, 0x33);
            assertThat(local.read(0x320)).isEqualTo(0x33);
        }

        @Test
        @DisplayName("the spurious vector is the low byte of SVR")
        void spuriousVector() {
            local.write(0xf0, 0x13d);
            assertThat(local.apic.spuriousVector()).isEqualTo(0x3d);
        }
    }

    @Nested
    @DisplayName("reports errors")
    class Errors {

        @Test
        @DisplayName("in ESR, which shows them after it was written, until it is written again")
        void latched() {
            local.write(0x300, 0x4_000f); // self, vector 15
            assertThat(local.read(0x280)).isZero();
            local.write(0x280, 0);
            assertThat(local.read(0x280)).isEqualTo(LocalApic.ERROR_SEND_ILLEGAL_VECTOR);
            local.write(0x280, 0);
            assertThat(local.read(0x280)).isZero();
            local.apic.request(3);
            local.write(0x280, 0);
            assertThat(local.read(0x280)).isEqualTo(LocalApic.ERROR_RECEIVED_ILLEGAL_VECTOR);
        }

        @ParameterizedTest
        @ValueSource(ints = {0x0, 0x10, 0x40, 0x70, 0xc0, 0x290, 0x2f0, 0x3a0, 0x3f0, 0x400, 0xff0})
        @DisplayName("for registers that are not there, read or written")
        void illegalRegister(int offset) {
            assertThat(local.read(offset)).isZero();
            local.write(0x280, 0);
            assertThat(local.read(0x280)).isEqualTo(LocalApic.ERROR_ILLEGAL_REGISTER);
            local.write(0x280, 0);
            local.write(offset, 1);
            local.write(0x280, 0);
            assertThat(local.read(0x280)).isEqualTo(LocalApic.ERROR_ILLEGAL_REGISTER);
        }

        @Test
        @DisplayName("by the interrupt of LVT error, once for each kind until ESR is written")
        void interrupt() {
            local.write(0x370, 0x66);
            local.read(0x3f0);
            assertThat(local.apic.acknowledge()).isEqualTo(0x66);
            local.read(0x3f0);
            assertThat(local.apic.hasRequests()).isFalse();
            local.write(0x280, 0);
            local.read(0x3f0);
            assertThat(local.apic.requests()).containsExactly(0x66);
        }

        @Test
        @DisplayName("not by an illegal vector of its own")
        void noLoop() {
            local.write(0x370, 0x5);
            local.read(0x3f0);
            assertThat(local.apic.hasRequests()).isFalse();
        }
    }

    @Nested
    @DisplayName("sends interrupts: ICR")
    class Commands {

        @ParameterizedTest(name = "LDR {0}, DFR {1}, destination {2}, low {3}: {4}")
        @CsvSource({
            // physical
            "0, f, 0, 41, true",
            "0, f, 1, 41, false",
            "0, f, ff, 41, true",
            // shorthand: self, all, all but self
            "0, f, 7, 40041, true",
            "0, f, 7, 80041, true",
            "0, f, 7, c0041, false",
            // logical, flat: any bit in common
            "1, f, 1, 841, true",
            "6, f, c, 841, true",
            "6, f, 9, 841, false",
            "0, f, ff, 841, true",
            "0, f, 0, 841, false",
            // logical, cluster: the same upper half, any bit of the lower in common
            "21, 0, 23, 841, true",
            "21, 0, 22, 841, false",
            "21, 0, 31, 841, false",
            "21, 0, ff, 841, true",
            // lowest priority goes where fixed does
            "0, f, 0, 141, true"
        })
        @DisplayName("in xAPIC mode reach the only processor if its ID, its logical ID or the shorthand says so")
        void xApic(String ldr, String dfr, String destination, String low, boolean reaches) {
            local.write(0xd0, Long.parseLong(ldr, 16) << 24);
            local.write(0xe0, Long.parseLong(dfr, 16) << 28);
            local.write(0x310, Long.parseLong(destination, 16) << 24);
            local.write(0x300, Long.parseLong(low, 16));
            if (reaches) assertThat(local.apic.requests()).containsExactly(0x41);
            else assertThat(local.apic.hasRequests()).isFalse();
            assertThat(local.read(0x300)).as("delivery status is idle").isEqualTo(Long.parseLong(low, 16));
        }

        @ParameterizedTest(name = "{0}: {1}")
        @CsvSource({
            "41, true",
            "100000041, false",
            "ffffffff00000041, true",
            "100000841, true",
            "200000841, false",
            "10001 00000841, false",
            "ffffffff00000841, true",
            "500040041, true",
            "5000c0041, false"
        })
        @DisplayName("in x2APIC mode, with 32 bits of destination; logical ones are cluster and bit")
        void x2Apic(String command, boolean reaches) {
            local.setBase(TestApic.BASE_X2APIC);
            local.msrs.write(0x830, Long.parseUnsignedLong(command.replace(" ", ""), 16));
            if (reaches) assertThat(local.apic.requests()).containsExactly(0x41);
            else assertThat(local.apic.hasRequests()).isFalse();
        }

        @ParameterizedTest(name = "delivery mode {0}: {1} NMIs, {2} requests")
        @CsvSource({"0, 0, 1", "1, 0, 1", "2, 0, 0", "3, 0, 0", "4, 1, 0", "5, 0, 0", "6, 0, 0", "7, 0, 0"})
        @DisplayName("fixed and lowest priority ask for a vector, NMI for an NMI; SMI, INIT and start-up are lost")
        void deliveryModes(int mode, int nmis, int requests) {
            local.write(0x300, 0x4_0041 | mode << 8);
            assertThat(local.nmis).isEqualTo(nmis);
            assertThat(local.apic.requests()).hasSize(requests);
        }

        @Test
        @DisplayName("the same vector twice is one request until it is taken, and one more while it is in service")
        void onceEach() {
            local.write(0x300, 0x4_0041);
            local.write(0x300, 0x4_0041);
            local.apic.acknowledge();
            assertThat(local.apic.hasRequests()).isFalse();
            local.write(0x300, 0x4_0041);
            assertThat(local.apic.state().requested()).containsExactly(0x41);
            assertThat(local.apic.state().inService()).containsExactly(0x41);
        }
    }

    @Test
    @DisplayName("goes on from its state: registers, requests, service, errors and timer")
    void stateIsComplete() {
        local.write(0x80, 0x23);
        local.write(0xd0, 0x0400_0000L);
        local.write(0xe0, 0x0fff_ffffL);
        local.write(0xf0, 0x1aa);
        local.write(0x320, 0x2_0055);
        local.write(0x350, 0x700);
        local.write(0x3e0, 0x2);
        local.write(0x380, 100);
        local.write(0x310, 0x0700_0000L);
        local.write(0x300, 0x4_0091);
        local.read(0x3f0);
        local.write(0x280, 0);
        local.apic.request(3);
        local.apic.request(0xe1);
        local.apic.acknowledge();
        local.now = 37;
        TestApic again = new TestApic(local.apic.state());
        again.cpu.set(MachineRegister.CR8, 2);
        again.now = 37;
        assertThat(again.apic.state()).isEqualTo(local.apic.state());
        for (int offset = 0; offset < 0x400; offset += 16) {
            assertThat(again.read(offset)).as("register %x", offset).isEqualTo(local.read(offset));
        }
        assertThat(again.apic.timerExpiresAt()).isEqualTo(800);
        assertThat(LittleEndian.truncate(again.read(0x390), 4)).isEqualTo(96);
    }
}
