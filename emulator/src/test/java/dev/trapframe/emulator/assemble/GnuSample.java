package dev.trapframe.emulator.assemble;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;

/**
 * A program and what GNU as and ld make of it. In files: {@code == name}, the source, then {@code -- section hex} for each
 * section that is loaded.
 *
 * @param includes files that the source includes, by name
 * @param sections empty if GNU has not been asked yet
 */
record GnuSample(String name, String source, Map<String, String> includes, Map<String, byte[]> sections) {

    private static final String NAME = "== ";
    private static final String SECTION = "-- ";
    private static final String[] MACHINE_PROGRAMS = {
        "boot",
        "apic_self_ipi",
        "entry_stub",
        "far_forms",
        "fsgsbase",
        "idt_bad",
        "iret_flags",
        "pf_u",
        "stack_forms",
        "string_rep",
        "syscall_ret"
    };

    /** What the programs of the recorded machines take from each other: they are separate objects there. */
    private static final String BEFORE = "\t.section .kdata, \"aw\"\n\t.text\n";

    private static final String AFTER = """

            \t.ifndef case_start
            \t.section .ktext
            case_start: nop
            \t.else
            \t.section .ext, \"aw\"
            \t.balign 16
            idt:\t.skip 4096
            gdt:\t.skip 2048
            tss:\t.skip 104
            kstack_top: .skip 8
            \t.section .ktext
            \t.ifndef common_entry
            common_entry: nop
            \t.endif
            \t.ifndef case_end
            case_end: jmp case_end
            \t.endif
            \t.endif
            """;

    /** The sources of the recorded cases. */
    private static final String RECORDED = "/conformance/";

    /** Those of a file beside this class; {@code .gz} is unpacked. */
    static List<GnuSample> read(String file) throws IOException {
        List<GnuSample> samples = new ArrayList<>();
        StringBuilder source = new StringBuilder();
        Map<String, byte[]> sections = new TreeMap<>();
        String name = "";
        for (String line : text(file).lines().toList()) {
            if (line.startsWith(NAME)) {
                if (!name.isEmpty()) samples.add(new GnuSample(name, source.toString(), Map.of(), sections));
                name = line.substring(NAME.length());
                source.setLength(0);
                sections = new TreeMap<>();
            } else if (line.startsWith(SECTION)) {
                String[] words = line.split(" ");
                sections.put(words[1], HexFormat.of().parseHex(words[2]));
            } else {
                source.append(line).append('\n');
            }
        }
        samples.add(new GnuSample(name, source.toString(), Map.of(), sections));
        return samples;
    }

    /** The programs that the recorded machines ran, with what GNU makes of them if it has been asked. */
    static List<GnuSample> machinePrograms() throws IOException {
        Map<String, Map<String, byte[]>> known = new LinkedHashMap<>();
        for (GnuSample sample : read("machine.txt.gz")) known.put(sample.name, sample.sections);
        List<GnuSample> samples = new ArrayList<>();
        Map<String, String> includes = Map.of("hdr.inc", text(RECORDED + "boot/hdr.inc"));
        for (String name : MACHINE_PROGRAMS) {
            String folder = RECORDED + (name.equals("boot") ? "boot/" : "cases/open/");
            String source = BEFORE + text(folder + name + ".S") + AFTER;
            samples.add(new GnuSample(name, source, includes, known.getOrDefault(name, Map.of())));
        }
        return samples;
    }

    static String text(String file) throws IOException {
        try (InputStream stream = GnuSample.class.getResourceAsStream(file)) {
            if (stream == null) throw new IOException("no resource " + file);
            InputStream plain = file.endsWith(".gz") ? new GZIPInputStream(stream) : stream;
            return new String(plain.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    GnuSample with(Map<String, byte[]> newSections) {
        return new GnuSample(name, source, includes, newSections);
    }

    /** As files have it. */
    String format(boolean withSource) {
        StringBuilder text = new StringBuilder(NAME).append(name).append('\n');
        if (withSource) text.append(source);
        sections.forEach((section, bytes) -> text.append(SECTION)
                .append(section)
                .append(' ')
                .append(HexFormat.of().formatHex(bytes))
                .append('\n'));
        return text.toString();
    }

    /** What our assembler makes of it. */
    Map<String, byte[]> assembled() {
        String all = source + "\n" + String.join("\n", includes.values());
        AssemblerOptions options =
                AssemblerOptions.of(GnuTools.Bases.all(all), include -> Optional.ofNullable(includes.get(include)));
        Map<String, byte[]> ours = new TreeMap<>();
        for (Assembly.Section section :
                new Assembler(options).assembleAll("program.S", source).sections()) {
            if (section.allocated() && section.bytes().length > 0) ours.put(section.name(), section.bytes());
        }
        return ours;
    }

    static Map<String, String> hex(Map<String, byte[]> sections) {
        Map<String, String> hex = new TreeMap<>();
        sections.forEach((name, bytes) -> hex.put(name, HexFormat.of().formatHex(bytes)));
        return hex;
    }

    @Override
    public String toString() {
        return name;
    }
}
