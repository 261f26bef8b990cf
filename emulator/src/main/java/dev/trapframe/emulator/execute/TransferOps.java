package dev.trapframe.emulator.execute;

import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.state.CpuState;
import org.jspecify.annotations.Nullable;

/** Calls, returns and indirect jumps as {@link BlockOp}s: they end a block, and load RIP. */
final class TransferOps {

    private static final int RIP = MachineRegister.RIP.ordinal();

    private TransferOps() {}

    /** CALL to a fixed target, which is canonical. */
    static final class Call extends BlockOp {
        private final Stack stack;
        private final long target;
        private final long next;

        Call(Stack stack, long target, long next) {
            this.stack = stack;
            this.target = target;
            this.next = next;
        }

        @Override
        public boolean mayLeave() {
            return true;
        }

        @Override
        public boolean execute(long[] registers) {
            if (!stack.push(registers, next)) return false;
            registers[RIP] = target;
            return true;
        }
    }

    /** RET without releasing anything. */
    static final class Return extends BlockOp {
        private final CpuState cpu;
        private final Stack stack;

        Return(CpuState cpu, Stack stack) {
            this.cpu = cpu;
            this.stack = stack;
        }

        @Override
        public boolean mayLeave() {
            return true;
        }

        @Override
        public boolean execute(long[] registers) {
            if (!stack.peek(registers) || !cpu.isCanonical(stack.value)) return false;
            stack.pop(registers);
            registers[RIP] = stack.value;
            return true;
        }
    }

    /** JMP and CALL through a register or memory. */
    static final class Indirect extends BlockOp {
        private final CpuState cpu;
        private final Place target;
        private final @Nullable Stack stack;
        private final long next;

        /** @param stack for CALL, null for JMP */
        Indirect(CpuState cpu, Place target, @Nullable Stack stack, long next) {
            this.cpu = cpu;
            this.target = target;
            this.stack = stack;
            this.next = next;
        }

        @Override
        public boolean mayLeave() {
            return true;
        }

        @Override
        public boolean execute(long[] registers) {
            if (!target.read(registers) || !cpu.isCanonical(target.value)) return false;
            if (stack != null && !stack.push(registers, next)) return false;
            registers[RIP] = target.value;
            return true;
        }
    }
}
