package dev.trapframe.emulator.assemble;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("An ELF file")
class ElfWriterTest {

    private static final long ORIGIN = 0x100000;

    private static final String SOURCE = """
            \t.set\tCOUNT, 3
            \t.globl\t_start, shared
            \t.weak\tmaybe, absent
            \t.hidden\tshared
            helper:\tret
            \t.type\thelper, @function
            \t.size\thelper, . - helper
            _start:\tcall\thelper
            maybe:\tjmp\t_start
            .Lnot_shown: nop
            1:\tjmp 1b
            \t.balign\t16
            \t.data
            shared:\t.quad\tshared
            \t.bss
            buffer:\t.skip\t64
            \t.type\tbuffer, @object
            \t.section .strings, "aMS", @progbits, 1
            \t.string\t"x"
            \t.section .far, "ax"
            \t.balign\t4096
            \t.skip\t5000
            \t.section .comment
            \t.asciz\t"not loaded"
            """;

    private static byte[] written(String source) {
        AssemblerOptions options = AssemblerOptions.flat(ORIGIN, IncludeResolver.none());
        return ElfWriter.write(new Assembler(options).assembleAll("folder/program.S", source));
    }

    private final ElfFile file = ElfFile.read(written(SOURCE));

    @Test
    @DisplayName("is an executable for x86-64 that starts at _start")
    void header() {
        assertThat(file.type()).isEqualTo(2);
        assertThat(file.machine()).isEqualTo(62);
        assertThat(file.entry()).isEqualTo(ORIGIN + 1);
    }

    @Test
    @DisplayName("starts at the first byte of code, if there is no _start")
    void entry() {
        assertThat(ElfFile.read(written("\t.data\n\t.byte 1\n\t.text\n\tnop\n")).entry())
                .isEqualTo(ORIGIN);
    }

    @Test
    @DisplayName("has the sections with their flags, types and addresses")
    void sections() {
        assertSection(".text", 1, 6, ORIGIN, 16);
        assertSection(".data", 1, 3, file.section(".data").orElseThrow().address(), 1);
        assertSection(".bss", 8, 3, file.section(".bss").orElseThrow().address(), 1);
        assertSection(
                ".strings", 1, 0x32, file.section(".strings").orElseThrow().address(), 1);
        assertSection(".far", 1, 6, ORIGIN + 0x1000, 4096);
        assertSection(".comment", 1, 0, 0, 1);
        assertThat(file.section(".bss").orElseThrow().size()).isEqualTo(64);
        assertThat(file.section(".data").orElseThrow().bytes()).hasSize(8);
    }

    private void assertSection(String name, int type, long flags, long address, long alignment) {
        ElfFile.SectionHeader section = file.section(name).orElseThrow();
        assertThat(section.type()).as(name).isEqualTo(type);
        assertThat(section.flags()).as(name).isEqualTo(flags);
        assertThat(section.address()).as(name).isEqualTo(address);
        assertThat(section.alignment()).as(name).isEqualTo(alignment);
    }

    @Test
    @DisplayName("has segments that hold every loaded section at its address")
    void segments() {
        for (ElfFile.SectionHeader section : file.sections()) {
            if ((section.flags() & 2) == 0) continue;
            assertThat(file.segments()).as(section.name()).anySatisfy(segment -> {
                assertThat(segment.type()).isEqualTo(1);
                long inside = section.address() - segment.virtual();
                assertThat(inside).isNotNegative();
                assertThat(inside + section.size()).isLessThanOrEqualTo(segment.memorySize());
                assertThat(segment.offset() % segment.align()).isEqualTo(segment.virtual() % segment.align());
                if (section.type() == 8) return;
                assertThat(section.offset() - segment.offset()).isEqualTo(section.address() - segment.virtual());
                assertThat(section.offset() + section.size())
                        .isLessThanOrEqualTo(segment.offset() + segment.fileSize());
            });
        }
    }

    @Test
    @DisplayName("has the symbols, the local ones first")
    void symbols() {
        assertThat(file.symbols())
                .extracting(ElfFile.SymbolEntry::name)
                .containsExactlyInAnyOrder(
                        "", "program.S", "COUNT", "_start", "shared", "maybe", "absent", "helper", "buffer");
        assertThat(file.symbol("helper").orElseThrow())
                .isEqualTo(new ElfFile.SymbolEntry("helper", 0, 2, 0, 1, ORIGIN, 1));
        assertThat(file.symbol("COUNT").orElseThrow())
                .isEqualTo(new ElfFile.SymbolEntry("COUNT", 0, 0, 0, 0xFFF1, 3, 0));
        assertThat(file.symbol("_start").orElseThrow().binding()).isEqualTo(1);
        assertThat(file.symbol("shared").orElseThrow().visibility()).isEqualTo(2);
        assertThat(file.symbol("maybe").orElseThrow().binding()).isEqualTo(2);
        assertThat(file.symbol("absent").orElseThrow().section()).isZero();
        assertThat(file.symbol("buffer").orElseThrow().type()).isEqualTo(1);
        int firstOther = file.section(".symtab").orElseThrow().info();
        for (int i = 0; i < file.symbols().size(); i++) {
            assertThat(file.symbols().get(i).binding() == 0).isEqualTo(i < firstOther);
        }
    }

    @Test
    @DisplayName("can be empty")
    void empty() {
        ElfFile nothing = ElfFile.read(written("# nothing\n"));

        assertThat(nothing.segments()).isEmpty();
        assertThat(nothing.entry()).isZero();
    }

    @Nested
    @Tag("oracle")
    @DisplayName("is read without a warning")
    class Read {

        @TempDir
        private Path folder;

        @Test
        @DisplayName("by readelf and objdump")
        void byBinutils() throws IOException {
            Files.write(folder.resolve("program.elf"), written(SOURCE));
            GnuTools tools = new GnuTools(folder);

            GnuTools.Result headers = tools.run("readelf", "-aW", "program.elf");
            assertThat(headers.exitCode()).isZero();
            assertThat(headers.output()).doesNotContainIgnoringCase("warning").doesNotContainIgnoringCase("error");
            GnuTools.Result code = tools.run("objdump", "-d", "program.elf");
            assertThat(code.exitCode()).isZero();
            assertThat(code.output())
                    .contains("0000000000100001 <_start>:", "call   100000 <helper>", "0000000000100006 <maybe>:");
        }

        @Test
        @DisplayName("for every sample, by readelf")
        void everySample() throws IOException {
            GnuTools tools = new GnuTools(folder);
            for (GnuSample sample : GnuSample.read("features.txt")) {
                AssemblerOptions options = AssemblerOptions.flat(ORIGIN, IncludeResolver.none());
                Assembly assembly = new Assembler(options).assembleAll("program.S", sample.source());
                Files.write(folder.resolve("program.elf"), ElfWriter.write(assembly));
                GnuTools.Result result = tools.run("readelf", "-aW", "program.elf");
                assertThat(result.output()).as(sample.name()).doesNotContainIgnoringCase("warning");
                assertThat(result.exitCode()).as(sample.name()).isZero();
            }
        }
    }
}
