package dev.trapframe.emulator.assemble;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * Makes a program of a seed: instructions of both syntaxes, jumps near the limit of the short form, alignment, macros,
 * repetitions, conditions, data, other sections. The same seed makes the same program.
 */
final class RandomSource {

    private static final String[] ALU = {"add", "or", "adc", "sbb", "and", "sub", "xor", "cmp", "mov", "test"};
    private static final String[] ONE = {"inc", "dec", "not", "neg", "mul", "div", "idiv", "imul"};
    private static final String[] SHIFTS = {"shl", "shr", "sar", "rol", "ror", "rcl", "rcr"};
    private static final String[] PLAIN = {
        "nop", "ret", "cld", "std", "cli", "sti", "hlt", "swapgs", "syscall", "iretq", "cpuid", "rdmsr", "wrmsr",
        "lfence", "clac", "stac", "ud2", "int3", "leave", "pause", "endbr64", "rdtsc", "lahf", "cmc"
    };
    private static final String[] CONDITIONS = {
        "e", "ne", "c", "nc", "s", "ns", "l", "ge", "le", "g", "be", "a", "o", "p"
    };
    private static final String[] NAMES = {"ax", "cx", "dx", "bx", "sp", "bp", "si", "di"};
    private static final String[] BYTES = {"al", "cl", "dl", "bl", "spl", "bpl", "sil", "dil"};
    private static final String[] SUFFIXES = {"b", "w", "l", "q"};
    private static final String[] POINTERS = {"byte ptr ", "word ptr ", "dword ptr ", "qword ptr "};
    private static final long[] BOUNDARIES = {
        0, 1, -1, 127, 128, -128, -129, 255, 256, 0x7fff, 0x8000, 0xffff, 0x7fffffff, -0x80000000L, 0x12345678
    };

    private final Random random;
    private final StringBuilder text = new StringBuilder();
    private final List<String> labels = new ArrayList<>();
    private int nextLabel;
    private int variables;
    private boolean intel;

    private RandomSource(long seed) {
        random = new Random(seed);
    }

    /** A program of 30 to 100 statements in {@code .text}, and what these put into other sections. */
    static String program(long seed) {
        return new RandomSource(seed).make();
    }

    private String make() {
        prologue();
        int statements = 30 + random.nextInt(70);
        int count = 4 + random.nextInt(10);
        for (int i = 0; i < count; i++) labels.add("target" + i);
        for (int i = 0; i < statements; i++) {
            if (random.nextInt(statements) < count) placeLabel();
            statement();
        }
        while (nextLabel < labels.size()) placeLabel();
        line("nop");
        line(".data");
        for (int i = 0; i < 5; i++) datum();
        return text.toString();
    }

    private void line(String format, Object... arguments) {
        text.append('\t').append(String.format(Locale.ROOT, format, arguments)).append('\n');
    }

    private void prologue() {
        text.append("""
                	.macro SAVE first, second=rbx, rest:vararg
                	push %\\first
                	push %\\second
                	.ifnb \\rest
                	.irp reg, \\rest
                	pop %\\reg
                	.endr
                	.endif
                	.endm
                	.macro SKIPPED size, fill=0xcc
                	jmp .Lover\\@
                	.fill \\size, 1, \\fill
                .Lover\\@:
                	.endm
                	.macro PATCHED old, new:req
                661:	\\old
                662:	.skip -(((665f-664f)-(662b-661b)) > 0) * ((665f-664f)-(662b-661b)),0x90
                663:
                	.pushsection .fixes,"a"
                	.long 661b - ., 664f - .
                	.byte 663b-661b, 665f-664f
                	.popsection
                	.pushsection .patches,"ax"
                664:	\\new
                665:
                	.popsection
                	.endm
                	.macro NESTED depth
                	.if \\depth
                	.byte \\depth
                	NESTED %d\\depth
                	.endif
                	.endm
                	.set v0, 3
                	.globl _start
                	.text
                _start:
                """.replace("NESTED %d\\depth", "NESTED (\\depth-1)"));
        variables = 1;
    }

    private void placeLabel() {
        if (nextLabel == labels.size()) return;
        if (random.nextInt(8) == 0) line(".weak %s", labels.get(nextLabel));
        else if (random.nextInt(8) == 0) line(".globl %s", labels.get(nextLabel));
        text.append(labels.get(nextLabel++)).append(":\n");
    }

    private String anyLabel() {
        return labels.get(random.nextInt(labels.size()));
    }

    private void statement() {
        switch (random.nextInt(20)) {
            case 0, 1, 2, 3 -> alu();
            case 4, 5, 6, 7 -> jump();
            case 8 -> align();
            case 9 -> line(".skip %d, 0x90", random.nextInt(140));
            case 10 -> macro();
            case 11 -> repetition();
            case 12 -> condition();
            case 13 -> local();
            case 14 -> {
                if (random.nextBoolean()) section();
                else code32();
            }
            case 15 -> syntax();
            case 16 -> variable();
            case 17 -> line("%s", pick(PLAIN));
            default -> other();
        }
    }

    private void syntax() {
        intel = !intel;
        line(intel ? ".intel_syntax noprefix" : ".att_syntax");
    }

    private String pick(String[] from) {
        return from[random.nextInt(from.length)];
    }

    private long value() {
        return random.nextBoolean() ? BOUNDARIES[random.nextInt(BOUNDARIES.length)] : random.nextInt(400) - 200;
    }

    /** A value that an operand of this size can have, as its signed bits. */
    private long value(int size) {
        long value = value();
        int shift = Math.max(32, 64 - (8 << size));
        return value << shift >> shift;
    }

    private String register(int size) {
        int number = random.nextInt(16);
        if (number > 7) return (intel ? "" : "%") + "r" + number + new String[] {"b", "w", "d", ""}[size];
        String name = size == 0 ? BYTES[number] : new String[] {"", "", "e", "r"}[size] + NAMES[number];
        return (intel ? "" : "%") + name;
    }

    private String immediate(int size) {
        String value = random.nextInt(6) == 0 ? "v0+" + random.nextInt(3) : Long.toString(value(size));
        return (intel ? "" : "$") + value;
    }

    private String base() {
        String name = random.nextInt(8) == 0 ? "e" + NAMES[random.nextInt(8)] : null;
        if (name != null) return name;
        int number = random.nextInt(16);
        return number > 7 ? "r" + number : "r" + NAMES[number];
    }

    /** Memory; the size matters in Intel syntax. */
    private String memory(int size) {
        String pointer = intel ? POINTERS[size] : "";
        long displacement = random.nextInt(3) == 0 ? 0 : value(2);
        String base = base();
        String index = (base.startsWith("e") ? "e" : "r") + NAMES[new int[] {0, 1, 2, 3, 5, 6, 7}[random.nextInt(7)]];
        int scale = 1 << random.nextInt(4);
        String segment = random.nextInt(10) == 0 ? "gs:" : "";
        boolean signed = displacement < 0;
        String sum = displacement == 0 ? "" : (signed ? "" : "+") + displacement;
        String number = displacement == 0 ? "" : Long.toString(displacement);
        return switch (random.nextInt(5)) {
            case 0 ->
                intel
                        ? pointer + segment + "[" + base + "+" + index + "*" + scale + sum + "]"
                        : percent(segment) + number + "(%" + base + ",%" + index + "," + scale + ")";
            case 1 -> intel ? pointer + segment + "[rip+" + anyLabel() + "]" : percent(segment) + anyLabel() + "(%rip)";
            case 2 ->
                intel
                        ? pointer + segment + anyLabel() + "[" + base.replace('e', 'r') + "]"
                        : percent(segment) + anyLabel() + "(%" + base.replace('e', 'r') + ")";
            default ->
                intel ? pointer + segment + "[" + base + sum + "]" : percent(segment) + number + "(%" + base + ")";
        };
    }

    private static String percent(String segment) {
        return segment.isEmpty() ? "" : "%" + segment;
    }

    private void two(String name, int size, String destination, String source) {
        if (intel) line("%s %s, %s", name, destination, source);
        else line("%s%s %s, %s", name, SUFFIXES[size], source, destination);
    }

    private void alu() {
        int size = random.nextInt(4);
        String name = pick(ALU);
        switch (random.nextInt(4)) {
            case 0 -> two(name, size, register(size), register(size));
            case 1 -> two(name, size, register(size), immediate(size));
            case 2 -> two(name, size, memory(size), random.nextBoolean() ? register(size) : immediate(size));
            default -> two(name.equals("test") ? "mov" : name, size, register(size), memory(size));
        }
    }

    private void other() {
        int size = random.nextInt(4);
        int wide = 1 + random.nextInt(3);
        switch (random.nextInt(12)) {
            case 0 -> one(pick(ONE), size, random.nextBoolean() ? register(size) : memory(size));
            case 1 -> two(pick(SHIFTS), size, register(size), intel ? "" + (1 + random.nextInt(7)) : "$1");
            case 2 -> two("lea", 3, register(3), memory(3));
            case 3 -> line("push %s", random.nextBoolean() ? register(3) : immediate(2));
            case 4 -> line("pop %s", register(3));
            case 5 -> line("set%s %s", pick(CONDITIONS), register(0));
            case 6 -> line("cmov%s %s, %s", pick(CONDITIONS), register(wide), sameWidth(wide));
            case 7 -> two("xchg", size, register(size), register(size));
            case 8 -> line("rep movs%s", intel ? "q" : "l");
            case 9 -> line("mov %s, %s", intel ? "rax" : "$" + anyLabel(), intel ? "offset " + anyLabel() : "%rax");
            case 10 -> two("bt", wide, register(wide), register(wide));
            default -> two("imul", wide, register(wide), register(wide));
        }
    }

    private String sameWidth(int size) {
        return register(size);
    }

    private void one(String name, int size, String operand) {
        line("%s%s %s", name, intel ? "" : SUFFIXES[size], operand);
    }

    private void jump() {
        String target = anyLabel();
        switch (random.nextInt(8)) {
            case 0 -> line("call %s", target);
            case 1 -> line("jmp %s+%d", target, random.nextInt(4));
            case 2, 3 -> line("jmp %s", target);
            case 4 -> line(intel ? "jmp qword ptr [%s]" : "jmp *%s", target);
            default -> line("j%s %s", pick(CONDITIONS), target);
        }
    }

    private void align() {
        int power = random.nextInt(7);
        switch (random.nextInt(5)) {
            case 0 -> line(".balign %d", 1 << power);
            case 1 -> line(".p2align %d,,%d", power, random.nextInt(20));
            case 2 -> line(".balign %d, 0x90", 1 << power);
            case 3 -> line(".p2align %d, 0xcc", power);
            default -> line(".align %d", 1 << power);
        }
    }

    private void macro() {
        if (intel) syntax();
        switch (random.nextInt(4)) {
            case 0 -> line("SAVE rax%s", random.nextBoolean() ? "" : ", rcx, rdx rsi");
            case 1 -> line("SKIPPED %d", 120 + random.nextInt(12));
            case 2 -> line("PATCHED \"jmp %s\", \"%s\"", anyLabel(), random.nextBoolean() ? "nop" : "call _start; nop");
            default -> line("NESTED %d", random.nextInt(5));
        }
    }

    private void repetition() {
        switch (random.nextInt(3)) {
            case 0 -> {
                line(".rept %d", random.nextInt(4));
                statementInside();
                line(".endr");
            }
            case 1 -> line(".irp value, 1, 2,%d; .byte \\value; .endr", random.nextInt(100));
            default -> line(".irpc digit, %d; .byte \\digit + 1; .endr", random.nextInt(1000));
        }
    }

    private void statementInside() {
        if (random.nextBoolean()) alu();
        else jump();
    }

    private void condition() {
        String condition = String.format(
                Locale.ROOT,
                "%s %s %d",
                pick(new String[] {"v0", "(v0 + 2) * 3", "v0 << 2 | 1", "v0 - 7 % 4", "!v0 + 1", "-v0"}),
                pick(new String[] {"<", ">", "==", "!=", "<=", ">=", "&", "&&", "||", "-"}),
                random.nextInt(20));
        line(".if %s", condition);
        statementInside();
        if (random.nextBoolean()) {
            line(".elseif v0 == %d", random.nextInt(5));
            alu();
        }
        if (random.nextBoolean()) {
            line(".else");
            statementInside();
        }
        line(".endif");
    }

    private void local() {
        line("j%s 1f", pick(CONDITIONS));
        if (random.nextBoolean()) line(".skip %d, 0x90", 110 + random.nextInt(24));
        for (int i = random.nextInt(4); i >= 0; i--) alu();
        text.append("1:");
        line("jmp 1b");
        line(".byte . - 1b");
    }

    private void section() {
        line(".pushsection .data");
        datum();
        line(".popsection");
    }

    /** Some 32-bit code, in a section whose addresses have 32 bits. */
    private void code32() {
        line(".pushsection .boot, \"ax\"");
        line(".code32");
        text.append("32:");
        for (int i = 1 + random.nextInt(6); i > 0; i--) statement32();
        line("j%s 32b", pick(CONDITIONS));
        if (random.nextBoolean()) line(".balign %d", 1 << random.nextInt(5));
        line(".code64");
        line(".popsection");
    }

    private void statement32() {
        String register = (intel ? "" : "%") + "e" + pick(NAMES);
        String other = (intel ? "" : "%") + "e" + pick(NAMES);
        String index = (intel ? "" : "%") + "e" + NAMES[random.nextInt(4)];
        int scale = 1 << random.nextInt(4);
        long displacement = value(2);
        String memory = intel
                ? "dword ptr [" + other + "+" + index + "*" + scale + (displacement < 0 ? "" : "+") + displacement + "]"
                : displacement + "(" + other + "," + index + "," + scale + ")";
        switch (random.nextInt(9)) {
            case 0 -> line("%s %s", pick(new String[] {"inc", "dec", "push", "pop", "not", "bswap"}), register);
            case 1 -> two(pick(ALU), 2, register, other);
            case 2 -> two(pick(ALU), 2, register, (intel ? "" : "$") + value(2));
            case 3 -> two("mov", 2, register, memory);
            case 4 -> two("add", 2, memory, register);
            case 5 -> line(intel ? "ljmp 0x%x:32b" : "ljmp $0x%x, $32b", random.nextInt(0x10000));
            case 6 -> line("%s", pick(new String[] {"pusha", "popf", "aaa", "into", "iret", "cpuid", "leave"}));
            case 7 -> two("mov", 2, register, intel ? "dword ptr [32b]" : "32b");
            default -> two("mov", 2, intel ? "eax" : "%eax", intel ? "dword ptr [bx+si]" : "(%bx,%si)");
        }
    }

    private void datum() {
        String label = anyLabel();
        switch (random.nextInt(8)) {
            case 0 -> line(".byte %d, v0, 'x', %d", random.nextInt(256), -random.nextInt(129));
            case 1 -> line(".quad %s, %s - _start, %d", label, label, random.nextLong());
            case 2 -> line(".long %s - %s, %s - .", label, anyLabel(), label);
            case 3 -> line(".asciz \"text\\n%d\"", random.nextInt(1000));
            case 4 -> align();
            case 5 -> line(".fill %d, %d, 0x%x", random.nextInt(5), random.nextInt(9), random.nextInt());
            case 6 -> line(".octa 0x%x%016x", random.nextInt(), random.nextLong());
            default -> line(".word %d; .long v0*%d", random.nextInt(65536), random.nextInt(1000));
        }
    }

    private void variable() {
        switch (random.nextInt(4)) {
            case 0 -> line(".set v0, v0 + %d", random.nextInt(5));
            case 1 -> line("v0 = %d", random.nextInt(9));
            case 2 -> {
                line("w%d = %s - _start", variables, anyLabel());
                line(".long w%d", variables++);
            }
            default -> line(". = . + %d", random.nextInt(9));
        }
    }
}
