/** The database: connections, schema, and the secrets of the installation. */
@NullMarked
package dev.trapframe.server.database;

import org.jspecify.annotations.NullMarked;
