package dev.trapframe.emulator.execute;

import static dev.trapframe.emulator.execute.TestContext.immediate;
import static dev.trapframe.emulator.execute.TestContext.register;
import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.Change.SystemRegister;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.Mnemonic;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Source: Intel SDM Vol. 1, "I/O Privilege Level" and "I/O Permission Bit Map". */
@DisplayName("IN and OUT")
class PortsTest {

    private static final long TSS = 0x3000;
    private static final int MAP = 0x88;
    private static final int LIMIT = MAP + 0x2000;

    private final TestContext context = new TestContext();

    private void tss(int attributes, long limit) {
        context.cpu().setDescriptor(SystemRegister.TR, new Descriptor(0x40, TSS, limit, attributes));
        context.poke(TSS + 0x66, 2, MAP);
    }

    private String in(int port, int sizeBytes) {
        context.set(GeneralRegister.RDX, 0xffff_0000L | port);
        try {
            context.execute(Mnemonic.IN, register(GeneralRegister.RAX, sizeBytes), register(GeneralRegister.RDX, 2));
            return "none";
        } catch (Fault fault) {
            return fault.getMessage();
        }
    }

    @ParameterizedTest(name = "bit {0} of the map, {2} bytes at port {1}: {3}")
    @CsvSource({
        "0x3f8, 0x3f8, 1, #GP(0x0)", "0x3f8, 0x3f7, 1, none", "0x3f8, 0x3f9, 1, none", "0x3f8, 0x3f7, 2, #GP(0x0)",
        "0x3f8, 0x3f6, 2, none", "0x3f8, 0x3f5, 4, #GP(0x0)", "0x3f8, 0x3f4, 4, none", "0x3ff, 0x3fc, 4, #GP(0x0)",
        "0x400, 0x3fc, 4, none", "0x400, 0x3ff, 2, #GP(0x0)", "0xffff, 0xffff, 1, #GP(0x0)", "0xfffe, 0xffff, 1, none",
        "0, 0, 1, #GP(0x0)"
    })
    @DisplayName("above IOPL ask every bit of the map that the access touches")
    void bitMap(String bit, String port, int sizeBytes, String expected) {
        tss(0x8b, LIMIT);
        int number = Integer.decode(bit);
        context.poke(TSS + MAP + number / 8, 1, 1 << number % 8);
        context.cpu().setCpl(3);
        assertThat(in(Integer.decode(port), sizeBytes)).isEqualTo(expected);
        context.cpu().setRflags(0x3002);
        assertThat(in(Integer.decode(port), sizeBytes)).isEqualTo("none");
        context.cpu().setRflags(2);
        context.cpu().setCpl(0);
        assertThat(in(Integer.decode(port), sizeBytes)).isEqualTo("none");
    }

    @ParameterizedTest(name = "limit {0}, port {1}: {2}")
    @CsvSource({
        "0x66, 0, #GP(0x0)",
        "0x67, 0, #GP(0x0)",
        "0x88, 0, #GP(0x0)",
        "0x89, 0, none",
        "0x89, 7, none",
        "0x89, 8, #GP(0x0)",
        "0x8a, 8, none",
        "0x107, 0x3f8, #GP(0x0)",
        "0x108, 0x3f8, none"
    })
    @DisplayName("above IOPL need both bytes of the map inside the limit of the TSS")
    void limit(String limit, String port, String expected) {
        tss(0x8b, Long.decode(limit));
        context.cpu().setCpl(3);
        assertThat(in(Integer.decode(port), 1)).isEqualTo(expected);
    }

    @ParameterizedTest(name = "limit {0}: {1}")
    @CsvSource({"0x65, #GP(0x0)", "0x66, #GP(0x0)", "0x67, none"})
    @DisplayName("above IOPL need the map's base inside the limit, wherever it points")
    void baseInsideTheLimit(String limit, String expected) {
        tss(0x8b, Long.decode(limit));
        context.poke(TSS + 0x66, 2, 0);
        context.cpu().setCpl(3);
        assertThat(in(0, 1)).isEqualTo(expected);
    }

    @ParameterizedTest(name = "TR with attributes {0}: {1}")
    @CsvSource({"0x89, none", "0x8b, none", "0x83, #GP(0x0)", "0x81, #GP(0x0)", "0x82, #GP(0x0)", "0x8c, #GP(0x0)"})
    @DisplayName("above IOPL need a TSS of 64 bits")
    void type(String attributes, String expected) {
        tss(Integer.decode(attributes), LIMIT);
        context.cpu().setCpl(3);
        assertThat(in(0x80, 1)).isEqualTo(expected);
    }

    @Test
    @DisplayName("take the port from DX or an immediate byte, and as many bytes as the accumulator has")
    void ports() {
        context.ports.put(0x3f8, 0x8877_6655L);
        context.set(GeneralRegister.RAX, -1);
        assertThat(in(0x3f8, 1)).isEqualTo("none");
        assertThat(context.get(GeneralRegister.RAX)).isEqualTo(0xffff_ffff_ffff_ff55L);
        in(0x3f8, 2);
        assertThat(context.get(GeneralRegister.RAX)).isEqualTo(0xffff_ffff_ffff_6655L);
        in(0x3f8, 4);
        assertThat(context.get(GeneralRegister.RAX)).isEqualTo(0x8877_6655L);
        context.execute(Mnemonic.OUT, immediate(0x80, 1), register(GeneralRegister.RAX, 2));
        assertThat(context.ports).containsEntry(0x80, 0x6655L);
        context.set(GeneralRegister.RDX, 0x1_0081L);
        context.execute(Mnemonic.OUT, register(GeneralRegister.RDX, 2), register(GeneralRegister.RAX, 4));
        assertThat(context.ports).containsEntry(0x81, 0x8877_6655L);
    }

    @ParameterizedTest(name = "OUT of {0} bytes above IOPL: {1}")
    @CsvSource({"1, none", "2, #GP(0x0)", "4, #GP(0x0)"})
    @DisplayName("OUT asks for as many bits as IN")
    void out(int sizeBytes, String expected) {
        tss(0x8b, LIMIT);
        context.poke(TSS + MAP + 0x80 / 8, 1, 2);
        context.cpu().setCpl(3);
        String fault = "none";
        try {
            context.execute(Mnemonic.OUT, immediate(0x80, 1), register(GeneralRegister.RAX, sizeBytes));
        } catch (Fault met) {
            fault = met.getMessage();
        }
        assertThat(fault).isEqualTo(expected);
        assertThat(context.ports.containsKey(0x80)).isEqualTo(expected.equals("none"));
    }
}
