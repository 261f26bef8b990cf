package dev.trapframe.emulator.memory;

import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.Rule;
import dev.trapframe.emulator.api.TlbEntry;
import dev.trapframe.emulator.state.CpuState;
import dev.trapframe.emulator.state.Cr0;
import dev.trapframe.emulator.state.Cr4;
import dev.trapframe.emulator.state.Rflags;
import org.jspecify.annotations.Nullable;

/**
 * Whether a translation permits an access, by the registers as they are now.
 *
 * <p>Source: Intel SDM Vol. 3A, "Determination of Access Rights" and "Protection Keys".
 */
final class AccessRights {

    private final CpuState cpu;

    AccessRights(CpuState cpu) {
        this.cpu = cpu;
    }

    /** The first rule that refuses the access; null if it is permitted. */
    @Nullable
    Rule refusal(TlbEntry page, Access access, Privilege privilege) {
        Rule rule =
                privilege == Privilege.USER ? userRefusal(page, access) : supervisorRefusal(page, access, privilege);
        if (rule == null && refusedByKey(page, access, privilege)) rule = Rule.PAGE_PROTECTION_KEY;
        return rule;
    }

    private @Nullable Rule userRefusal(TlbEntry page, Access access) {
        if (!page.user()) return Rule.PAGE_USER_SUPERVISOR;
        if (access == Access.WRITE && !page.writable()) return Rule.PAGE_WRITABLE;
        if (access == Access.FETCH && page.noExecute()) return Rule.PAGE_EXECUTABLE;
        return null;
    }

    private @Nullable Rule supervisorRefusal(TlbEntry page, Access access, Privilege privilege) {
        long cr4 = cpu.get(MachineRegister.CR4);
        if (access == Access.FETCH) {
            if (page.user() && (cr4 & Cr4.SMEP) != 0) return Rule.PAGE_SMEP;
            return page.noExecute() ? Rule.PAGE_EXECUTABLE : null;
        }
        boolean permittedByAc = privilege == Privilege.SUPERVISOR && cpu.flag(Rflags.AC);
        if (page.user() && (cr4 & Cr4.SMAP) != 0 && !permittedByAc) return Rule.PAGE_SMAP;
        boolean writeProtect = (cpu.get(MachineRegister.CR0) & Cr0.WP) != 0;
        return access == Access.WRITE && !page.writable() && writeProtect ? Rule.PAGE_WRITABLE : null;
    }

    /** True if PKRU (user pages) or IA32_PKRS (supervisor pages) refuses; fetches are never checked, and only IA-32e mode has keys. */
    boolean refusedByKey(TlbEntry page, Access access, Privilege privilege) {
        if (access == Access.FETCH || !cpu.inIa32eMode()) return false;
        if ((cpu.get(MachineRegister.CR4) & (page.user() ? Cr4.PKE : Cr4.PKS)) == 0) return false;
        long rights = cpu.get(page.user() ? MachineRegister.PKRU : MachineRegister.PKRS) >>> 2 * page.protectionKey();
        if ((rights & 1) != 0) return true;
        boolean honoursWriteDisable = privilege == Privilege.USER || (cpu.get(MachineRegister.CR0) & Cr0.WP) != 0;
        return access == Access.WRITE && (rights & 2) != 0 && honoursWriteDisable;
    }
}
