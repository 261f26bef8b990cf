package dev.trapframe.server.machinefile;

import dev.trapframe.emulator.Machine;
import dev.trapframe.emulator.api.DeviceState.PortAccess;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MachineView;
import dev.trapframe.emulator.api.RunEnd;
import dev.trapframe.emulator.api.StepOutcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;

/**
 * How a run ended.
 *
 * @param steps how many there were
 * @param ticks instructions and REP iterations; the idle ones of a halted processor, too
 * @param after the machine then
 */
public record RunResult(RunEnd end, StepOutcome outcome, long steps, long ticks, MachineView after) {

    private static final int MOST_NOTES = 20;

    static RunResult of(RunEnd end, Machine machine) {
        return new RunResult(end, machine.lastOutcome(), machine.position(), machine.ticks(), machine.view());
    }

    /** True if a limit ended it: what ran until then is whole. */
    public boolean isLimit() {
        return switch (end) {
            case STEP_LIMIT, TICK_LIMIT, ITERATION_LIMIT, MEMORY_LIMIT, TIME_LIMIT -> true;
            default -> false;
        };
    }

    /** What the program wrote to the exit port; empty if it wrote nothing. */
    public OptionalLong exitCode() {
        return outcome instanceof StepOutcome.Exited exited ? OptionalLong.of(exited.code()) : OptionalLong.empty();
    }

    /** One word, for a trace's last line. */
    public String word() {
        return switch (end) {
            case END_REACHED -> "end";
            case STEP_LIMIT -> "limit";
            default -> end.name().toLowerCase(Locale.ROOT).replace('_', '-');
        };
    }

    /** The last line of a run whose steps are not shown: like a trace's, with the ticks. */
    public String json() {
        String code = exitCode().isPresent() ? ",\"code\":" + exitCode().getAsLong() : "";
        return "{\"end\":\"" + word() + "\"" + code + ",\"steps\":" + steps + ",\"ticks\":" + ticks + "}";
    }

    /** For people: what ended the run, where, and why. */
    public String reason() {
        String where = " after " + steps + " steps";
        return switch (end) {
            case STEP_LIMIT -> "limit of steps reached" + where + place();
            case TICK_LIMIT -> "limit of ticks reached" + where + " (" + ticks + " ticks)" + place();
            case MEMORY_LIMIT -> "limit of memory reached" + where + place();
            case TIME_LIMIT -> "limit of seconds reached" + where + place();
            case HALTED -> "halted" + where + ": HLT with nothing that could wake the processor" + flags() + place();
            default -> word() + where + outcomeText();
        };
    }

    private String outcomeText() {
        if (outcome instanceof StepOutcome.Shutdown shutdown) return ": " + shutdown.reason() + pageFault() + place();
        if (outcome instanceof StepOutcome.NotEmulated missing) {
            return String.format(": %s at %x [%s]", missing.what(), missing.linear(), missing.bytes());
        }
        return "";
    }

    private String pageFault() {
        return outcome.toString().contains("#PF") ? ", CR2 " + hex(MachineRegister.CR2) : "";
    }

    private String flags() {
        boolean enabled = (after.register(MachineRegister.RFLAGS) & 1 << 9) != 0;
        return enabled ? " (IF is 1, no interrupt is to come)" : " (IF is 0)";
    }

    private String place() {
        return "; RIP is " + hex(MachineRegister.RIP) + ", CS " + hex(MachineRegister.CS);
    }

    private String hex(MachineRegister register) {
        return Long.toHexString(after.register(register));
    }

    /** For people: each port that was asked in vain, once; a program that asks them all is cut short. */
    public List<String> notes() {
        List<PortAccess> accesses = after.devices().unansweredPorts();
        List<String> notes = new ArrayList<>();
        for (PortAccess access : accesses.subList(0, Math.min(MOST_NOTES, accesses.size()))) {
            notes.add(String.format(
                    access.write()
                            ? "port %x was written: nothing is there, the value is lost"
                            : "port %x was read: nothing is there, it gives ones",
                    access.port()));
        }
        if (accesses.size() > MOST_NOTES) notes.add((accesses.size() - MOST_NOTES) + " more ports are not there");
        return notes;
    }
}
