package dev.trapframe.emulator.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.Change.SystemRegister;
import dev.trapframe.emulator.api.Injection;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MachineState;
import dev.trapframe.emulator.api.Phase;
import dev.trapframe.emulator.api.Processor;
import dev.trapframe.emulator.event.Event;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;

/** Reads {@code NAME.state.json.gz} into a machine state. The file's format stands in conformance/FORMAT.md. */
final class StateFile {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> GENERAL = List.of(
            "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14",
            "r15");

    private final JsonNode root;

    private StateFile(JsonNode root) {
        this.root = root;
    }

    static StateFile read(Path file) {
        try (GZIPInputStream in = new GZIPInputStream(Files.newInputStream(file))) {
            return new StateFile(JSON.readTree(in));
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be read", e);
        }
    }

    /** A state that is JSON already. */
    static StateFile of(JsonNode root) {
        return new StateFile(root);
    }

    /** The key of a register in states and traces. */
    static String key(MachineRegister register) {
        return register == MachineRegister.KERNEL_GS_BASE
                ? "k_gs_base"
                : register.name().toLowerCase(Locale.ROOT);
    }

    static long hex(JsonNode value) {
        return Long.parseUnsignedLong(value.textValue(), 16);
    }

    /** RIP before the instruction at which the case ends. */
    long end() {
        return hex(root.get("end"));
    }

    boolean isRecordedInQemu() {
        return root.get("by").textValue().startsWith("QEMU");
    }

    JsonNode system() {
        return root.get("sys");
    }

    MachineState state() {
        return new MachineState(
                isRecordedInQemu() ? Processor.ORACLE_QEMU : Processor.ORACLE_BOCHS,
                registers(),
                descriptors(),
                hex(root.get("ram")),
                pages(),
                new TreeMap<Long, Phase>(),
                injections());
    }

    private Map<MachineRegister, Long> registers() {
        Map<MachineRegister, Long> registers = new EnumMap<>(MachineRegister.class);
        for (int number = 0; number < GENERAL.size(); number++) {
            registers.put(MachineRegister.general(number), hex(root.get("regs").get(GENERAL.get(number))));
        }
        for (MachineRegister register : MachineRegister.values()) {
            if (register.ordinal() < GENERAL.size()) continue;
            JsonNode value = value(register);
            if (value != null) registers.put(register, value.isTextual() ? hex(value) : value.longValue());
        }
        return registers;
    }

    private JsonNode value(MachineRegister register) {
        if (register == MachineRegister.PKRU) return root.get("pkru");
        for (String group : List.of("regs", "msrs", "sys")) {
            JsonNode value = root.get(group).get(key(register));
            if (value != null) return value;
        }
        return root.get("msrs").get(register.key());
    }

    private Map<SystemRegister, Descriptor> descriptors() {
        Map<SystemRegister, Descriptor> result = new EnumMap<>(SystemRegister.class);
        for (SystemRegister register : SystemRegister.values()) {
            String key = register.name().toLowerCase(Locale.ROOT);
            JsonNode value = root.get("segs").has(key)
                    ? root.get("segs").get(key)
                    : root.get("sys").get(key);
            result.put(register, value.size() == 2 ? table(value) : segment(value));
        }
        return result;
    }

    private static Descriptor table(JsonNode value) {
        return new Descriptor(0, hex(value.get(0)), hex(value.get(1)), 0);
    }

    private static Descriptor segment(JsonNode value) {
        int attributes = (int) hex(value.get(3));
        return new Descriptor((int) hex(value.get(0)), hex(value.get(1)), hex(value.get(2)), attributes);
    }

    private SortedMap<Long, byte[]> pages() {
        SortedMap<Long, byte[]> pages = new TreeMap<>();
        root.get("mem")
                .properties()
                .forEach(page -> pages.put(
                        Long.parseUnsignedLong(page.getKey(), 16),
                        Base64.getDecoder().decode(page.getValue().textValue())));
        return pages;
    }

    /**
     * An event is delivered in step s instead of an instruction: it is pending at position s - 1. One that wakes HLT in
     * step s comes due with that step's end, at position s.
     */
    private List<Injection> injections() {
        List<Injection> injections = new ArrayList<>();
        if (!root.has("inject")) return injections;
        for (JsonNode event : root.get("inject")) {
            String kind = event.get("kind").textValue();
            int step = event.get("step").intValue();
            injections.add(new Injection(
                    kind.startsWith("hlt") ? step : step - 1,
                    kind.endsWith("nmi")
                            ? Event.nmi()
                            : Event.externalInterrupt(event.get("vector").intValue())));
        }
        return injections;
    }
}
