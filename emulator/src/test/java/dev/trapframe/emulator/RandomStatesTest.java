package dev.trapframe.emulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.api.Change;
import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.Change.SystemRegister;
import dev.trapframe.emulator.api.Injection;
import dev.trapframe.emulator.api.Limits;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MachineState;
import dev.trapframe.emulator.api.MicroOp;
import dev.trapframe.emulator.api.MicroStep;
import dev.trapframe.emulator.api.RunEnd;
import dev.trapframe.emulator.api.Step;
import dev.trapframe.emulator.api.StepOutcome;
import dev.trapframe.emulator.api.TraceView;
import dev.trapframe.emulator.conformance.RecordedStates;
import dev.trapframe.emulator.event.Event;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Machines that nobody would set up: a recorded machine with random registers, control registers, hidden parts, gates and
 * page-table entries, and code of random bytes and random instructions. The seed in a failure's name makes the run again.
 */
@DisplayName("A machine in any state, with any bytes as code,")
class RandomStatesTest {

    private static final int STEPS = 50;
    private static final int CODE_BYTES = 240;
    private static final int PAGE = 4096;
    private static final long CODE_PAGES = 0xfffff000L;

    /** What the delivery of an event may change, whatever the instruction was. */
    private static final Set<MachineRegister> OF_DELIVERY = EnumSet.of(
            MachineRegister.RIP,
            MachineRegister.RSP,
            MachineRegister.RFLAGS,
            MachineRegister.CS,
            MachineRegister.SS,
            MachineRegister.CPL,
            MachineRegister.CR2,
            MachineRegister.DR6,
            MachineRegister.DR7);

    /** The string instructions count in registers while they repeat, and have stored what they stored. */
    private static final Pattern REPEATING = Pattern.compile("rep(z|nz)? .*|.*\\brep(z|nz)? .*");

    /** These store more than once; what they stored before the fault stays. */
    private static final Pattern STORES_TWICE =
            Pattern.compile(".*\\b(enter|pusha|pushal|lcall|call|xsave|fxsave|sgdt|sidt)\\w* ?.*");

    private final List<MachineState> origins = RecordedStates.names()
            .filter(name -> name.matches("open/(pf_u|pf_k|syscall_ret|pks_k|pku_u|iret_flags|apic_tpr|string_rep)"))
            .map(RecordedStates::state)
            .toList();
    private final List<byte[]> instructions = instructions();
    private static final List<Long> PLACES =
            List.of(0xffffffffc0008000L, 0xffffffffc0009ff0L, 0x402000L, 0x406000L, 0xffffffff8011b000L);
    private static final List<Long> LOW_PLACES = List.of(0x12e000L, 0x12eff8L, 0x12f800L, 0x12fbf0L, 0x12c800L);

    /** The encodings that the tests walk the instruction table with. */
    private static List<byte[]> instructions() {
        String walk = "/dev/trapframe/emulator/isa/walk.tsv";
        try (InputStream in = RandomStatesTest.class.getResourceAsStream(walk)) {
            if (in == null) throw new IllegalStateException("the test resources have no " + walk);
            return new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))
                    .lines()
                    .map(line -> HexFormat.of().parseHex(line.substring(0, line.indexOf('\t'))))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    @Tag("slow")
    @DisplayName(
            "runs 50 steps or ends in one of the documented ways; a fault changes what delivery changes and nothing else")
    void twentyThousandRuns() {
        runs(0, 20_000, origins);
    }

    @Test
    @Tag("slow")
    @DisplayName("the same outside of 64-bit mode: without paging, with 32-bit and PAE paging, in 16-bit code")
    void tenThousandRunsInOtherModes() {
        runs(0, 10_000, RecordedStates.outsideOf64BitMode());
    }

    @Test
    @Tag("long")
    @DisplayName("the same, a million times")
    void aMillionRuns() {
        runs(1_000_000, 1_000_000, origins);
    }

    private void runs(long firstSeed, int count, List<MachineState> from) {
        Map<String, Integer> outcomes = new TreeMap<>();
        for (int run = 0; run < count; run++) {
            long seed = firstSeed + run;
            MachineState state = state(new Random(seed), from);
            TraceView trace = recorded(state, seed);
            for (int i = 0; i < trace.stepCount(); i++) {
                Step step = trace.step(i);
                outcomes.merge(step.outcome().getClass().getSimpleName(), 1, Integer::sum);
                if (isFault(step)) requireNothingElseChanged(step, seed);
            }
            if (run % 16 == 0) requireSameWhenRunFree(state, trace, seed);
        }
        // The runs are worth something only if all kinds of ends are among them.
        assertThat(outcomes).containsKeys("Retired", "EventDelivered", "Shutdown", "NotEmulated");
        assertThat(outcomes.get("Retired")).isGreaterThan(count);
        assertThat(outcomes.get("EventDelivered")).isGreaterThan(count);
    }

    private static TraceView recorded(MachineState state, long seed) {
        try {
            return Machine.load(state).record(Limits.ofSteps(STEPS));
        } catch (RuntimeException e) {
            throw new AssertionError("seed " + seed + " throws " + e, e);
        }
    }

    private static void requireSameWhenRunFree(MachineState state, TraceView trace, long seed) {
        Machine free = Machine.load(state);
        RunEnd end = free.run(trace.stepCount());
        assertThat(end == RunEnd.STEP_LIMIT || end == trace.end())
                .as("seed %d ends with %s, recorded with %s", seed, end, trace.end())
                .isTrue();
        for (MachineRegister register : MachineRegister.values()) {
            assertThat(free.view().register(register))
                    .as("seed %d, %s", seed, register)
                    .isEqualTo(trace.at(trace.stepCount()).register(register));
        }
    }

    /** True if the instruction itself faulted, so that it has not been executed. */
    private static boolean isFault(Step step) {
        if (!(step.outcome() instanceof StepOutcome.EventDelivered)) return false;
        Event first = raisedFirst(step);
        return first.source() == Event.Source.EXCEPTION && first.vector() != 1;
    }

    private static Event raisedFirst(Step step) {
        for (MicroStep micro : step.microSteps()) {
            if (micro.op() instanceof MicroOp.EventRaised raised) return raised.event();
        }
        throw new AssertionError("nothing was raised in " + step);
    }

    private static void requireNothingElseChanged(Step step, long seed) {
        boolean repeats = REPEATING.matcher(step.text()).matches();
        boolean storesTwice = STORES_TWICE.matcher(step.text()).matches();
        boolean delivering = false;
        for (MicroStep micro : step.microSteps()) {
            delivering |= micro.op() instanceof MicroOp.EventRaised;
            for (Change change : micro.changes()) {
                boolean permitted = delivering ? isOfDelivery(change) : isOfWalk(change);
                permitted |= repeats && (isCount(change) || change instanceof Change.MemoryChange);
                permitted |= repeats && step.text().contains("lods") && isAccumulator(change);
                permitted |= storesTwice && change instanceof Change.MemoryChange;
                if (!permitted)
                    throw new AssertionError(
                            "seed " + seed + ", step " + step.index() + ", " + step.text() + ": " + change);
            }
        }
    }

    private static boolean isOfDelivery(Change change) {
        if (change instanceof Change.RegisterChange register) return OF_DELIVERY.contains(register.register());
        if (change instanceof Change.SystemChange system) {
            return system.register() == SystemRegister.CS || system.register() == SystemRegister.SS;
        }
        return true;
    }

    /** What the iterations of a repeated LODS before the one that faults have loaded. */
    private static boolean isAccumulator(Change change) {
        return change instanceof Change.RegisterChange register && register.register() == MachineRegister.RAX;
    }

    /** Accessed and dirty bits; and CR2 and the DR6 of a breakpoint, which are set as the fault is raised. */
    private static boolean isOfWalk(Change change) {
        if (change instanceof Change.MemoryChange memory) return memory.linear() == -1;
        return change instanceof Change.RegisterChange register
                && (register.register() == MachineRegister.CR2 || register.register() == MachineRegister.DR6);
    }

    /** Also the flags: those of the last iteration stay, on the recorded machines and here. */
    private static boolean isCount(Change change) {
        return change instanceof Change.RegisterChange register
                && EnumSet.of(MachineRegister.RCX, MachineRegister.RSI, MachineRegister.RDI, MachineRegister.RFLAGS)
                        .contains(register.register());
    }

    // --- the machines ------------------------------------------------------------------------------------------------

    private MachineState state(Random random, List<MachineState> from) {
        MachineState origin = from.get(random.nextInt(from.size()));
        Map<MachineRegister, Long> registers = new EnumMap<>(origin.registers());
        Map<SystemRegister, Descriptor> system = new EnumMap<>(origin.system());
        TreeMap<Long, byte[]> pages = new TreeMap<>(origin.pages());
        boolean low = from != origins;
        scramble(random, registers, low ? LOW_PLACES : PLACES);
        // Virtual-8086 mode, which is not emulated, exists outside of IA-32e mode.
        if (low) registers.merge(MachineRegister.RFLAGS, ~(1L << 17), (value, mask) -> value & mask);
        if (random.nextInt(4) == 0) scrambleSegments(random, system);
        long base = system.get(SystemRegister.CS).base();
        writeCode(random, base + registers.get(MachineRegister.RIP), pages);
        for (int i = random.nextInt(6); i > 0; i--) flipBit(random, pages);
        return new MachineState(
                origin.processor(),
                registers,
                system,
                origin.ramSizeBytes(),
                pages,
                origin.phaseMarkers(),
                injections(random));
    }

    private static void scramble(Random random, Map<MachineRegister, Long> registers, List<Long> places) {
        for (int number = 0; number < 16; number++) {
            if (number == 4 && random.nextInt(5) != 0) continue;
            long near = places.get(random.nextInt(places.size())) + random.nextInt(64);
            registers.put(MachineRegister.general(number), random.nextInt(3) == 0 ? random.nextLong() : near);
        }
        if (random.nextInt(3) == 0) flip(random, registers, MachineRegister.RFLAGS, 0x3f7fd5L);
        if (random.nextInt(6) == 0) flip(random, registers, MachineRegister.CR0, 0x5003eL);
        if (random.nextInt(6) == 0) flip(random, registers, MachineRegister.CR4, 0x1740ffL & ~0x20L);
        if (random.nextInt(6) == 0) registers.put(MachineRegister.PKRU, random.nextLong() & 0xffffffffL);
        if (random.nextInt(6) == 0) flip(random, registers, MachineRegister.DR7, 0xffff03ffL);
        for (int i = 0; i < 4; i++) {
            if (random.nextInt(6) == 0) {
                registers.put(MachineRegister.valueOf("DR" + i), 0xffffffffc0008000L + random.nextInt(128));
            }
        }
    }

    private static void flip(Random random, Map<MachineRegister, Long> registers, MachineRegister register, long bits) {
        long flipped = random.nextLong() & random.nextLong() & bits;
        registers.merge(register, flipped, (value, change) -> value ^ change);
    }

    /** Bases, limits and rights at random; CS stays 64-bit code most of the time, else there is little to run. */
    private static void scrambleSegments(Random random, Map<SystemRegister, Descriptor> system) {
        for (SystemRegister register : SystemRegister.values()) {
            if (random.nextInt(4) != 0) continue;
            Descriptor before = system.get(register);
            int attributes = before.attributes() ^ random.nextInt(0x10000) & random.nextInt(0x10000);
            if (register == SystemRegister.CS) attributes = random.nextBoolean() ? 0xc09b : before.attributes();
            long base = register == SystemRegister.CS ? 0 : before.base() + random.nextInt(16);
            long limit = random.nextBoolean() ? before.limitBytes() : random.nextInt(0x10000);
            system.put(register, new Descriptor(before.selector(), base, limit, attributes));
        }
    }

    private void writeCode(Random random, long rip, TreeMap<Long, byte[]> pages) {
        byte[] code = new byte[CODE_BYTES];
        random.nextBytes(code);
        int instructionShare = random.nextInt(4);
        for (int at = 0; at < CODE_BYTES; ) {
            byte[] instruction = instructions.get(random.nextInt(instructions.size()));
            if (at + instruction.length > CODE_BYTES) break;
            if (random.nextInt(4) < instructionShare) System.arraycopy(instruction, 0, code, at, instruction.length);
            at += instruction.length;
        }
        // The kernel's text is mapped at its physical address plus a constant.
        long physical = rip & 0x7fffffffL;
        for (int i = 0; i < CODE_BYTES; i++) {
            long page = physical + i & CODE_PAGES;
            byte[] bytes = pages.containsKey(page) ? pages.get(page).clone() : new byte[PAGE];
            bytes[(int) (physical + i) & PAGE - 1] = code[i];
            pages.put(page, bytes);
        }
    }

    /** Anywhere in what holds anything: page tables, descriptor tables, TSS, stacks, code. */
    private static void flipBit(Random random, TreeMap<Long, byte[]> pages) {
        List<Long> addresses = new ArrayList<>(pages.keySet());
        long page = addresses.get(random.nextInt(addresses.size()));
        byte[] bytes = pages.get(page).clone();
        int index = random.nextInt(4) == 0 ? random.nextInt(PAGE) : 8 * random.nextInt(32) + random.nextInt(8);
        bytes[index] ^= (byte) (1 << random.nextInt(8));
        pages.put(page, bytes);
    }

    private static List<Injection> injections(Random random) {
        List<Injection> result = new ArrayList<>();
        for (int i = random.nextInt(8) - 5; i > 0; i--) {
            Event event = random.nextBoolean() ? Event.nmi() : Event.externalInterrupt(0x20 + random.nextInt(0xe0));
            result.add(new Injection(random.nextInt(STEPS), event));
        }
        return result;
    }
}
