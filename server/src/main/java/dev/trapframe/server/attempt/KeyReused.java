package dev.trapframe.server.attempt;

/** An idempotency key came a second time with other answers. */
public final class KeyReused extends RuntimeException {

    private static final long serialVersionUID = 1L;

    KeyReused() {
        super("the idempotency key was used for other answers", null, false, false);
    }
}
