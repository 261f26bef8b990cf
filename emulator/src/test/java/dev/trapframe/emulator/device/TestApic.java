package dev.trapframe.emulator.device;

import dev.trapframe.emulator.api.LocalApicState;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.state.CpuState;

/** A local APIC with a clock that a test moves, reached through its page and its MSRs. */
final class TestApic {

    static final long BASE_XAPIC = 0xfee0_0900L;
    static final long BASE_X2APIC = 0xfee0_0d00L;
    static final long BASE_OFF = 0xfee0_0100L;

    final CpuState cpu = new CpuState();
    final LocalApic apic;
    final LocalApicPage page;
    final X2ApicRegisters msrs;
    long now;
    int nmis;

    TestApic(LocalApicState state) {
        cpu.set(MachineRegister.APIC_BASE, BASE_XAPIC);
        apic = new LocalApic(cpu, () -> now, () -> nmis++, true, state);
        page = new LocalApicPage(cpu, apic);
        msrs = new X2ApicRegisters(apic);
    }

    static TestApic enabled() {
        return new TestApic(LocalApicState.ENABLED);
    }

    long read(int offset) {
        return page.read(offset, 4);
    }

    void write(int offset, long value) {
        page.write(offset, 4, value);
    }

    /** As WRMSR to IA32_APIC_BASE does. */
    void setBase(long base) {
        long before = cpu.get(MachineRegister.APIC_BASE);
        cpu.set(MachineRegister.APIC_BASE, base);
        apic.baseChanged(before);
    }

    /** Lets time go by, tick by tick; how often the timer's vector was requested anew. */
    int tick(long count, int vector) {
        int requests = 0;
        for (long i = 0; i < count; i++) {
            now++;
            apic.advance();
            if (apic.highestRequest() != vector) continue;
            requests++;
            apic.acknowledge();
            write(0xb0, 0);
        }
        return requests;
    }
}
