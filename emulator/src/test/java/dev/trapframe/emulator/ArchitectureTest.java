package dev.trapframe.emulator;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Clock;
import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;

@DisplayName("Rules of docs/architecture.md for the emulator")
@AnalyzeClasses(packages = "dev.trapframe.emulator", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    private static final String[] BELOW_EVERYTHING = {
        "..emulator.isa..", "..emulator.event..", "java..", "org.jspecify.."
    };

    @ArchTest
    static final ArchRule THE_EMULATOR_STANDS_ALONE = classes()
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage("dev.trapframe.emulator..", "java..", "org.jspecify..");

    @ArchTest
    static final ArchRule PACKAGES_FORM_NO_CYCLE =
            slices().matching("dev.trapframe.emulator.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule NAMES_SAY_WHAT_A_CLASS_IS =
            noClasses().should().haveNameMatching(".*(Util|Utils|Helper|Manager|Impl)");

    @ArchTest
    static final ArchRule NO_CLOCK_AND_NO_CHANCE = noClasses()
            .should()
            .dependOnClassesThat()
            .belongToAnyOf(Clock.class, Instant.class, Random.class)
            .orShould()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(System.class, "nanoTime")
            .orShould()
            .callMethod(Math.class, "random");

    @ArchTest
    static final ArchRule NO_THREADS =
            noClasses().should().dependOnClassesThat().areAssignableTo(Thread.class);

    @ArchTest
    static final ArchRule NO_MUTABLE_STATICS =
            fields().that().areStatic().should().beFinal();

    @ArchTest
    static final ArchRule VOCABULARY_STANDS_BELOW_EVERYTHING = classes()
            .that()
            .resideInAnyPackage("..emulator.isa..", "..emulator.event..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(BELOW_EVERYTHING);
}
