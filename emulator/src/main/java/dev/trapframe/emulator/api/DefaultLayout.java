package dev.trapframe.emulator.api;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Where the default machine has things, in linear addresses: much as a 64-bit Linux with 4-level paging and without address
 * randomisation has them. {@code docs/programs.md} says the same in words.
 *
 * <p>Source: Linux 6.12, Documentation/arch/x86/x86_64/mm.rst; arch/x86/include/asm/segment.h for the selectors.
 */
public final class DefaultLayout {

    /** Physical memory, in bytes: 1 GiB, of which only touched pages cost anything. */
    public static final long RAM_SIZE_BYTES = 1L << 30;

    /** All physical memory is mapped from here on: linear = this + physical. */
    public static final long DIRECT_MAP = 0xffff_8880_0000_0000L;

    /** The kernel image is mapped from here on: linear = this + physical. */
    public static final long KERNEL_MAP = 0xffff_ffff_8000_0000L;

    public static final long IDT = 0xffff_fe00_0000_0000L;
    public static final long GDT = 0xffff_fe00_0000_1000L;
    public static final long TSS = 0xffff_fe00_0000_3000L;

    /** The page of the local APIC, in a machine that has one: among Linux's fixed mappings. */
    public static final long LOCAL_APIC = 0xffff_ffff_ff5f_c000L;

    public static final int KERNEL_CS = 0x10;
    public static final int KERNEL_DS = 0x18;
    public static final int USER32_CS = 0x23;
    public static final int USER_DS = 0x2b;
    public static final int USER_CS = 0x33;
    public static final int TSS_SELECTOR = 0x40;

    /** Section name to the linear address of its first byte; a program may use no other loaded section. */
    public static final Map<String, Long> SECTIONS = sections();

    private DefaultLayout() {}

    private static Map<String, Long> sections() {
        Map<String, Long> sections = new LinkedHashMap<>();
        sections.put(".user.text", 0x40_1000L);
        sections.put(".user.data", 0x40_4000L);
        sections.put(".user.stack", 0x7ffd_5e10_e000L);
        sections.put(".percpu", 0xffff_8880_3ec0_0000L);
        sections.put(".task_stack", 0xffff_c900_0000_0000L);
        sections.put(".entry_stack", 0xffff_fe00_0000_2000L);
        sections.put(".ist_stacks", 0xffff_fe00_0001_0000L);
        sections.put(".text", 0xffff_ffff_8100_0000L);
        sections.put(".rodata", 0xffff_ffff_8140_0000L);
        sections.put(".data", 0xffff_ffff_8200_0000L);
        sections.put(".bss", 0xffff_ffff_8220_0000L);
        return Collections.unmodifiableMap(sections);
    }
}
