package dev.trapframe.emulator.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.event.Event;
import dev.trapframe.emulator.event.ExceptionVector;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("A second event while the first is being delivered")
class DoubleFaultRuleTest {

    @ParameterizedTest(name = "{0} then {1}: {2}")
    @CsvSource({
        "UD, UD, UD",
        "UD, GP, GP",
        "UD, PF, PF",
        "GP, AC, AC",
        "GP, NP, DF",
        "GP, PF, PF",
        "DE, GP, DF",
        "TS, SS, DF",
        "PF, DB, DB",
        "PF, GP, DF",
        "PF, PF, DF",
        "DF, DB, DB",
        "DF, GP, shutdown",
        "DF, PF, shutdown"
    })
    @DisplayName("is delivered, or the two make a double fault, by their classes")
    void combinesByClass(ExceptionVector first, ExceptionVector second, String expected) {
        var combined = DoubleFaultRule.combine(Event.exception(first), Event.exception(second));

        String actual = combined.map(event ->
                        ExceptionVector.of(event.vector()).orElseThrow().name())
                .orElse("shutdown");
        assertThat(actual).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"13", "14"})
    @DisplayName("after an interrupt is delivered, whatever the interrupt's vector")
    void interruptsAreBenign(int vector) {
        Event second = Event.exception(ExceptionVector.GP, 0x72);
        assertThat(DoubleFaultRule.combine(Event.softwareInterrupt(vector), second))
                .contains(second);
        assertThat(DoubleFaultRule.combine(Event.externalInterrupt(vector), second))
                .contains(second);
    }
}
