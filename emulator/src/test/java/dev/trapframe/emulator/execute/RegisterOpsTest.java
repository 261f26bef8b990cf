package dev.trapframe.emulator.execute;

import static dev.trapframe.emulator.execute.TestContext.immediate;
import static dev.trapframe.emulator.execute.TestContext.memory;
import static dev.trapframe.emulator.execute.TestContext.register;
import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.isa.MemoryOperand;
import dev.trapframe.emulator.isa.Mnemonic;
import dev.trapframe.emulator.isa.Operand;
import dev.trapframe.emulator.isa.RelativeOperand;
import dev.trapframe.emulator.isa.RepeatPrefix;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.state.Rflags;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("An operation on whole registers")
class RegisterOpsTest {

    private static final int RFLAGS = MachineRegister.RFLAGS.ordinal();
    private static final long[] EDGES = {0, 1, -1, 0x7fff_ffff, 0x8000_0000L, Long.MIN_VALUE, Long.MAX_VALUE, 0xf, 0x10
    };

    private final SplittableRandom random = new SplittableRandom(8086);

    private static Instruction instruction(Mnemonic mnemonic, Operand... operands) {
        int size = operands.length == 0 ? Integer.BYTES : operands[0].sizeBytes();
        return TestContext.instruction(mnemonic, size, Long.BYTES, RepeatPrefix.NONE, null, operands);
    }

    private static MemoryOperand address(GeneralRegister base, GeneralRegister index, int scale, int addressSize) {
        return new MemoryOperand(SegmentRegister.DS, base, index, scale, -0x1234, false, addressSize, 0);
    }

    private static List<Instruction> forms(Mnemonic mnemonic) {
        List<Instruction> forms = new ArrayList<>();
        for (int size : new int[] {4, 8}) {
            Operand rax = register(GeneralRegister.RAX, size);
            Operand r15 = register(GeneralRegister.R15, size);
            switch (mnemonic) {
                case INC, DEC -> forms.add(instruction(mnemonic, r15));
                case NOP -> forms.add(instruction(mnemonic));
                case LEA -> {
                    forms.add(instruction(mnemonic, rax, address(GeneralRegister.R15, null, 1, 8)));
                    forms.add(instruction(mnemonic, rax, address(GeneralRegister.R15, GeneralRegister.RCX, 8, 8)));
                    forms.add(instruction(mnemonic, r15, address(GeneralRegister.RAX, GeneralRegister.RAX, 2, 8)));
                }
                default -> {
                    forms.add(instruction(mnemonic, rax, r15));
                    forms.add(instruction(mnemonic, r15, rax));
                    forms.add(instruction(mnemonic, rax, rax));
                    forms.add(instruction(mnemonic, r15, immediate(-0x5a5a_5a5aL, size)));
                    forms.add(instruction(mnemonic, rax, immediate(1, size)));
                }
            }
        }
        return forms;
    }

    private long value() {
        return random.nextInt(3) == 0 ? random.nextLong() : EDGES[random.nextInt(EDGES.length)];
    }

    private TestContext context() {
        TestContext context = new TestContext();
        for (GeneralRegister register : GeneralRegister.values()) context.set(register, value());
        context.cpu().setRflags(Rflags.ALWAYS_ONE | Rflags.DF | random.nextInt(0x1000) & Rflags.STATUS);
        return context;
    }

    private static long[] registersOf(TestContext context) {
        return context.cpu().unjournaled().clone();
    }

    @ParameterizedTest
    @EnumSource(names = {"ADD", "SUB", "CMP", "AND", "OR", "XOR", "TEST", "INC", "DEC", "MOV", "LEA", "NOP"})
    @DisplayName("does what the instruction does, to every register and flag")
    void agrees(Mnemonic mnemonic) {
        for (Instruction instruction : forms(mnemonic)) {
            RegisterOp operation = RegisterOps.of(instruction, true);
            for (int i = 0; i < 200; i++) {
                TestContext context = context();
                long[] registers = registersOf(context);
                operation.execute(registers);
                context.execute(instruction);
                assertThat(registers).as(instruction.toString()).isEqualTo(registersOf(context));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"ADD", "SUB", "CMP", "AND", "OR", "XOR", "TEST", "INC", "DEC"})
    @DisplayName("without its flags leaves them, and does the rest")
    void withoutFlags(Mnemonic mnemonic) {
        for (Instruction instruction : forms(mnemonic)) {
            RegisterOp operation = RegisterOps.of(instruction, false);
            for (int i = 0; i < 50; i++) {
                TestContext context = context();
                long[] registers = registersOf(context);
                long flags = registers[RFLAGS];
                operation.execute(registers);
                context.execute(instruction);
                assertThat(registers[RFLAGS]).isEqualTo(flags);
                context.cpu().setRflags(flags);
                assertThat(registers).as(instruction.toString()).isEqualTo(registersOf(context));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"ADD", "SUB", "CMP", "AND", "OR", "XOR", "TEST", "INC", "DEC", "NEG", "MOV", "LEA", "NOP"})
    @DisplayName("says which status flags the instruction writes. SDM Vol. 1, EFLAGS Cross-Reference")
    void written(Mnemonic mnemonic) {
        long expected = switch (mnemonic) {
            case MOV, LEA, NOP -> 0;
            case INC, DEC -> 0x8d4;
            default -> 0x8d5;
        };
        Instruction instruction =
                instruction(mnemonic, register(GeneralRegister.RAX, 8), register(GeneralRegister.RBX, 8));
        assertThat(RegisterOps.written(instruction)).isEqualTo(expected);
    }

    @Test
    @DisplayName("exists for registers of 32 and 64 bits and constants alone")
    void exists() {
        for (Mnemonic mnemonic : new Mnemonic[] {Mnemonic.ADD, Mnemonic.CMP, Mnemonic.MOV}) {
            assertThat(of(mnemonic, register(GeneralRegister.RAX, 2), register(GeneralRegister.RBX, 2)))
                    .isNull();
            assertThat(of(mnemonic, register(GeneralRegister.RAX, 1), immediate(1, 1)))
                    .isNull();
            assertThat(of(mnemonic, register(GeneralRegister.RAX, 8), memory(0x2000, 8)))
                    .isNull();
            assertThat(of(mnemonic, memory(0x2000, 8), register(GeneralRegister.RAX, 8)))
                    .isNull();
        }
        assertThat(of(Mnemonic.INC, memory(0x2000, 8))).isNull();
        assertThat(of(Mnemonic.DEC, register(GeneralRegister.RAX, 2))).isNull();
        assertThat(of(Mnemonic.NOP, memory(0x2000, 4))).isNull();
        assertThat(of(Mnemonic.ADC, register(GeneralRegister.RAX, 8), register(GeneralRegister.RBX, 8)))
                .isNull();
        Operand rax = register(GeneralRegister.RAX, 8);
        assertThat(of(Mnemonic.LEA, register(GeneralRegister.RAX, 2), address(GeneralRegister.RBX, null, 1, 8)))
                .isNull();
        assertThat(of(Mnemonic.LEA, rax, address(GeneralRegister.RBX, null, 1, 4)))
                .isNull();
        assertThat(of(Mnemonic.LEA, rax, address(null, GeneralRegister.RBX, 1, 8)))
                .isNull();
        MemoryOperand ripRelative = new MemoryOperand(SegmentRegister.DS, GeneralRegister.RBX, null, 1, 0, true, 8, 0);
        assertThat(of(Mnemonic.LEA, rax, ripRelative)).isNull();
    }

    private static RegisterOp of(Mnemonic mnemonic, Operand... operands) {
        return RegisterOps.of(instruction(mnemonic, operands), true);
    }

    @ParameterizedTest
    @EnumSource(names = {"JMP", "JO", "JE", "JNE", "JLE", "JG"})
    @DisplayName("does not exist for a branch, which jumps as the instruction does")
    void branches(Mnemonic mnemonic) {
        Instruction instruction = instruction(mnemonic, new RelativeOperand(0x10, 8));
        assertThat(RegisterOps.of(instruction, true)).isNull();
        Branch branch = Branch.of(instruction);
        assertThat(branch.isConditional()).isEqualTo(mnemonic != Mnemonic.JMP);
        for (int i = 0; i < 200; i++) {
            TestContext context = context();
            boolean jumps = branch.jumps(context.cpu().rflags());
            context.execute(instruction);
            assertThat(context.cpu().rip()).isEqualTo(jumps ? TestContext.NEXT_RIP + 0x10 : TestContext.RIP);
        }
    }

    @Test
    @DisplayName("is no branch, and neither are indirect jumps, calls and loops")
    void noBranches() {
        assertThat(Branch.of(instruction(Mnemonic.JMP, register(GeneralRegister.RAX, 8))))
                .isNull();
        assertThat(Branch.of(instruction(Mnemonic.CALL, new RelativeOperand(0x10, 8))))
                .isNull();
        assertThat(Branch.of(instruction(Mnemonic.LOOP, new RelativeOperand(0x10, 8))))
                .isNull();
        assertThat(Branch.of(instruction(Mnemonic.JRCXZ, new RelativeOperand(0x10, 8))))
                .isNull();
        assertThat(Branch.of(instruction(Mnemonic.NOP))).isNull();
    }
}
