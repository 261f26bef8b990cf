package dev.trapframe.emulator.execute;

import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.Change.SystemRegister;
import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.isa.Operand;

/** I/O instructions. Source: Intel SDM Vol. 1, "I/O Instructions" and "I/O Permission Bit Map". */
final class InputOutput {

    private static final int BIT_MAP_BASE = 0x66;
    private static final int TYPE_TSS_64 = 0x9;
    private static final int TYPE_WITHOUT_BUSY = 0xd;

    private InputOutput() {}

    /** #GP(0) above IOPL, unless the I/O permission bit map allows the port. Source: Intel SDM Vol. 2A, IN. */
    static void in(Instruction instruction, Context context) {
        Operand destination = instruction.operand(0);
        int port = port(instruction.operand(1), context);
        requirePermission(context, port, destination.sizeBytes());
        context.write(destination, context.readPort(port, destination.sizeBytes()));
    }

    /** #GP(0) above IOPL, unless the I/O permission bit map allows the port. Source: Intel SDM Vol. 2B, OUT. */
    static void out(Instruction instruction, Context context) {
        Operand source = instruction.operand(1);
        int port = port(instruction.operand(0), context);
        requirePermission(context, port, source.sizeBytes());
        context.writePort(port, source.sizeBytes(), context.read(source));
    }

    private static int port(Operand operand, Context context) {
        return (int) context.read(operand) & 0xffff;
    }

    static int portInDx(Context context) {
        return (int) Registers.read(context.cpu(), GeneralRegister.RDX, Short.BYTES);
    }

    /** All of the port's bits in the map of the TSS must be 0; two bytes of it are read, both inside the limit. */
    static void requirePermission(Context context, int port, int sizeBytes) {
        if (Checks.isIoPrivileged(context.cpu())) return;
        Descriptor tss = context.cpu().descriptor(SystemRegister.TR);
        Checks.require((tss.attributes() & TYPE_WITHOUT_BUSY) == TYPE_TSS_64);
        Checks.require(BIT_MAP_BASE + Short.BYTES - 1 <= tss.limitBytes());
        long map = context.loadSystem(tss.base() + BIT_MAP_BASE, Short.BYTES) + (port >> 3);
        Checks.require(map + 1 <= tss.limitBytes());
        long bits = context.loadSystem(tss.base() + map, Short.BYTES) >>> (port & 7);
        Checks.require((bits & (1 << sizeBytes) - 1) == 0);
    }
}
