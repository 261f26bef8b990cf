package dev.trapframe.emulator.execute;

import static dev.trapframe.emulator.execute.TestContext.immediate;
import static dev.trapframe.emulator.execute.TestContext.register;
import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.TestMachine;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.decode.CodeMode;
import dev.trapframe.emulator.decode.DecodeResult;
import dev.trapframe.emulator.decode.Decoder;
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
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("An operation of a block, on memory in a plain page,")
class BlockMemoryOpsTest {

    private static final long PAGE = TestMachine.KERNEL_DATA;
    private static final int PAGE_BYTES = 4096;
    private static final int[] WIDTHS = {1, 2, 4, 8};

    private final SplittableRandom random = new SplittableRandom(80386);
    private final TestMachine machine = TestMachine.inKernelMode();
    private final BlockOps ops = new BlockOps(machine.cpu(), machine.memory(), new DeferredFlags());

    @BeforeEach
    void makePlain() {
        machine.memory().settlePlainPages();
        for (int i = 0; i < 2; i++) machine.memory().write(SegmentRegister.DS, PAGE, 8, i);
        assertThat(machine.memory().plainToWrite(PAGE, 8)).isNotNull();
    }

    private static Instruction instruction(Mnemonic mnemonic, int operandSize, Operand... operands) {
        return TestContext.instruction(mnemonic, operandSize, Long.BYTES, RepeatPrefix.NONE, null, operands);
    }

    private static MemoryOperand at(
            SegmentRegister segment,
            GeneralRegister base,
            GeneralRegister index,
            int scale,
            long displacement,
            int width) {
        return new MemoryOperand(segment, base, index, scale, displacement, false, 8, width);
    }

    /** Places in the page in every way to say where: RBX points into it, RSI is small, the bases of FS and GS are near it. */
    private static List<MemoryOperand> places(int width) {
        List<MemoryOperand> places = new ArrayList<>();
        places.add(at(SegmentRegister.DS, null, null, 1, PAGE + 0x28, width));
        places.add(at(SegmentRegister.DS, GeneralRegister.RBX, null, 1, 0x31, width));
        places.add(at(SegmentRegister.DS, GeneralRegister.RBX, GeneralRegister.RSI, 8, -0x40, width));
        places.add(at(SegmentRegister.SS, GeneralRegister.RBP, GeneralRegister.RSI, 2, 0, width));
        places.add(at(SegmentRegister.DS, null, GeneralRegister.RSI, 4, PAGE + 8, width));
        places.add(at(SegmentRegister.FS, GeneralRegister.RSI, null, 1, 0x10, width));
        places.add(at(SegmentRegister.GS, null, null, 1, 0x10, width));
        long distance = PAGE + 0x48 - TestContext.NEXT_RIP;
        places.add(new MemoryOperand(SegmentRegister.DS, null, null, 1, distance, true, 8, width));
        // 32 bits of address: the upper half of RBX does not count.
        places.add(new MemoryOperand(SegmentRegister.DS, GeneralRegister.RBX, null, 1, 0x20, false, 4, width));
        return places;
    }

    private TestContext context() {
        TestContext context = new TestContext();
        for (GeneralRegister register : GeneralRegister.values()) context.set(register, random.nextLong());
        context.set(GeneralRegister.RBX, PAGE + 0x100);
        context.set(GeneralRegister.RSI, random.nextInt(16));
        context.set(GeneralRegister.RBP, PAGE + 0x600);
        context.set(GeneralRegister.RSP, PAGE + 0x800);
        context.cpu().set(MachineRegister.FS_BASE, PAGE + 0x200);
        context.cpu().set(MachineRegister.GS_BASE, PAGE + 0x300);
        context.cpu().setRip(TestContext.RIP);
        context.cpu().setRflags(Rflags.ALWAYS_ONE | random.nextInt(0x1000) & Rflags.STATUS);
        return context;
    }

    private byte[] page() {
        return machine.physicalMemory().pages().get(PAGE);
    }

    /** The operation on the machine's page, and the instruction on a copy of it: registers and all bytes are equal. */
    private void agrees(Instruction instruction, BlockOp operation) {
        assertThat(operation).as(instruction.toString()).isNotNull();
        for (int i = 0; i < 3; i++) agreesOnce(instruction, operation, context());
    }

    private void agreesOnce(Instruction instruction, BlockOp operation, TestContext context) {
        makePlain();
        for (int offset = 0; offset < PAGE_BYTES; offset += 8) {
            long value = random.nextLong();
            machine.memory().write(SegmentRegister.DS, PAGE + offset, 8, value);
            context.poke(PAGE + offset, 8, value);
        }
        long[] registers = context.cpu().unjournaled().clone();
        assertThat(operation.execute(registers)).as(instruction.toString()).isTrue();
        context.execute(instruction);
        assertThat(registers).as(instruction.toString()).isEqualTo(context.cpu().unjournaled());
        byte[] expected = new byte[PAGE_BYTES];
        for (int offset = 0; offset < PAGE_BYTES; offset++) expected[offset] = (byte) context.peek(PAGE + offset, 1);
        assertThat(page()).as(instruction.toString()).isEqualTo(expected);
    }

    private void agrees(Mnemonic mnemonic, int size, Operand... operands) {
        Instruction instruction = instruction(mnemonic, size, operands);
        agrees(instruction, ops.of(instruction, TestContext.NEXT_RIP, FlagUse.KEPT));
    }

    @ParameterizedTest
    @EnumSource(names = {"ADD", "SUB", "CMP", "AND", "OR", "XOR", "TEST", "MOV"})
    @DisplayName(
            "does what the instruction does, from, to and with a constant, in every width and at every kind of place")
    void binary(Mnemonic mnemonic) {
        for (int width : WIDTHS) {
            for (MemoryOperand place : places(width)) {
                agrees(mnemonic, width, place, register(GeneralRegister.RCX, width));
                agrees(mnemonic, width, register(GeneralRegister.RDI, width), place);
                agrees(mnemonic, width, place, immediate(-0x35, width));
            }
            if (width > 1) continue;
            agrees(mnemonic, 1, places(1).get(0), TestContext.highByte(GeneralRegister.RAX));
            agrees(
                    mnemonic,
                    1,
                    TestContext.highByte(GeneralRegister.RDX),
                    places(1).get(1));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"INC", "DEC"})
    @DisplayName("counts up and down, and leaves CF")
    void steps(Mnemonic mnemonic) {
        for (int width : WIDTHS) {
            for (MemoryOperand place : places(width)) agrees(mnemonic, width, place);
        }
    }

    @Test
    @DisplayName("extends what it reads")
    void extensions() {
        for (int width : new int[] {4, 8}) {
            for (int source : new int[] {1, 2}) {
                agrees(
                        Mnemonic.MOVZX,
                        width,
                        register(GeneralRegister.R9, width),
                        places(source).get(2));
                agrees(
                        Mnemonic.MOVSX,
                        width,
                        register(GeneralRegister.R9, width),
                        places(source).get(2));
            }
        }
        agrees(Mnemonic.MOVSXD, 8, register(GeneralRegister.R9, 8), places(4).get(1));
    }

    @ParameterizedTest
    @EnumSource(names = {"CMOVO", "CMOVB", "CMOVE", "CMOVBE", "CMOVNS", "CMOVP", "CMOVL", "CMOVG"})
    @DisplayName("moves on a condition; 32 bits clear the upper half either way")
    void conditionalMoves(Mnemonic mnemonic) {
        for (int width : new int[] {4, 8}) {
            agrees(
                    mnemonic,
                    width,
                    register(GeneralRegister.RDX, width),
                    places(width).get(1));
            agrees(mnemonic, width, register(GeneralRegister.RDX, width), register(GeneralRegister.R8, width));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"SETO", "SETAE", "SETNE", "SETA", "SETS", "SETNP", "SETGE", "SETLE"})
    @DisplayName("sets a byte on a condition")
    void conditionalSets(Mnemonic mnemonic) {
        agrees(mnemonic, 1, places(1).get(3));
        agrees(mnemonic, 1, register(GeneralRegister.RDX, 1));
    }

    @Test
    @DisplayName("pushes and pops, the stack pointer itself too")
    void stack() {
        agrees(Mnemonic.PUSH, 8, register(GeneralRegister.RCX, 8));
        agrees(Mnemonic.PUSH, 8, register(GeneralRegister.RSP, 8));
        agrees(Mnemonic.PUSH, 8, immediate(-5, 8));
        agrees(Mnemonic.PUSH, 8, places(8).get(2));
        agrees(Mnemonic.PUSH, 8, at(SegmentRegister.SS, GeneralRegister.RSP, null, 1, 8, 8));
        agrees(Mnemonic.POP, 8, register(GeneralRegister.RCX, 8));
        agrees(Mnemonic.POP, 8, register(GeneralRegister.RSP, 8));
        agrees(Mnemonic.LEAVE, 8);
    }

    @Test
    @DisplayName("calls, returns and jumps")
    void transfers() {
        transfer(instruction(Mnemonic.CALL, 8, new RelativeOperand(0x1234, 8)), context());
        transfer(instruction(Mnemonic.CALL, 8, new RelativeOperand(-0x1234, 8)), context());
        for (Mnemonic mnemonic : new Mnemonic[] {Mnemonic.CALL, Mnemonic.JMP}) {
            TestContext context = context();
            context.set(GeneralRegister.RCX, 0x12_3456);
            transfer(instruction(mnemonic, 8, register(GeneralRegister.RCX, 8)), context);
        }
    }

    private void transfer(Instruction instruction, TestContext context) {
        agreesOnce(instruction, ops.transfer(instruction, TestContext.NEXT_RIP), context);
    }

    @ParameterizedTest
    @ValueSource(
            longs = {0x40_0000L, 0x7fff_ffff_ffffL, 0xffff_8000_0000_0000L, 0x8000_0000_0000L, 0x7000_0000_0000_0000L})
    @DisplayName("returns and jumps to canonical addresses alone")
    void canonicalTargets(long target) {
        boolean canonical = target << 16 >> 16 == target;
        long[] registers = context().cpu().unjournaled().clone();
        long[] before = registers.clone();
        machine.memory().write(SegmentRegister.SS, PAGE + 0x800, 8, target);
        BlockOp ret = ops.transfer(instruction(Mnemonic.RET, 8), TestContext.NEXT_RIP);
        assertThat(ret.mayLeave()).isTrue();
        assertThat(ret.execute(registers)).isEqualTo(canonical);
        if (canonical) {
            assertThat(registers[MachineRegister.RIP.ordinal()]).isEqualTo(target);
            assertThat(registers[MachineRegister.RSP.ordinal()]).isEqualTo(PAGE + 0x808);
        } else {
            assertThat(registers).isEqualTo(before);
        }
        for (Mnemonic mnemonic : new Mnemonic[] {Mnemonic.CALL, Mnemonic.JMP}) {
            long[] jumping = before.clone();
            jumping[GeneralRegister.RDX.ordinal()] = target;
            BlockOp jump =
                    ops.transfer(instruction(mnemonic, 8, register(GeneralRegister.RDX, 8)), TestContext.NEXT_RIP);
            assertThat(jump.execute(jumping)).as("%s", mnemonic).isEqualTo(canonical);
            assertThat(jumping[MachineRegister.RIP.ordinal()]).isEqualTo(canonical ? target : TestContext.RIP);
        }
    }

    @Test
    @DisplayName("changes nothing where the page is not plain: the stack, places, targets")
    void refuses() {
        long[] registers = context().cpu().unjournaled().clone();
        registers[GeneralRegister.RSP.ordinal()] = PAGE + 0x1800;
        registers[GeneralRegister.RBP.ordinal()] = PAGE + 0x1800;
        registers[GeneralRegister.RBX.ordinal()] = PAGE + 0x1800;
        long[] before = registers.clone();
        MemoryOperand absent = at(SegmentRegister.DS, GeneralRegister.RBX, null, 1, 0, 8);
        MemoryOperand absentByte = at(SegmentRegister.DS, GeneralRegister.RBX, null, 1, 0, 1);
        List<Instruction> straight = List.of(
                instruction(Mnemonic.PUSH, 8, register(GeneralRegister.RCX, 8)),
                instruction(Mnemonic.PUSH, 8, absent),
                instruction(Mnemonic.POP, 8, register(GeneralRegister.RCX, 8)),
                instruction(Mnemonic.LEAVE, 8),
                instruction(Mnemonic.INC, 8, absent),
                instruction(Mnemonic.SETO, 1, absentByte),
                instruction(Mnemonic.CMOVO, 8, register(GeneralRegister.RCX, 8), absent),
                instruction(Mnemonic.MOV, 1, absentByte, register(GeneralRegister.RCX, 1)),
                instruction(Mnemonic.MOV, 1, register(GeneralRegister.RCX, 1), absentByte),
                instruction(Mnemonic.MOVZX, 8, register(GeneralRegister.RCX, 8), absentByte));
        for (Instruction instruction : straight) {
            BlockOp operation = ops.of(instruction, TestContext.NEXT_RIP, FlagUse.KEPT);
            assertThat(operation.mayLeave()).as(instruction.toString()).isTrue();
            assertThat(operation.execute(registers)).as(instruction.toString()).isFalse();
            assertThat(registers).as(instruction.toString()).isEqualTo(before);
        }
        List<Instruction> transfers = List.of(
                instruction(Mnemonic.CALL, 8, new RelativeOperand(4, 8)),
                instruction(Mnemonic.CALL, 8, register(GeneralRegister.RSI, 8)),
                instruction(Mnemonic.JMP, 8, absent),
                instruction(Mnemonic.RET, 8));
        for (Instruction instruction : transfers) {
            BlockOp operation = ops.transfer(instruction, TestContext.NEXT_RIP);
            assertThat(operation.mayLeave()).as(instruction.toString()).isTrue();
            assertThat(operation.execute(registers)).as(instruction.toString()).isFalse();
            assertThat(registers).as(instruction.toString()).isEqualTo(before);
        }
    }

    private static Instruction decoded(String hex) {
        byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
        DecodeResult result =
                new Decoder().decode(index -> index < bytes.length ? bytes[index] & 0xff : 0, CodeMode.LONG_64);
        return ((DecodeResult.Decoded) result).instruction();
    }

    @Test
    @DisplayName("compares in a page that may only be read, and writes there not at all")
    void readOnly() {
        TestMachine readOnly = TestMachine.inKernelMode().withQuadword(PAGE, 5).withPageEntry(PAGE, PAGE | 1);
        readOnly.memory().settlePlainPages();
        for (int i = 0; i < 2; i++) readOnly.memory().read(SegmentRegister.DS, PAGE, 8);
        BlockOps there = new BlockOps(readOnly.cpu(), readOnly.memory(), new DeferredFlags());
        for (Mnemonic mnemonic : new Mnemonic[] {Mnemonic.CMP, Mnemonic.TEST, Mnemonic.ADD, Mnemonic.AND}) {
            boolean reads = mnemonic == Mnemonic.CMP || mnemonic == Mnemonic.TEST;
            Instruction instruction =
                    instruction(mnemonic, 8, TestContext.memory(PAGE, 8), register(GeneralRegister.RCX, 8));
            BlockOp operation = there.of(instruction, TestContext.NEXT_RIP, FlagUse.KEPT);
            assertThat(operation.execute(context().cpu().unjournaled().clone()))
                    .as("%s", mnemonic)
                    .isEqualTo(reads);
        }
    }

    @Test
    @DisplayName("does not exist for a locked one, a stack word of 16 bits, RET that releases, and far or narrow jumps")
    void absentOperations() {
        assertThat(ops.of(instruction(Mnemonic.PUSH, 2, register(GeneralRegister.RCX, 2)), 0, FlagUse.KEPT))
                .isNull();
        assertThat(ops.of(instruction(Mnemonic.PUSH, 2, immediate(1, 2)), 0, FlagUse.KEPT))
                .isNull();
        assertThat(ops.transfer(instruction(Mnemonic.RET, 8), 0x8000_0000_0000L))
                .isNull();
        assertThat(ops.transfer(instruction(Mnemonic.JMP, 8, TestContext.memory(PAGE, 10)), 0))
                .isNull();
        assertThat(ops.of(decoded("f0 48 01 0b"), 0, FlagUse.KEPT)).isNull(); // lock add %rcx,(%rbx)
        assertThat(ops.of(decoded("48 01 0b"), 0, FlagUse.KEPT)).isNotNull();
        assertThat(ops.of(instruction(Mnemonic.POP, 2, register(GeneralRegister.RCX, 2)), 0, FlagUse.KEPT))
                .isNull();
        assertThat(ops.of(instruction(Mnemonic.LEAVE, 2), 0, FlagUse.KEPT)).isNull();
        assertThat(ops.transfer(instruction(Mnemonic.RET, 8, immediate(8, 2)), 0))
                .isNull();
        assertThat(ops.transfer(instruction(Mnemonic.RET, 2), 0)).isNull();
        assertThat(ops.transfer(instruction(Mnemonic.JMP, 4, register(GeneralRegister.RCX, 4)), 0))
                .isNull();
        assertThat(ops.transfer(instruction(Mnemonic.NOP, 8), 0)).isNull();
        assertThat(ops.transfer(instruction(Mnemonic.CALL, 8, new RelativeOperand(4, 8)), 0x7fff_ffff_fffcL))
                .as("the target is not canonical")
                .isNull();
    }
}
