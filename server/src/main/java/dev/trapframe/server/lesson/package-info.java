/** Lessons: Markdown with scenario and item blocks, and the pages made of them. */
@NullMarked
package dev.trapframe.server.lesson;

import org.jspecify.annotations.NullMarked;
