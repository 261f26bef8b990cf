package dev.trapframe.server.learner;

/** Somebody without an account. */
public record Learner(long id) {}
