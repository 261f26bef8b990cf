package dev.trapframe.server.machinefile;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.trapframe.emulator.Machine;
import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.Change.SystemRegister;
import dev.trapframe.emulator.api.DeviceState;
import dev.trapframe.emulator.api.Injection;
import dev.trapframe.emulator.api.MachineCheck;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MachineState;
import dev.trapframe.emulator.api.Phase;
import dev.trapframe.emulator.api.Processor;
import dev.trapframe.emulator.event.Event;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * A machine as a file has it: {@code NAME.state.json}, gzipped or not. docs/machine-files.md describes the format.
 *
 * @param state the machine
 * @param end   RIP before the instruction at which a run ends; empty if the file names none
 */
public record MachineFile(MachineState state, OptionalLong end) {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int PAGE_BYTES = 4096;
    private static final int GZIP_MAGIC = 0x1F8B;
    private static final long MAX_RAM_BYTES = 1L << 40;

    /**
     * Reads a file.
     *
     * @throws BadMachineFile naming the place in the file and what would be right
     * @throws IOException    if it cannot be read
     */
    public static MachineFile read(Path file) throws BadMachineFile, IOException {
        try (InputStream in = opened(file)) {
            JsonNode root = JSON.readTree(in);
            if (root == null || !root.isObject()) throw new BadMachineFile("the file is no JSON object");
            return new Reader(new JsonFields(root, "")).read();
        } catch (JsonProcessingException e) {
            throw new BadMachineFile("not JSON: " + e.getOriginalMessage() + at(e));
        }
    }

    /**
     * The machine, about to run.
     *
     * @throws BadMachineFile if no machine can start in this state
     */
    public Machine machine() throws BadMachineFile {
        try {
            return end.isPresent() ? Machine.load(state, end.getAsLong()) : Machine.load(state);
        } catch (IllegalArgumentException e) {
            throw new BadMachineFile(e.getMessage());
        }
    }

    private static String at(JsonProcessingException e) {
        return e.getLocation() == null
                ? ""
                : " (line " + e.getLocation().getLineNr() + ", column "
                        + e.getLocation().getColumnNr() + ")";
    }

    /** Gzipped or plain, whatever the name says. */
    private static InputStream opened(Path file) throws IOException {
        BufferedInputStream in = new BufferedInputStream(Files.newInputStream(file));
        in.mark(2);
        int magic = in.read() << Byte.SIZE | in.read();
        in.reset();
        return magic == GZIP_MAGIC ? new GZIPInputStream(in) : in;
    }

    /** Makes a state of the JSON. */
    private record Reader(JsonFields root) {

        MachineFile read() throws BadMachineFile {
            MachineState state = new MachineState(
                            processor(),
                            registers(),
                            descriptors(),
                            ramSizeBytes(),
                            pages(),
                            new TreeMap<Long, Phase>(),
                            injections())
                    .with(devices());
            OptionalLong end =
                    root.has("end") ? OptionalLong.of(root.required("end").number()) : OptionalLong.empty();
            return new MachineFile(state, end);
        }

        /** The processor by name; else the one that the recorder names. */
        private Processor processor() throws BadMachineFile {
            if (root.has("processor")) return named(root.required("processor"));
            if (!root.has("by")) return Processor.TRAPFRAME;
            String recorder = root.required("by").text();
            if (recorder.startsWith("QEMU")) return Processor.ORACLE_QEMU;
            return recorder.startsWith("Bochs") ? Processor.ORACLE_BOCHS : Processor.TRAPFRAME;
        }

        private static Processor named(JsonFields name) throws BadMachineFile {
            for (Processor processor : Processor.values()) {
                if (processor.key().equals(name.text())) return processor;
            }
            throw name.wrong("one of "
                    + Arrays.stream(Processor.values()).map(Processor::key).collect(Collectors.joining(", ")));
        }

        private Map<MachineRegister, Long> registers() throws BadMachineFile {
            Map<MachineRegister, Long> registers = new EnumMap<>(MachineRegister.class);
            root.object("regs").required("rip");
            for (MachineRegister register : MachineRegister.values()) {
                JsonFields value = value(register);
                if (value != null) registers.put(register, value.number());
            }
            return registers;
        }

        /** Null if the file has none. MSRs stand under their own names too, PKRU stands at the top. */
        private @Nullable JsonFields value(MachineRegister register) throws BadMachineFile {
            if (register == MachineRegister.PKRU) return root.has("pkru") ? root.required("pkru") : null;
            for (String group : List.of("regs", "msrs", "sys")) {
                for (String key : List.of(MachineFile.key(register), register.key())) {
                    JsonFields fields = root.object(group);
                    if (fields.has(key)) return fields.required(key);
                }
            }
            return null;
        }

        private Map<SystemRegister, Descriptor> descriptors() throws BadMachineFile {
            Map<SystemRegister, Descriptor> result = new EnumMap<>(SystemRegister.class);
            JsonFields segments = root.object("segs");
            JsonFields system = root.object("sys");
            for (SystemRegister register : SystemRegister.values()) {
                String key = register.name().toLowerCase(Locale.ROOT);
                boolean table = register == SystemRegister.GDTR || register == SystemRegister.IDTR;
                JsonFields value = (segments.has(key) ? segments : system).required(key);
                result.put(register, table ? table(value) : segment(value));
            }
            return result;
        }

        private static Descriptor table(JsonFields value) throws BadMachineFile {
            return new Descriptor(
                    0, value.element(0, 2).number(), value.element(1, 2).number(0xFFFF), 0);
        }

        private static Descriptor segment(JsonFields value) throws BadMachineFile {
            return new Descriptor(
                    value.element(0, 4).number(0xFFFF),
                    value.element(1, 4).number(),
                    value.element(2, 4).number(),
                    value.element(3, 4).number(0xFFFF));
        }

        private long ramSizeBytes() throws BadMachineFile {
            JsonFields ram = root.required("ram");
            long bytes = ram.number();
            if (bytes < PAGE_BYTES || bytes > MAX_RAM_BYTES) throw ram.wrong("a size from 1000 to 10000000000 (hex)");
            return bytes;
        }

        private SortedMap<Long, byte[]> pages() throws BadMachineFile {
            SortedMap<Long, byte[]> pages = new TreeMap<>();
            JsonFields memory = root.object("mem");
            for (Map.Entry<String, JsonNode> entry : memory.entries()) {
                JsonFields page = memory.entry(entry);
                long address = page.hex(entry.getKey());
                if (address % PAGE_BYTES != 0)
                    throw new BadMachineFile(page.path() + ": a page starts at a multiple of 1000");
                pages.put(address, bytes(page));
            }
            return pages;
        }

        private static byte[] bytes(JsonFields page) throws BadMachineFile {
            byte[] bytes;
            try {
                bytes = Base64.getDecoder().decode(page.text());
            } catch (IllegalArgumentException e) {
                throw page.wrong("base64 of 4096 bytes");
            }
            if (bytes.length == PAGE_BYTES) return bytes;
            throw new BadMachineFile(page.path() + " has " + bytes.length + " bytes; expected 4096");
        }

        /**
         * An event is delivered in step s instead of an instruction: it is pending at position s - 1. One that wakes HLT
         * in step s comes due with that step's end, at position s.
         */
        private List<Injection> injections() throws BadMachineFile {
            List<Injection> injections = new ArrayList<>();
            if (!root.has("inject")) return injections;
            JsonFields list = root.required("inject");
            int count = list.arrayLength();
            for (int i = 0; i < count; i++) injections.add(injection(list.element(i, count)));
            return injections;
        }

        private static Injection injection(JsonFields value) throws BadMachineFile {
            JsonFields kind = value.required("kind");
            boolean wakes = kind.text().startsWith("hlt+");
            String what = wakes ? kind.text().substring("hlt+".length()) : kind.text();
            JsonFields step = value.required("step");
            int number = step.number(Integer.MAX_VALUE);
            if (number == 0) throw step.wrong("a step from 1 on");
            int position = wakes ? number : number - 1;
            return switch (what) {
                case "irq" ->
                    new Injection(
                            position,
                            Event.externalInterrupt(value.required("vector").number(255)));
                case "spurious" -> new Injection(position, Event.spuriousInterrupt());
                case "nmi" -> new Injection(position, Event.nmi());
                case "mc" -> Injection.machineCheck(position, machineCheck(value));
                default -> throw kind.wrong("irq, spurious, nmi or mc, and hlt+ before it where it wakes HLT");
            };
        }

        private static MachineCheck machineCheck(JsonFields value) throws BadMachineFile {
            MachineCheck unclassified = MachineCheck.UNCLASSIFIED;
            return new MachineCheck(
                    optional(value, "status", unclassified.status()),
                    optional(value, "address", unclassified.address()),
                    optional(value, "misc", unclassified.misc()));
        }

        private static long optional(JsonFields value, String name, long otherwise) throws BadMachineFile {
            return value.has(name) ? value.required(name).number() : otherwise;
        }

        /** {@code pc} for a machine with devices; without them unless it says so, as recorded states are meant. */
        private DeviceState devices() throws BadMachineFile {
            if (!root.has("devices")) return DeviceState.NONE;
            JsonFields named = root.required("devices");
            return switch (named.text()) {
                case "pc" -> DeviceState.PC;
                case "none" -> DeviceState.NONE;
                default -> throw named.wrong("pc or none");
            };
        }
    }

    /** The key of a register in states and traces. */
    static String key(MachineRegister register) {
        return register == MachineRegister.KERNEL_GS_BASE ? "k_gs_base" : register.key();
    }
}
