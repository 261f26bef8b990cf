/*
 * The structs that the stepper lays over memory, as C declares them; offsets follow from the System V ABI.
 * The names of fields are Linux's (6.12, arch/x86/include/asm/ptrace.h), the text is ours.
 */

/* What the processor and the entry code leave on the stack; the first field has the lowest address. */
struct pt_regs {
	/* pushed by the entry code, r15 last */
	unsigned long r15;
	unsigned long r14;
	unsigned long r13;
	unsigned long r12;
	unsigned long bp;
	unsigned long bx;
	unsigned long r11;
	unsigned long r10;
	unsigned long r9;
	unsigned long r8;
	unsigned long ax;
	unsigned long cx;
	unsigned long dx;
	unsigned long si;
	unsigned long di;
	/* the processor's error code, or -1 from the entry code; -1 for C code */
	unsigned long orig_ax;
	/* pushed by the processor, ss first */
	unsigned long ip;
	unsigned long cs;
	unsigned long flags;
	unsigned long sp;
	unsigned long ss;
};

/*
 * pt_regs with room in front of it for state that must survive an exception, as sketched in the thread "entry: Pass
 * irqentry_state_t by reference" (linux-kernel, December 2020). Never merged. pt_regs is last: a pointer to it minus a
 * constant is a pointer to this.
 */
struct extended_pt_regs {
	bool exit_rcu;			/* generic entry code */
	struct {
		unsigned long pks;	/* the architecture: IA32_PKRS */
	} arch;
	struct pt_regs regs;
};
