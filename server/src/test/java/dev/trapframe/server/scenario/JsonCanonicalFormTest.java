package dev.trapframe.server.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Canonical JSON (RFC 8785)")
class JsonCanonicalFormTest {

    @ParameterizedTest
    @CsvSource({
        "0000000000000000, 0",
        "8000000000000000, 0",
        "0000000000000001, 5e-324",
        "8000000000000001, -5e-324",
        "7fefffffffffffff, 1.7976931348623157e+308",
        "ffefffffffffffff, -1.7976931348623157e+308",
        "4340000000000000, 9007199254740992",
        "c340000000000000, -9007199254740992",
        "4430000000000000, 295147905179352830000",
        "44b52d02c7e14af5, 9.999999999999997e+22",
        "44b52d02c7e14af6, 1e+23",
        "44b52d02c7e14af7, 1.0000000000000001e+23",
        "444b1ae4d6e2ef4e, 999999999999999700000",
        "444b1ae4d6e2ef4f, 999999999999999900000",
        "444b1ae4d6e2ef50, 1e+21",
        "3eb0c6f7a0b5ed8c, 9.999999999999997e-7",
        "3eb0c6f7a0b5ed8d, 0.000001",
        "41b3de4355555553, 333333333.3333332",
        "41b3de4355555554, 333333333.33333325",
        "41b3de4355555555, 333333333.3333333",
        "41b3de4355555556, 333333333.3333334",
        "41b3de4355555557, 333333333.33333343",
        "becbf647612f3696, -0.0000033333333333333333",
        "43143ff3c1cb0959, 1424953923781206.2"
    })
    @DisplayName("writes numbers as the appendix of the RFC has them")
    void writesNumbers(String bits, String text) {
        assertThat(JsonCanonicalForm.write(Double.longBitsToDouble(Long.parseUnsignedLong(bits, 16))))
                .isEqualTo(text);
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
    @DisplayName("refuses what JSON has no number for")
    void refusesNoNumbers(double value) {
        assertThatIllegalArgumentException().isThrownBy(() -> JsonCanonicalForm.write(value));
    }

    @Test
    @DisplayName("orders keys by UTF-16 code units, so that an emoji's surrogates come before U+FB33")
    void ordersKeys() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("\u20ac", "Euro Sign");
        map.put("\r", "Carriage Return");
        map.put("\ufb33", "Hebrew Letter Dalet With Dagesh");
        map.put("1", "One");
        map.put("\ud83d\ude00", "Emoji: Grinning Face");
        map.put("\u0080", "Control");
        map.put("\u00f6", "Latin Small Letter O With Diaeresis");

        assertThat(JsonCanonicalForm.write(map))
                .isEqualTo("{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\","
                        + "\"\u00f6\":\"Latin Small Letter O With Diaeresis\",\"\u20ac\":\"Euro Sign\","
                        + "\"\ud83d\ude00\":\"Emoji: Grinning Face\",\"\ufb33\":\"Hebrew Letter Dalet With Dagesh\"}");
    }

    @Test
    @DisplayName("escapes only what must be, the short way where there is one, in lower case")
    void escapesStrings() {
        assertThat(JsonCanonicalForm.write("\u20ac$\u000f\nA'B\"\\\"/\u007f\b\f\t"))
                .isEqualTo("\"\u20ac$\\u000f\\nA'B\\\"\\\\\\\"/\u007f\\b\\f\\t\"");
    }

    @Test
    @DisplayName("writes the literals and nested arrays without blanks")
    void writesLiterals() {
        assertThat(JsonCanonicalForm.write(
                        Arrays.asList(null, true, false, List.of(56, Map.of("d", true, "10", List.of())))))
                .isEqualTo("[null,true,false,[56,{\"10\":[],\"d\":true}]]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\ud800", "a\ud800b", "\ude00\ud83d", "\udc00"})
    @DisplayName("refuses a lone surrogate")
    void refusesLoneSurrogates(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JsonCanonicalForm.write(text))
                .withMessageContaining("surrogate");
    }
}
