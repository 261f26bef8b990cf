package dev.trapframe.server.grading;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("An answer is a number of at most 64 bits")
class AnswerFormatTest {

    @ParameterizedTest(name = "\"{0}\" is {1}")
    @CsvSource(
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "0x2b,43",
                "0X2B,43",
                "43,43",
                " 43 ,43",
                "0x0000_0000_0000_002b,43",
                "0x 2b,43",
                "4 3,43",
                "0,0",
                "0x0,0",
                "00043,43",
                "0xffffffffffffffff,-1",
                "18446744073709551615,-1",
                "0xFFFF_FFFF_8100_0000,-2130706432"
            })
    @DisplayName("in hexadecimal with 0x, else in decimal; case, underscores and blanks do not count")
    void isRead(String typed, long value) {
        assertThat(AnswerFormat.parse(typed)).hasValue(value);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "_",
                "0x",
                "2b",
                "x2b",
                "0x2g",
                "-1",
                "+1",
                "1.0",
                "1e3",
                "0b11",
                "0x1ffffffffffffffff",
                "18446744073709551616",
                "=1+1",
                "<b>43</b>",
                "43\u0000",
                "\u0664\u0663",
                "43\n",
                "0x2b;"
            })
    @DisplayName("and everything else is none")
    void isRefused(String typed) {
        assertThat(AnswerFormat.parse(typed)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {101, 1_000_000})
    @DisplayName("and so is a long text of zeros")
    void isBounded(int characters) {
        assertThat(AnswerFormat.parse("0".repeat(characters))).isEmpty();
    }
}
