/** Reading what authors write: files, YAML with the place of every value, and errors that name it. */
@NullMarked
package dev.trapframe.server.content;

import org.jspecify.annotations.NullMarked;
