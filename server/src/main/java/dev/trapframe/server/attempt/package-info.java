/** Attempts: one learner's work on one item, from opening to closing, kept in the database. */
@NullMarked
package dev.trapframe.server.attempt;

import org.jspecify.annotations.NullMarked;
