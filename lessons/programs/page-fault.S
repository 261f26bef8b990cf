# A program writes to a page that is not there: what does the processor push, and what does the kernel add to it?
#
# Expected: #PF is a fault, so the saved RIP names the store itself; the error code is W|U (6); after the kernel has mapped the
#           page, the store runs again and succeeds.
# Source:   Intel SDM Vol. 3A, "Interrupt and Exception Handling", "Interrupt 14 - Page-Fault Exception".

        .include "trapframe.inc"
        .include "calling.inc"
        .include "entry_64.S"
        .include "user-store.S"
