/** Scenarios and recipes: what a run is made of, read strictly, and the id that names it. */
@NullMarked
package dev.trapframe.server.scenario;

import org.jspecify.annotations.NullMarked;
