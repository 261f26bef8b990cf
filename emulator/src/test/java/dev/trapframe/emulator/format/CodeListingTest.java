package dev.trapframe.emulator.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("A listing")
class CodeListingTest {

    private static List<CodeListing.Line> lines(String hex, Syntax syntax) {
        List<CodeListing.Line> lines = new ArrayList<>();
        new CodeListing(64, syntax).list(HexFormat.of().parseHex(hex.replace(" ", "")), 0x1000, lines::add);
        return lines;
    }

    @ParameterizedTest
    @CsvSource({
        "62 f1 7c 48 58 c1, 6",
        "62 f1 7c 48 58 40 01, 7",
        "62 f1 7c 48 58 84 88 00 01 00 00, 11",
        "62 f1 7c 48 58 05 00 01 00 00, 10",
        "62 f3 7d 48 25 c1 ff, 7",
        "62 f1 7d 48 70 00 1b, 7",
        "62 f5 7c 48 58 c1, 6"
    })
    @DisplayName("goes on behind an EVEX-encoded instruction, whatever its address form and immediate")
    void evex(String hex, int length) {
        List<CodeListing.Line> lines = lines(hex + " 0f 01 f8", Syntax.ATT);
        assertThat(lines)
                .containsExactly(
                        new CodeListing.Line(0x1000, length, "(an EVEX-encoded instruction)"),
                        new CodeListing.Line(0x1000 + length, 3, "swapgs"));
    }

    @Test
    @DisplayName("shows what the end cuts off as bytes")
    void cutOff() {
        assertThat(lines("62 f1 7c", Syntax.ATT).stream().map(CodeListing.Line::text))
                .first()
                .isEqualTo(".byte 0x62");
        assertThat(lines("c5 f8", Syntax.ATT).stream().map(CodeListing.Line::text))
                .first()
                .isEqualTo(".byte 0xc5");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "9b d9 7c 24 fc | fstcw  -0x4(%rsp)",
                "9b df e0 | fstsw  %ax",
                "9b db e3 | finit",
                "9b dd 30 | fsave  (%rax)"
            })
    @DisplayName("writes FWAIT and the instruction without wait behind it as the one that GNU as has for both")
    void waiting(String hex, String text) {
        List<CodeListing.Line> lines = lines(hex + " 90", Syntax.ATT);
        assertThat(lines).hasSize(2);
        assertThat(lines.get(0).text()).isEqualTo(text);
        assertThat(lines.get(0).lengthBytes()).isEqualTo(hex.replace(" ", "").length() / 2);
    }

    @ParameterizedTest
    @CsvSource({"9b 90", "9b d9 d0", "9b d9 e8"})
    @DisplayName("leaves FWAIT alone before anything else")
    void lonely(String hex) {
        List<CodeListing.Line> lines = lines(hex, Syntax.INTEL);
        assertThat(lines).hasSize(2);
        assertThat(lines.get(0).text()).isEqualTo("fwait");
    }

    @Test
    @DisplayName("writes comparisons and carry-less products with their immediate as GNU objdump does")
    void immediateInName() {
        List<String> texts = lines("0f c2 c1 02 0f c2 c1 08 c5 f0 c2 c2 1d 66 0f 3a 44 c1 11", Syntax.INTEL).stream()
                .map(CodeListing.Line::text)
                .toList();
        assertThat(texts)
                .containsExactly(
                        "cmpleps xmm0,xmm1",
                        "cmpps  xmm0,xmm1,0x8",
                        "vcmpge_oqps xmm0,xmm1,xmm2",
                        "pclmulhqhqdq xmm0,xmm1");
    }
}
