package dev.trapframe.server.slot;

import dev.trapframe.emulator.api.Change;
import dev.trapframe.emulator.api.FrameSlot;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MicroOp;
import dev.trapframe.emulator.api.MicroStep;
import dev.trapframe.emulator.api.TraceView;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** The interrupt stack frames that are open at a position: delivered, and not yet returned from; the outermost first. */
final class Frames {

    private static final long USER_CPL = 3;

    private final List<Map<FrameSlot, Long>> open = new ArrayList<>();
    private Map<FrameSlot, Long> pushed = new EnumMap<>(FrameSlot.class);
    private OptionalLong poppedRip = OptionalLong.empty();

    private Frames() {}

    /** Each frame as its words' linear addresses. */
    static List<Map<FrameSlot, Long>> openAt(TraceView trace, int position) {
        Frames frames = new Frames();
        for (int index = 0; index < position; index++) {
            for (MicroStep micro : trace.step(index).microSteps()) frames.follow(micro);
        }
        return frames.open;
    }

    private void follow(MicroStep micro) {
        MicroOp op = micro.op();
        if (op instanceof MicroOp.InstructionFetched) {
            poppedRip = OptionalLong.empty();
        } else if (op instanceof MicroOp.EventRaised) {
            pushed = new EnumMap<>(FrameSlot.class); // words of a delivery that was given up belong to no frame
        } else if (op instanceof MicroOp.Pushed push) {
            pushed.put(push.slot(), push.linear());
        } else if (op instanceof MicroOp.HandlerEntered) {
            open.add(pushed);
            pushed = new EnumMap<>(FrameSlot.class);
        } else if (op instanceof MicroOp.Popped popped && popped.slot() == FrameSlot.RIP) {
            poppedRip = OptionalLong.of(popped.linear());
        } else if (op instanceof MicroOp.Returned) {
            close();
        }
        if (entersUserMode(micro)) open.clear();
    }

    /** IRET closes the frame that it popped and all inside it; a frame that software put together closes none. */
    private void close() {
        for (int i = open.size() - 1; i >= 0; i--) {
            Long rip = open.get(i).get(FrameSlot.RIP);
            if (rip != null && poppedRip.equals(OptionalLong.of(rip))) {
                open.subList(i, open.size()).clear();
                return;
            }
        }
    }

    private static boolean entersUserMode(MicroStep micro) {
        for (Change change : micro.changes()) {
            if (change instanceof Change.RegisterChange register
                    && register.register() == MachineRegister.CPL
                    && register.after() == USER_CPL) return true;
        }
        return false;
    }
}
