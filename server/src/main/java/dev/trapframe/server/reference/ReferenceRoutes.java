package dev.trapframe.server.reference;

import dev.trapframe.emulator.api.InstructionCatalog;
import dev.trapframe.server.web.Pages;
import io.javalin.config.RoutesConfig;
import io.javalin.http.BadRequestResponse;
import io.javalin.http.Context;
import java.util.Map;

/** Pages that say what the emulator knows. */
public final class ReferenceRoutes {

    private static final int MOST_QUERY_CHARACTERS = 40;

    private final InstructionCatalog instructions;
    private final Pages pages;

    public ReferenceRoutes(InstructionCatalog instructions, Pages pages) {
        this.instructions = instructions;
        this.pages = pages;
    }

    public void register(RoutesConfig routes) {
        routes.get("/reference/instructions", this::instructions);
    }

    /** All instructions, or those whose name has {@code ?q=} in it. */
    private void instructions(Context ctx) {
        String asked = ctx.queryParam("q");
        String query = asked == null ? "" : asked;
        if (query.length() > MOST_QUERY_CHARACTERS) {
            throw new BadRequestResponse("q is at most " + MOST_QUERY_CHARACTERS + " characters long");
        }
        pages.send(ctx, "instructions", Map.of("list", InstructionList.of(instructions, query)));
    }
}
