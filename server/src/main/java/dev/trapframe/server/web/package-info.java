/** What every page and address has in common: rendering, errors, headers, limits, protection against forged requests. */
@NullMarked
package dev.trapframe.server.web;

import org.jspecify.annotations.NullMarked;
