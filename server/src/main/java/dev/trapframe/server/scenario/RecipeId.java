package dev.trapframe.server.scenario;

import dev.trapframe.emulator.api.Injection;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.event.Event;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The name of a recipe: SHA-256 over its canonical form. */
public final class RecipeId {

    private RecipeId() {}

    /** 64 lower-case hex digits. */
    public static String of(Recipe recipe) {
        return Sha256.hex(JsonCanonicalForm.write(canonical(recipe)).getBytes(StandardCharsets.UTF_8));
    }

    /** The canonical form as a tree: every default filled in, the program by its content hash alone. */
    public static Map<String, Object> canonical(Recipe recipe) {
        Map<String, Object> registers = new LinkedHashMap<>();
        for (Map.Entry<MachineRegister, Long> register : recipe.registers().entrySet()) {
            registers.put(register.getKey().key(), hex(register.getValue()));
        }
        List<Object> events = new ArrayList<>();
        for (Injection event : recipe.events()) events.add(event(event));
        List<Object> overlays = new ArrayList<>();
        for (OverlayPlace overlay : recipe.overlays()) {
            overlays.add(Map.of("struct", overlay.struct(), "at", hex(overlay.address()), "title", overlay.title()));
        }
        Map<String, Object> canonical = new LinkedHashMap<>();
        canonical.put("program", Map.of("sha256", recipe.programSha256()));
        canonical.put("machine", Map.of("registers", registers));
        canonical.put("events", events);
        canonical.put("overlays", overlays);
        canonical.put("limits", Map.of("steps", recipe.stepLimit()));
        return canonical;
    }

    private static Map<String, Object> event(Injection injection) {
        Map<String, Object> event = new LinkedHashMap<>();
        event.put("at", injection.position());
        if (injection.event().source() == Event.Source.NMI) {
            event.put("kind", "nmi");
        } else {
            event.put("kind", "interrupt");
            event.put("vector", injection.event().vector());
        }
        return event;
    }

    private static String hex(long value) {
        return "0x" + Long.toHexString(value);
    }
}
