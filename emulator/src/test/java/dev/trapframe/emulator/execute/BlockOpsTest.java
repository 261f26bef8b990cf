package dev.trapframe.emulator.execute;

import static dev.trapframe.emulator.execute.TestContext.immediate;
import static dev.trapframe.emulator.execute.TestContext.memory;
import static dev.trapframe.emulator.execute.TestContext.register;
import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.ProtectedMachine;
import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.Change.SystemRegister;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.Processor;
import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.isa.MemoryOperand;
import dev.trapframe.emulator.isa.Mnemonic;
import dev.trapframe.emulator.isa.Operand;
import dev.trapframe.emulator.isa.RegisterOperand;
import dev.trapframe.emulator.isa.RelativeOperand;
import dev.trapframe.emulator.isa.RepeatPrefix;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.memory.LinearMemory;
import dev.trapframe.emulator.memory.PhysicalMemory;
import dev.trapframe.emulator.state.CpuState;
import dev.trapframe.emulator.state.Efer;
import dev.trapframe.emulator.state.Rflags;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("An operation of a block")
class BlockOpsTest {

    private static final int RFLAGS = MachineRegister.RFLAGS.ordinal();
    private static final long[] EDGES = {0, 1, -1, 0x7fff_ffff, 0x8000_0000L, Long.MIN_VALUE, Long.MAX_VALUE, 0xf, 0x10
    };

    private final SplittableRandom random = new SplittableRandom(8086);
    private final DeferredFlags deferred = new DeferredFlags();
    private final CpuState cpu = in64BitMode();
    private final BlockOps ops = new BlockOps(
            cpu, new LinearMemory(cpu, new PhysicalMemory(0x10000, Map.of()), Processor.TRAPFRAME), deferred);

    private static CpuState in64BitMode() {
        CpuState cpu = new CpuState();
        cpu.set(MachineRegister.EFER, Efer.LMA);
        cpu.setDescriptor(SystemRegister.CS, new Descriptor(0x10, 0, 0xffff_ffffL, 0xa09b));
        return cpu;
    }

    private @Nullable BlockOp of(Instruction instruction, FlagUse use) {
        return ops.of(instruction, TestContext.NEXT_RIP, use);
    }

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
                case INC, DEC, NOT -> forms.add(instruction(mnemonic, r15));
                case SHL, SHR, SAR -> {
                    for (int count : new int[] {1, 2, 7, 31, 33, 63}) {
                        if ((count & 8 * size - 1) == 0) continue;
                        forms.add(instruction(mnemonic, rax, immediate(count, 1)));
                    }
                }
                case MOVZX, MOVSX -> {
                    for (int source : new int[] {1, 2}) {
                        forms.add(instruction(mnemonic, r15, register(GeneralRegister.RCX, source)));
                        forms.add(instruction(mnemonic, rax, register(GeneralRegister.RAX, source)));
                    }
                }
                case NOP -> forms.add(instruction(mnemonic));
                case LEA -> {
                    forms.add(instruction(mnemonic, rax, address(GeneralRegister.R15, null, 1, 8)));
                    forms.add(instruction(mnemonic, rax, address(GeneralRegister.R15, GeneralRegister.RCX, 8, 8)));
                    forms.add(instruction(mnemonic, r15, address(GeneralRegister.RAX, GeneralRegister.RAX, 2, 8)));
                    forms.add(instruction(mnemonic, r15, address(GeneralRegister.RAX, GeneralRegister.RAX, 2, 4)));
                    forms.add(instruction(mnemonic, rax, address(null, GeneralRegister.RAX, 4, 8)));
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
    @EnumSource(
            names = {
                "ADD", "SUB", "CMP", "AND", "OR", "XOR", "TEST", "INC", "DEC", "MOV", "LEA", "NOP", "SHL", "SHR", "SAR",
                "NOT", "MOVZX", "MOVSX"
            })
    @DisplayName("does what the instruction does, to every register and flag")
    void agrees(Mnemonic mnemonic) {
        for (Instruction instruction : forms(mnemonic)) {
            BlockOp operation = of(instruction, FlagUse.KEPT);
            for (int i = 0; i < 200; i++) {
                TestContext context = context();
                long[] registers = registersOf(context);
                assertThat(operation.execute(registers))
                        .as(instruction.toString())
                        .isTrue();
                assertThat(operation.mayLeave()).as(instruction.toString()).isFalse();
                context.execute(instruction);
                assertThat(registers).as(instruction.toString()).isEqualTo(registersOf(context));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"ADD", "SUB", "CMP", "AND", "OR", "XOR", "TEST", "INC", "DEC", "SHL", "SHR", "SAR"})
    @DisplayName("without its flags leaves them, and does the rest")
    void withoutFlags(Mnemonic mnemonic) {
        for (Instruction instruction : forms(mnemonic)) {
            BlockOp operation = of(instruction, FlagUse.DROPPED);
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
    @EnumSource(names = {"ADD", "SUB", "CMP", "AND", "OR", "XOR", "TEST", "INC", "DEC", "SHL", "MOV", "LEA", "NOP"})
    @DisplayName("says which status flags the instruction writes. SDM Vol. 1, EFLAGS Cross-Reference")
    void written(Mnemonic mnemonic) {
        long expected = switch (mnemonic) {
            case MOV, LEA, NOP -> 0;
            case INC, DEC -> 0x8d4;
            default -> 0x8d5;
        };
        Instruction instruction =
                instruction(mnemonic, register(GeneralRegister.RAX, 8), register(GeneralRegister.RBX, 8));
        assertThat(BlockOps.written(instruction)).isEqualTo(expected);
    }

    @ParameterizedTest
    @EnumSource(names = {"ADD", "SUB", "CMP", "AND", "OR", "XOR", "TEST"})
    @DisplayName("with its flags deferred leaves them, and what is noted makes them as the instruction does")
    void deferredFlags(Mnemonic mnemonic) {
        for (Instruction instruction : forms(mnemonic)) {
            BlockOp operation = of(instruction, FlagUse.DEFERRED);
            for (int i = 0; i < 50; i++) {
                TestContext context = context();
                long[] registers = registersOf(context);
                long flags = registers[RFLAGS];
                operation.execute(registers);
                assertThat(registers[RFLAGS]).isEqualTo(flags);
                deferred.make(registers);
                context.execute(instruction);
                assertThat(registers).as(instruction.toString()).isEqualTo(registersOf(context));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"ADD", "SUB", "CMP", "AND", "OR", "XOR", "TEST", "MOV", "INC", "DEC"})
    @DisplayName("on parts of registers does what the instruction does")
    void partsOfRegisters(Mnemonic mnemonic) {
        List<Operand> parts = List.of(
                register(GeneralRegister.RAX, 1),
                new RegisterOperand(GeneralRegister.RAX, 1, true),
                new RegisterOperand(GeneralRegister.RBX, 1, true),
                register(GeneralRegister.R15, 1),
                register(GeneralRegister.RAX, 2),
                register(GeneralRegister.RSI, 2));
        for (Operand first : parts) {
            for (Operand second : parts) {
                if (first.sizeBytes() != second.sizeBytes()) continue;
                boolean single = mnemonic == Mnemonic.INC || mnemonic == Mnemonic.DEC;
                agreesOnce(single ? instruction(mnemonic, first) : instruction(mnemonic, first, second));
                if (!single) agreesOnce(instruction(mnemonic, first, immediate(-7, first.sizeBytes())));
            }
        }
    }

    private void agreesOnce(Instruction instruction) {
        BlockOp operation = of(instruction, FlagUse.KEPT);
        assertThat(operation.mayLeave()).as(instruction.toString()).isFalse();
        for (int i = 0; i < 40; i++) {
            TestContext context = context();
            long[] registers = registersOf(context);
            assertThat(operation.execute(registers)).isTrue();
            context.execute(instruction);
            assertThat(registers).as(instruction.toString()).isEqualTo(registersOf(context));
        }
    }

    @Test
    @DisplayName("does not exist for what a block leaves to the step")
    void absent() {
        Operand rax = register(GeneralRegister.RAX, 8);
        assertThat(of(Mnemonic.ADC, rax, register(GeneralRegister.RBX, 8))).isNull();
        assertThat(of(Mnemonic.NOP, memory(0x2000, 4))).isNull();
        assertThat(of(Mnemonic.LEA, register(GeneralRegister.RAX, 2), address(GeneralRegister.RBX, null, 1, 8)))
                .isNull();
        assertThat(of(Mnemonic.SHL, rax, register(GeneralRegister.RCX, 1))).isNull();
        assertThat(of(Mnemonic.SHL, rax, immediate(64, 1))).isNull();
        assertThat(of(Mnemonic.SHL, register(GeneralRegister.RAX, 2), immediate(1, 1)))
                .isNull();
        assertThat(of(Mnemonic.POP, memory(0x2000, 8))).isNull();
    }

    @Test
    @DisplayName("that touches memory does nothing unless the page is plain")
    void memoryThatIsNotPlain() {
        for (Mnemonic mnemonic : EnumSet.of(
                Mnemonic.ADD,
                Mnemonic.SUB,
                Mnemonic.CMP,
                Mnemonic.AND,
                Mnemonic.OR,
                Mnemonic.XOR,
                Mnemonic.TEST,
                Mnemonic.MOV)) {
            for (Instruction instruction : List.of(
                    instruction(mnemonic, register(GeneralRegister.RAX, 8), memory(0x2000, 8)),
                    instruction(mnemonic, memory(0x2000, 8), register(GeneralRegister.RAX, 8)))) {
                BlockOp operation = of(instruction, FlagUse.KEPT);
                assertThat(operation.mayLeave()).isTrue();
                long[] registers = registersOf(context());
                long[] before = registers.clone();
                assertThat(operation.execute(registers)).isFalse();
                assertThat(registers).isEqualTo(before);
            }
        }
    }

    private @Nullable BlockOp of(Mnemonic mnemonic, Operand... operands) {
        return of(instruction(mnemonic, operands), FlagUse.KEPT);
    }

    @Test
    @DisplayName("says whether it reads flags: conditional moves and sets do")
    void readsFlags() {
        Operand rax = register(GeneralRegister.RAX, 8);
        for (Mnemonic mnemonic : EnumSet.range(Mnemonic.CMOVO, Mnemonic.CMOVG)) {
            assertThat(BlockOps.readsFlags(instruction(mnemonic, rax, rax))).isTrue();
        }
        for (Mnemonic mnemonic : EnumSet.range(Mnemonic.SETO, Mnemonic.SETG)) {
            Operand al = register(GeneralRegister.RAX, 1);
            assertThat(BlockOps.readsFlags(instruction(mnemonic, al))).isTrue();
            assertThat(of(mnemonic, al).mayLeave()).isFalse();
        }
        for (Mnemonic mnemonic : EnumSet.of(Mnemonic.MOV, Mnemonic.ADD, Mnemonic.LEA, Mnemonic.JO, Mnemonic.NOP)) {
            assertThat(BlockOps.readsFlags(instruction(mnemonic, rax, rax))).isFalse();
        }
    }

    @Test
    @DisplayName("may not leave its block where it touches registers alone")
    void staysInItsBlock() {
        Operand al = register(GeneralRegister.RAX, 1);
        Operand cl = register(GeneralRegister.RCX, 1);
        Operand rax = register(GeneralRegister.RAX, 8);
        assertThat(of(Mnemonic.MOV, al, cl).mayLeave()).isFalse();
        assertThat(of(Mnemonic.MOV, al, immediate(3, 1)).mayLeave()).isFalse();
        assertThat(of(Mnemonic.MOVZX, rax, cl).mayLeave()).isFalse();
        assertThat(of(Mnemonic.CMOVO, rax, register(GeneralRegister.RCX, 8)).mayLeave())
                .isFalse();
        assertThat(of(Mnemonic.INC, al).mayLeave()).isFalse();
        assertThat(of(Mnemonic.MOV, al, memory(0x2000, 1)).mayLeave()).isTrue();
        assertThat(of(Mnemonic.MOV, memory(0x2000, 1), cl).mayLeave()).isTrue();
        assertThat(of(Mnemonic.ADD, memory(0x2000, 1), cl).mayLeave()).isTrue();
    }

    /** In 32-bit code, with the machine's memory; {@link #places32} says what is no place for an operation. */
    private final ProtectedMachine machine32 = ProtectedMachine.inKernelMode();

    private final BlockOps ops32 = new BlockOps(machine32.cpu(), machine32.memory(), deferred);

    private static List<MemoryOperand> places32(int width) {
        return List.of(
                new MemoryOperand(SegmentRegister.DS, GeneralRegister.RBX, null, 1, 0, false, 2, width),
                new MemoryOperand(SegmentRegister.FS, null, null, 1, 0x2000, false, 4, width),
                new MemoryOperand(SegmentRegister.GS, null, null, 1, 0x2000, false, 4, width));
    }

    @Test
    @DisplayName("does not exist in 32-bit code for 16-bit addresses, nor for what stands in FS and GS")
    void absentIn32BitCode() {
        for (int i = 0; i < 3; i++) {
            MemoryOperand place = places32(4).get(i);
            MemoryOperand byteSized = places32(1).get(i);
            Operand eax = register(GeneralRegister.RAX, 4);
            Operand al = register(GeneralRegister.RAX, 1);
            List<Instruction> straight = List.of(
                    instruction(Mnemonic.ADD, place, eax),
                    instruction(Mnemonic.ADD, eax, place),
                    instruction(Mnemonic.INC, place),
                    instruction(Mnemonic.MOV, place, eax),
                    instruction(Mnemonic.MOV, eax, place),
                    instruction(Mnemonic.MOV, al, byteSized),
                    instruction(Mnemonic.MOV, byteSized, al),
                    instruction(Mnemonic.MOV, byteSized, immediate(1, 1)),
                    instruction(Mnemonic.MOVZX, eax, byteSized),
                    instruction(Mnemonic.LEA, eax, place),
                    instruction(Mnemonic.PUSH, place),
                    instruction(Mnemonic.CMOVO, eax, place),
                    instruction(Mnemonic.SETO, byteSized));
            for (Instruction instruction : straight) {
                assertThat(ops32.of(instruction, 0x8000, FlagUse.KEPT))
                        .as(instruction.toString())
                        .isNull();
            }
            assertThat(ops32.transfer(instruction(Mnemonic.JMP, place), 0x8000)).isNull();
            assertThat(ops32.transfer(instruction(Mnemonic.CALL, place), 0x8000))
                    .isNull();
        }
        assertThat(ops32.of(instruction(Mnemonic.PUSH, register(GeneralRegister.RAX, 2)), 0, FlagUse.KEPT))
                .isNull();
        assertThat(ops32.transfer(instruction(Mnemonic.JMP, register(GeneralRegister.RAX, 2)), 0x8000))
                .isNull();
    }

    @Test
    @DisplayName("in 32-bit code pushes, pops and calls with 4 bytes, and addresses wrap at 4 GiB")
    void stackIn32BitCode() {
        long stack = ProtectedMachine.DATA_PAGE + 0x100;
        machine32.memory().settlePlainPages();
        for (int i = 0; i < 2; i++) machine32.memory().write(SegmentRegister.SS, stack - 8, 8, i);
        long[] registers = machine32.cpu().unjournaled().clone();
        registers[GeneralRegister.RSP.ordinal()] = stack;
        registers[GeneralRegister.RAX.ordinal()] = 0x8765_4321L;
        assertThat(ops32.of(instruction(Mnemonic.PUSH, register(GeneralRegister.RAX, 4)), 0, FlagUse.KEPT)
                        .execute(registers))
                .isTrue();
        assertThat(registers[GeneralRegister.RSP.ordinal()]).isEqualTo(stack - 4);
        BlockOp call = ops32.transfer(instruction(Mnemonic.CALL, new RelativeOperand(-0x9000, 4)), 0x8000);
        assertThat(call.execute(registers)).isTrue();
        assertThat(registers[GeneralRegister.RSP.ordinal()]).isEqualTo(stack - 8);
        assertThat(registers[MachineRegister.RIP.ordinal()]).isEqualTo(0xffff_f000L);
        assertThat(machine32.memory().read(SegmentRegister.SS, stack - 8, 8)).isEqualTo(0x8765_4321_0000_8000L);
        assertThat(ops32.transfer(instruction(Mnemonic.RET), 0).execute(registers))
                .isTrue();
        assertThat(registers[MachineRegister.RIP.ordinal()]).isEqualTo(0x8000);
        assertThat(ops32.of(instruction(Mnemonic.POP, register(GeneralRegister.RCX, 4)), 0, FlagUse.KEPT)
                        .execute(registers))
                .isTrue();
        assertThat(registers[GeneralRegister.RCX.ordinal()]).isEqualTo(0x8765_4321L);
        registers[GeneralRegister.RBX.ordinal()] = 0xffff_ffffL;
        MemoryOperand wrapping = new MemoryOperand(
                SegmentRegister.DS, GeneralRegister.RBX, null, 1, ProtectedMachine.DATA_PAGE + 0xfd, false, 4, 4);
        assertThat(ops32.of(instruction(Mnemonic.MOV, register(GeneralRegister.RDX, 4), wrapping), 0, FlagUse.KEPT)
                        .execute(registers))
                .isTrue();
        assertThat(registers[GeneralRegister.RDX.ordinal()]).isEqualTo(0x8765_4321L);
    }

    @ParameterizedTest
    @EnumSource(names = {"JMP", "JO", "JE", "JNE", "JLE", "JG"})
    @DisplayName("does not exist for a branch, which jumps as the instruction does")
    void branches(Mnemonic mnemonic) {
        Instruction instruction = instruction(mnemonic, new RelativeOperand(0x10, 8));
        assertThat(of(instruction, FlagUse.KEPT)).isNull();
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
