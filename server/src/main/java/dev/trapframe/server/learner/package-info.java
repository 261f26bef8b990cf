/** Learners without an account, known by a random value in a cookie. */
@NullMarked
package dev.trapframe.server.learner;

import org.jspecify.annotations.NullMarked;
