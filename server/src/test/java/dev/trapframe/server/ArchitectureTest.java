package dev.trapframe.server;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The rules of docs/architecture.md that concern the server. */
@AnalyzeClasses(packages = "dev.trapframe", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {

    private static final DescribedPredicate<JavaClass> INNER_PARTS_OF_THE_EMULATOR =
            new DescribedPredicate<>("inner parts of the emulator") {
                @Override
                public boolean test(JavaClass type) {
                    String name = type.getPackageName();
                    return name.startsWith("dev.trapframe.emulator.")
                            && !name.matches(
                                    "dev\\.trapframe\\.emulator\\.(api|event|overlay|assemble|format)(\\..*)?");
                }
            };

    private static final DescribedPredicate<JavaClass> NOT_OF_ROUTES =
            new DescribedPredicate<>("are no *Routes and not nested in one") {
                @Override
                public boolean test(JavaClass type) {
                    return !type.getName().replaceAll("\\$.*", "").endsWith("Routes");
                }
            };

    @ArchTest
    static final ArchRule theServerSeesOnlyTheEmulatorsBorder =
            noClasses().that().resideInAPackage("..server..").should().dependOnClassesThat(INNER_PARTS_OF_THE_EMULATOR);

    @ArchTest
    static final ArchRule onlyRoutesAppAndWebKnowJavalin = noClasses()
            .that()
            .resideInAPackage("..server..")
            .and()
            .resideOutsideOfPackages("..server.app..", "..server.web..")
            .and(NOT_OF_ROUTES)
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.javalin..");

    @ArchTest
    static final ArchRule onlyDaosAndTheDatabaseKnowSql = noClasses()
            .that()
            .resideInAPackage("..server..")
            .and()
            .resideOutsideOfPackage("..server.database..")
            .and()
            .haveSimpleNameNotEndingWith("Dao")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.jdbi..", "java.sql..");

    @ArchTest
    static final ArchRule featuresFormNoCycles =
            slices().matching("..server.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule noDrawersThatNobodyOwns = noClasses()
            .should()
            .haveSimpleNameEndingWith("Util")
            .orShould()
            .haveSimpleNameEndingWith("Utils")
            .orShould()
            .haveSimpleNameEndingWith("Helper")
            .orShould()
            .haveSimpleNameEndingWith("Manager")
            .orShould()
            .haveSimpleNameEndingWith("Impl");

    @ArchTest
    static final ArchRule whatIsSentIsARecord = classes()
            .that()
            .resideInAPackage("..server..")
            .and()
            .haveSimpleNameEndingWith("Json")
            .should()
            .beRecords();

    @ArchTest
    static final ArchRule gradingKnowsNeitherWebNorDatabase = noClasses()
            .that()
            .resideInAPackage("..grading..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.javalin..", "org.jdbi..", "java.sql..");

    @ArchTest
    static final ArchRule vocabularyStandsAlone = classes()
            .that()
            .resideInAnyPackage("..emulator.isa..", "..emulator.event..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "java..", "org.jspecify..", "dev.trapframe.emulator.isa..", "dev.trapframe.emulator.event..");
}
