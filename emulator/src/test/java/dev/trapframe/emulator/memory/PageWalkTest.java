package dev.trapframe.emulator.memory;

import static dev.trapframe.emulator.TestMachine.KERNEL_DATA;
import static dev.trapframe.emulator.TestMachine.USER_DATA;
import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.TestMachine;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MicroOp;
import dev.trapframe.emulator.api.Rule;
import dev.trapframe.emulator.event.ExceptionVector;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.state.Cr4;
import dev.trapframe.emulator.state.Efer;
import dev.trapframe.emulator.state.Rflags;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("A page walk")
class PageWalkTest {

    private static final long NX = 1L << 63;
    private static final long RESERVED = 1L << 51;
    private static final long CR0_WITHOUT_WP = 0x8004_0033L;
    private static final long CR4 = 0x6a0;

    /** The error code of a refused access at an address; -1 if it is permitted. */
    private static int errorCode(TestMachine machine, Access access, long linear) {
        try {
            switch (access) {
                case READ -> machine.memory().read(SegmentRegister.DS, linear, 8);
                case WRITE -> machine.memory().write(SegmentRegister.DS, linear, 8, 0);
                case FETCH -> machine.memory().translateFetch(linear);
            }
            return -1;
        } catch (Fault fault) {
            assertThat(fault.vector()).isEqualTo(ExceptionVector.PF);
            return fault.errorCode().orElseThrow();
        }
    }

    private static Rule ruleOf(TestMachine machine) {
        return ((MicroOp.PageWalkRefused) machine.memory().walk().refusal()).rule();
    }

    @Nested
    @DisplayName("gives the error code")
    class ErrorCodes {

        @ParameterizedTest(name = "user {0} of an absent page: {1}")
        @CsvSource({"READ, 4", "WRITE, 6", "FETCH, 20"})
        void userAbsent(Access access, int expected) {
            TestMachine machine = TestMachine.inUserMode().withPageEntry(USER_DATA, 0);
            assertThat(errorCode(machine, access, USER_DATA)).isEqualTo(expected);
            assertThat(ruleOf(machine)).isEqualTo(Rule.PAGE_PRESENT);
        }

        @ParameterizedTest(name = "kernel {0} of an absent page: {1}")
        @CsvSource({"READ, 0", "WRITE, 2", "FETCH, 16"})
        void kernelAbsent(Access access, int expected) {
            assertThat(errorCode(TestMachine.inKernelMode(), access, 0x10)).isEqualTo(expected);
        }

        @ParameterizedTest(name = "user {0} of a supervisor page: {1}")
        @CsvSource({"READ, 5", "WRITE, 7", "FETCH, 21"})
        void supervisorPage(Access access, int expected) {
            TestMachine machine = TestMachine.inUserMode();
            assertThat(errorCode(machine, access, KERNEL_DATA)).isEqualTo(expected);
            assertThat(ruleOf(machine)).isEqualTo(Rule.PAGE_USER_SUPERVISOR);
        }

        @Test
        @DisplayName("7 for a user's write to a read-only page")
        void userReadOnly() {
            TestMachine machine = TestMachine.inUserMode().withPageEntry(USER_DATA, USER_DATA | 5);
            assertThat(errorCode(machine, Access.READ, USER_DATA)).isEqualTo(-1);
            assertThat(errorCode(machine, Access.WRITE, USER_DATA)).isEqualTo(7);
            assertThat(ruleOf(machine)).isEqualTo(Rule.PAGE_WRITABLE);
        }

        @Test
        @DisplayName("3 for the kernel's write to a read-only page with CR0.WP, none without")
        void writeProtect() {
            TestMachine machine = TestMachine.inKernelMode().withPageEntry(KERNEL_DATA, KERNEL_DATA | 1);
            assertThat(errorCode(machine, Access.WRITE, KERNEL_DATA)).isEqualTo(3);
            machine.cpu().set(MachineRegister.CR0, CR0_WITHOUT_WP);
            assertThat(errorCode(machine, Access.WRITE, KERNEL_DATA)).isEqualTo(-1);
        }

        @Test
        @DisplayName("0x15 for a user's fetch from an NX page, 0x11 for the kernel's")
        void noExecute() {
            TestMachine user = TestMachine.inUserMode().withPageEntry(USER_DATA, USER_DATA | 7 | NX);
            assertThat(errorCode(user, Access.FETCH, USER_DATA)).isEqualTo(0x15);
            assertThat(ruleOf(user)).isEqualTo(Rule.PAGE_EXECUTABLE);
            TestMachine kernel = TestMachine.inKernelMode().withPageEntry(KERNEL_DATA, KERNEL_DATA | 3 | NX);
            assertThat(errorCode(kernel, Access.FETCH, KERNEL_DATA)).isEqualTo(0x11);
        }

        @Test
        @DisplayName("with P and RSVD for bit 51")
        void reservedBits() {
            TestMachine machine = TestMachine.inUserMode().withPageEntry(USER_DATA, USER_DATA | 7 | RESERVED);
            assertThat(errorCode(machine, Access.READ, USER_DATA)).isEqualTo(0xd);
            assertThat(errorCode(machine, Access.WRITE, USER_DATA)).isEqualTo(0xf);
            assertThat(ruleOf(machine)).isEqualTo(Rule.PAGE_RESERVED_BITS);
        }

        @Test
        @DisplayName("with RSVD for bit 63 where EFER.NXE is 0, and then no I/D for fetches")
        void noExecuteIsReservedWithoutNxe() {
            TestMachine machine = TestMachine.inUserMode()
                    .with(MachineRegister.EFER, 0xd01 & ~Efer.NXE)
                    .withPageEntry(USER_DATA, USER_DATA | 7 | NX);
            assertThat(errorCode(machine, Access.FETCH, USER_DATA)).isEqualTo(0xd);
        }

        @Test
        @DisplayName("for the first byte that could not be reached, over a page border; nothing is written")
        void overAPageBorder() {
            TestMachine machine = TestMachine.inUserMode()
                    .withPageEntry(USER_DATA + 0x1000, 0)
                    .withQuadword(USER_DATA + 0xff8, -1);
            assertThat(errorCode(machine, Access.WRITE, USER_DATA + 0xffd)).isEqualTo(6);
            assertThat(machine.memory().walk().refusedLinear()).isEqualTo(USER_DATA + 0x1000);
            assertThat(machine.physicalMemory().read(USER_DATA + 0xff8, 8)).isEqualTo(-1);
        }
    }

    @Nested
    @DisplayName("keeps the supervisor")
    class SupervisorModes {

        @Test
        @DisplayName("from fetching user pages with SMEP")
        void smep() {
            TestMachine machine = TestMachine.inKernelMode();
            assertThat(errorCode(machine, Access.FETCH, USER_DATA)).isEqualTo(-1);
            machine.cpu().set(MachineRegister.CR4, CR4 | Cr4.SMEP);
            assertThat(errorCode(machine, Access.FETCH, USER_DATA)).isEqualTo(0x11);
            assertThat(ruleOf(machine)).isEqualTo(Rule.PAGE_SMEP);
        }

        @Test
        @DisplayName("from user data with SMAP, unless RFLAGS.AC is set; the processor's own accesses even then")
        void smap() {
            TestMachine machine = TestMachine.inKernelMode().with(MachineRegister.CR4, CR4 | Cr4.SMAP);
            assertThat(errorCode(machine, Access.READ, USER_DATA)).isEqualTo(1);
            assertThat(ruleOf(machine)).isEqualTo(Rule.PAGE_SMAP);
            machine.cpu().setRflags(2 | Rflags.AC);
            assertThat(errorCode(machine, Access.READ, USER_DATA)).isEqualTo(-1);
            try {
                machine.memory().readSystem(USER_DATA, 8);
                throw new AssertionError("SMAP let an implicit access through");
            } catch (Fault fault) {
                assertThat(fault.errorCode()).hasValue(1);
            }
        }
    }

    @Nested
    @DisplayName("asks the protection key")
    class ProtectionKeys {

        private static final long KEY_5 = 5L << 59;
        private static final long ACCESS_DISABLE = 0x400;
        private static final long WRITE_DISABLE = 0x800;

        private final TestMachine user = TestMachine.inUserMode()
                .with(MachineRegister.CR4, CR4 | Cr4.PKE)
                .withPageEntry(USER_DATA, USER_DATA | 7 | KEY_5);
        private final TestMachine kernel = TestMachine.inKernelMode()
                .with(MachineRegister.CR4, CR4 | Cr4.PKS)
                .withPageEntry(KERNEL_DATA, KERNEL_DATA | 3 | KEY_5);

        @Test
        @DisplayName("in PKRU for user pages: 0x25 for reads, 0x27 for writes, never for fetches")
        void userKeys() {
            user.with(MachineRegister.PKRU, ACCESS_DISABLE);
            assertThat(errorCode(user, Access.READ, USER_DATA)).isEqualTo(0x25);
            assertThat(errorCode(user, Access.WRITE, USER_DATA)).isEqualTo(0x27);
            assertThat(ruleOf(user)).isEqualTo(Rule.PAGE_PROTECTION_KEY);
            assertThat(errorCode(user, Access.FETCH, USER_DATA)).isEqualTo(-1);
        }

        @Test
        @DisplayName("in IA32_PKRS for supervisor pages: WD stops writes with CR0.WP only")
        void supervisorKeys() {
            kernel.with(MachineRegister.PKRS, WRITE_DISABLE);
            assertThat(errorCode(kernel, Access.READ, KERNEL_DATA)).isEqualTo(-1);
            assertThat(errorCode(kernel, Access.WRITE, KERNEL_DATA)).isEqualTo(0x23);
            kernel.cpu().set(MachineRegister.CR0, CR0_WITHOUT_WP);
            assertThat(errorCode(kernel, Access.WRITE, KERNEL_DATA)).isEqualTo(-1);
        }

        @Test
        @DisplayName("again when the register changes, although the translation is cached")
        void followsTheRegister() {
            assertThat(errorCode(kernel, Access.WRITE, KERNEL_DATA)).isEqualTo(-1);
            kernel.cpu().set(MachineRegister.PKRS, ACCESS_DISABLE);
            assertThat(errorCode(kernel, Access.READ, KERNEL_DATA)).isEqualTo(0x21);
        }
    }

    @Nested
    @DisplayName("maps")
    class Mapping {

        private static final long LARGE = 0x20_0000L;
        private static final long HUGE = 0x4000_0000L;

        @Test
        @DisplayName("2 MiB pages, whose low address bits are reserved but for PAT")
        void largePages() {
            TestMachine machine =
                    TestMachine.inKernelMode().withQuadword(0x3008, 0x1083).withBytes(0xf008, "77");
            assertThat(machine.memory().read(SegmentRegister.DS, LARGE + 0xf008, 1))
                    .isEqualTo(0x77);
            TestMachine reserved = TestMachine.inKernelMode().withQuadword(0x3008, 0x2083);
            assertThat(errorCode(reserved, Access.READ, LARGE)).isEqualTo(9);
        }

        @Test
        @DisplayName("1 GiB pages")
        void hugePages() {
            TestMachine machine =
                    TestMachine.inKernelMode().withQuadword(0x2008, 0x83).withBytes(0xf008, "77");
            assertThat(machine.memory().read(SegmentRegister.DS, HUGE + 0xf008, 1))
                    .isEqualTo(0x77);
        }

        @Test
        @DisplayName("and sets A in every level used, D in the last one by writes only")
        void accessedAndDirty() {
            TestMachine machine = TestMachine.inKernelMode();
            long entry = 0x4000 + 8 * (KERNEL_DATA >>> 12);
            machine.memory().read(SegmentRegister.DS, KERNEL_DATA, 8);
            assertThat(machine.physicalMemory().read(0x1000, 8)).isEqualTo(0x2027);
            assertThat(machine.physicalMemory().read(entry, 8)).isEqualTo(KERNEL_DATA | 0x23);
            machine.memory().write(SegmentRegister.DS, KERNEL_DATA, 8, 1);
            assertThat(machine.physicalMemory().read(entry, 8)).isEqualTo(KERNEL_DATA | 0x63);
        }

        @Test
        @DisplayName("and leaves the last level's A alone where it refuses")
        void refusedLeavesAccessed() {
            TestMachine machine = TestMachine.inUserMode();
            errorCode(machine, Access.READ, KERNEL_DATA);
            assertThat(machine.physicalMemory().read(0x4000 + 8 * (KERNEL_DATA >>> 12), 8))
                    .isEqualTo(KERNEL_DATA | 3);
        }
    }

    @Nested
    @DisplayName("is not made again while the TLB holds the translation:")
    class Caching {

        private final TestMachine machine = TestMachine.inKernelMode().with(MachineRegister.CR4, CR4 | Cr4.PGE);
        private final long entry = 0x4000 + 8 * (KERNEL_DATA >>> 12);

        private int readAfter(long oldEntry, Runnable invalidation) {
            machine.physicalMemory().write(entry, -1, 8, oldEntry);
            machine.memory().flushTlb(true);
            machine.memory().read(SegmentRegister.DS, KERNEL_DATA, 8);
            machine.physicalMemory().write(entry, -1, 8, 0);
            invalidation.run();
            return errorCode(machine, Access.READ, KERNEL_DATA);
        }

        @Test
        @DisplayName("it stays though the tables have changed")
        void staysStale() {
            assertThat(readAfter(KERNEL_DATA | 3, () -> {})).isEqualTo(-1);
        }

        @Test
        @DisplayName("INVLPG of any byte of the page drops it")
        void invlpg() {
            assertThat(readAfter(KERNEL_DATA | 3, () -> machine.memory().invalidate(KERNEL_DATA + 0x123)))
                    .isZero();
        }

        @Test
        @DisplayName("a flush drops it, but a global one only if it is told to")
        void flush() {
            assertThat(readAfter(KERNEL_DATA | 3, () -> machine.memory().flushTlb(false)))
                    .isZero();
            assertThat(readAfter(KERNEL_DATA | 0x103, () -> machine.memory().flushTlb(false)))
                    .isEqualTo(-1);
            assertThat(readAfter(KERNEL_DATA | 0x103, () -> machine.memory().flushTlb(true)))
                    .isZero();
        }
    }

    @Test
    @DisplayName("tells the entries it has read, from the top, when it refuses")
    void tellsTheEntries() {
        TestMachine machine = TestMachine.inUserMode().withPageEntry(USER_DATA, USER_DATA | 7 | RESERVED);
        errorCode(machine, Access.READ, USER_DATA);

        MicroOp.PageWalkRefused refusal =
                (MicroOp.PageWalkRefused) machine.memory().walk().refusal();
        assertThat(refusal.linear()).isEqualTo(USER_DATA);
        assertThat(refusal.entries()).extracting(MicroOp.PagingEntry::level).containsExactly(4, 3, 2, 1);
        assertThat(refusal.entries().get(3).value()).isEqualTo(USER_DATA | 7 | RESERVED);
    }
}
