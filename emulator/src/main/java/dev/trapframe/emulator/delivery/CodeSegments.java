package dev.trapframe.emulator.delivery;

import dev.trapframe.emulator.api.Rule;
import dev.trapframe.emulator.descriptor.SegmentDescriptor;
import dev.trapframe.emulator.event.ExceptionVector;
import dev.trapframe.emulator.memory.LinearMemory;
import dev.trapframe.emulator.state.CpuState;

/**
 * Code segments that a transfer enters by a selector: the checks that all transfers share, each noted under the name that
 * the transfer has for it.
 */
final class CodeSegments {

    private static final int CODE = 0x18;

    /** What a transfer calls its checks. */
    record Names(Rule notNull, Rule inTable, Rule isCode, Rule longMode, Rule present) {}

    static final Names HANDLER = new Names(
            Rule.HANDLER_SELECTOR_NOT_NULL,
            Rule.HANDLER_SELECTOR_LIMIT,
            Rule.HANDLER_IS_CODE,
            Rule.HANDLER_LONG_MODE,
            Rule.HANDLER_PRESENT);
    static final Names TARGET = new Names(
            Rule.TARGET_SELECTOR_NOT_NULL,
            Rule.TARGET_SELECTOR_LIMIT,
            Rule.TARGET_IS_CODE,
            Rule.TARGET_LONG_MODE,
            Rule.TARGET_PRESENT);
    static final Names RETURN = new Names(
            Rule.RETURN_SELECTOR_NOT_NULL,
            Rule.RETURN_SELECTOR_LIMIT,
            Rule.RETURN_IS_CODE,
            Rule.RETURN_LONG_MODE,
            Rule.RETURN_PRESENT);

    private final DescriptorTables tables;
    private final Checks checks;

    CodeSegments(CpuState cpu, LinearMemory memory) {
        this.tables = new DescriptorTables(cpu, memory);
        this.checks = new Checks(cpu);
    }

    /** The descriptor of a code segment; #GP(EXT) if the selector is null, else #GP(selector). */
    SegmentDescriptor find(int selector, int ext, Names names) {
        int code = SelectorError.ofSelector(selector, ext);
        boolean named = !SegmentDescriptor.isNull(selector);
        checks.require(names.notNull(), named, selector, 0, ExceptionVector.GP, ext);
        checks.require(
                names.inTable(),
                tables.isInside(selector),
                DescriptorTables.lastByte(selector),
                tables.limitBytes(selector),
                ExceptionVector.GP,
                code);
        SegmentDescriptor found = tables.read(selector);
        checks.require(names.isCode(), found.isCode(), found.attributes() & 0x1f, CODE, ExceptionVector.GP, code);
        return found;
    }

    /** #GP(selector) if a condition on the L and D flags does not hold. */
    void requireWidth(boolean fits, SegmentDescriptor found, int selector, int ext, Names names) {
        int code = SelectorError.ofSelector(selector, ext);
        checks.require(names.longMode(), fits, found.attributes() >> 13 & 3, 1, ExceptionVector.GP, code);
    }

    /** #NP(selector) if it is not present. */
    void requirePresent(SegmentDescriptor found, int selector, int ext, Names names) {
        int code = SelectorError.ofSelector(selector, ext);
        checks.require(names.present(), found.isPresent(), found.isPresent() ? 1 : 0, 1, ExceptionVector.NP, code);
    }

    /** #GP(EXT) if an entry point lies beyond the limit of a segment that is not 64-bit. */
    void requireInside(SegmentDescriptor found, long offset, int ext) {
        boolean inside = Long.compareUnsigned(offset, found.limitBytes()) <= 0;
        checks.require(Rule.ENTRY_LIMIT, inside, offset, found.limitBytes(), ExceptionVector.GP, ext);
    }
}
