# The same page fault with struct extended_pt_regs on the entry stack: where does PKRS live while the handler runs?
#
# Expected: the extension takes the 16 bytes below pt_regs; pks is at pt_regs - 8; after the return PKRS is what it was.
# Source:   the thread "entry: Pass irqentry_state_t by reference", December 2020 (docs/references.md).

        .set    EXTENDED_PT_REGS, 1
        .include "trapframe.inc"
        .include "calling.inc"
        .include "entry_64.S"
        .include "user-store.S"
