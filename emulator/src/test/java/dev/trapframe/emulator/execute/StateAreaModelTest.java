package dev.trapframe.emulator.execute;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.MemoryOperand;
import dev.trapframe.emulator.isa.Mnemonic;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.state.Cr4;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * FXSAVE, FXRSTOR and the XSAVE family on random state, beside the manual's tables written down once more.
 *
 * <p>Source: Intel SDM Vol. 2A, "FXSAVE", tables of the layout; Vol. 1, "Managing State Using the XSAVE Feature Set".
 */
@DisplayName("Saved state is what the manual's tables say:")
class StateAreaModelTest {

    private static final long AREA = 0x4000;
    private static final int AREA_BYTES = 0xa90;
    private static final int CASES = 100;
    private static final long CR4 = 0x6a0 | Cr4.OSXSAVE;
    private static final long COMPACTED = 1L << 63;

    /** One register of the state, its place in the area, and its bytes there with and without REX.W. */
    private record Field(MachineRegister register, int offset, int sizeBytes, int loadBytes) {}

    private static List<Field> x87(boolean wide) {
        List<Field> fields = new ArrayList<>();
        fields.add(new Field(MachineRegister.FCW, 0, 2, 2));
        fields.add(new Field(MachineRegister.FSW, 2, 2, 2));
        fields.add(new Field(MachineRegister.FTW, 4, 2, 1));
        fields.add(new Field(MachineRegister.FOP, 6, 2, 2));
        fields.add(new Field(MachineRegister.FIP, 8, 8, wide ? 8 : 4));
        fields.add(new Field(MachineRegister.FDP, 16, 8, wide ? 8 : 4));
        for (int i = 0; i < 8; i++) {
            fields.add(new Field(MachineRegister.valueOf("ST" + i + "_LOW"), 32 + 16 * i, 8, 8));
            fields.add(new Field(MachineRegister.valueOf("ST" + i + "_HIGH"), 40 + 16 * i, 8, 2));
        }
        return fields;
    }

    private static List<Field> sse(boolean in64BitMode) {
        List<Field> fields = new ArrayList<>();
        for (int i = 0; i < (in64BitMode ? 16 : 8); i++) {
            fields.add(new Field(MachineRegister.valueOf("XMM" + i + "_LOW"), 160 + 16 * i, 8, 8));
            fields.add(new Field(MachineRegister.valueOf("XMM" + i + "_HIGH"), 168 + 16 * i, 8, 8));
        }
        return fields;
    }

    private static long low(long value, int sizeBytes) {
        return sizeBytes == 8 ? value : value & (1L << 8 * sizeBytes) - 1;
    }

    private final SplittableRandom random = new SplittableRandom(20);
    private final byte[] image = new byte[AREA_BYTES];
    private TestContext context = new TestContext();
    private boolean in64BitMode;
    private boolean wide;
    private long requested;

    // --- set-up --------------------------------------------------------------------------------------------------

    private void prepare(boolean wideForm) {
        context = new TestContext();
        in64BitMode = wideForm || random.nextInt(4) != 0;
        wide = wideForm;
        int code = in64BitMode ? 0xa09b : 0xc09b;
        context.cpu().setSegment(SegmentRegister.CS, new Descriptor(0x10, 0, 0xffff_ffffL, code));
        context.cpu().set(MachineRegister.CR4, CR4);
        context.cpu().set(MachineRegister.XCR0, random.nextInt(4) == 0 ? 3 : 0x203);
        long mask = random.nextLong();
        context.set(GeneralRegister.RAX, mask);
        context.set(GeneralRegister.RDX, random.nextLong());
        requested = mask & context.cpu().get(MachineRegister.XCR0);
        randomRegisters();
        random.nextBytes(image);
        if (random.nextBoolean()) set(24, 4, 0x1f80);
    }

    private void randomRegisters() {
        for (List<Field> fields : List.of(x87(true), sse(true))) {
            int kind = random.nextInt(4);
            for (Field field : fields) context.cpu().set(field.register, 0);
            if (kind == 0) continue;
            Field only = fields.get(random.nextInt(fields.size()));
            for (Field field : fields) {
                if (kind == 1 && field != only) continue;
                context.cpu().set(field.register, valueFor(field));
            }
        }
        if (random.nextInt(3) != 0) context.cpu().set(MachineRegister.FCW, 0x37f);
        context.cpu().set(MachineRegister.MXCSR, random.nextBoolean() ? 0x1f80 : random.nextInt(0x10000));
        context.cpu().set(MachineRegister.PKRU, random.nextBoolean() ? 0 : random.nextLong() & 0xffff_ffffL);
    }

    private long valueFor(Field field) {
        long value = low(random.nextLong(), field.register.name().endsWith("_HIGH") ? field.loadBytes : 8);
        return switch (field.register) {
            case FCW -> value & 0x1f7f | 0x40;
            case FTW -> value & 0xff;
            case FOP -> value & 0x7ff;
            case FSW -> value & 0xffff;
            default -> value;
        };
    }

    private void set(int offset, int sizeBytes, long value) {
        for (int i = 0; i < sizeBytes; i++) image[offset + i] = (byte) (value >>> 8 * i);
    }

    private long get(int offset, int sizeBytes) {
        long value = 0;
        for (int i = sizeBytes - 1; i >= 0; i--) value = value << 8 | image[offset + i] & 0xff;
        return value;
    }

    private byte[] area() {
        byte[] bytes = new byte[AREA_BYTES];
        for (int i = 0; i < AREA_BYTES; i++) bytes[i] = (byte) context.peek(AREA + i, 1);
        return bytes;
    }

    private void run(Mnemonic mnemonic) {
        for (int i = 0; i < AREA_BYTES; i++) context.poke(AREA + i, 1, image[i]);
        MemoryOperand place = new MemoryOperand(
                SegmentRegister.DS, GeneralRegister.RBX, null, 1, 0, false, in64BitMode ? 8 : 4, AREA_BYTES);
        context.set(GeneralRegister.RBX, AREA);
        context.execute(mnemonic, place);
    }

    // --- saving --------------------------------------------------------------------------------------------------

    private long inUse() {
        long components = context.cpu().get(MachineRegister.PKRU) == 0 ? 0 : 0x200;
        for (Field field : x87(true)) {
            long initial = field.register == MachineRegister.FCW ? 0x37f : 0;
            if (context.cpu().get(field.register) != initial) components |= 1;
        }
        for (Field field : sse(in64BitMode)) {
            if (context.cpu().get(field.register) != 0) components |= 2;
        }
        return components;
    }

    private void save(List<Field> fields) {
        for (Field field : fields) {
            boolean pointer = field.register == MachineRegister.FIP || field.register == MachineRegister.FDP;
            set(field.offset, field.sizeBytes, low(context.cpu().get(field.register), pointer && !wide ? 4 : 8));
        }
    }

    private void saveMxcsr() {
        set(24, 4, context.cpu().get(MachineRegister.MXCSR));
        set(28, 4, 0xffff);
    }

    private void saveModel(Mnemonic mnemonic) {
        boolean compacted = mnemonic.name().matches("XSAVE[CS](64)?");
        boolean optimized = mnemonic.name().matches("XSAVEOPT(64)?");
        long used = inUse();
        boolean mxcsrInUse = compacted && context.cpu().get(MachineRegister.MXCSR) != 0x1f80;
        long saved = compacted || optimized ? requested & (used | (mxcsrInUse ? 2 : 0)) : requested;
        if ((saved & 1) != 0) save(x87(wide));
        if ((saved & 2) != 0) save(sse(in64BitMode));
        if ((saved & 0x200) != 0) set(compacted ? 576 : 0xa80, 8, context.cpu().get(MachineRegister.PKRU));
        if (((compacted ? saved : requested) & 2) != 0) saveMxcsr();
        set(512, 8, compacted ? saved : get(512, 8) & ~requested | used & requested);
        if (compacted) set(520, 8, requested | COMPACTED);
    }

    @ParameterizedTest
    @EnumSource(
            value = Mnemonic.class,
            names = {"XSAVE", "XSAVE64", "XSAVEOPT", "XSAVEOPT64", "XSAVEC", "XSAVEC64", "XSAVES", "XSAVES64"})
    @DisplayName("every byte that is written, and none beside them")
    void saves(Mnemonic mnemonic) {
        for (int i = 0; i < CASES; i++) {
            prepare(mnemonic.name().endsWith("64"));
            byte[] before = image.clone();
            saveModel(mnemonic);
            byte[] expected = image.clone();
            System.arraycopy(before, 0, image, 0, AREA_BYTES);
            run(mnemonic);
            assertThat(area()).as("case %d", i).isEqualTo(expected);
        }
    }

    @ParameterizedTest(name = "{0}, CR4.OSFXSR {1}")
    @CsvSource({"FXSAVE, true", "FXSAVE64, true", "FXSAVE, false", "FXSAVE64, false"})
    @DisplayName("FXSAVE writes all of it, without CR4.OSFXSR the x87 part alone")
    void fxsave(Mnemonic mnemonic, boolean sse) {
        for (int i = 0; i < CASES; i++) {
            prepare(mnemonic == Mnemonic.FXSAVE64);
            if (!sse) context.cpu().set(MachineRegister.CR4, CR4 & ~Cr4.OSFXSR | 1);
            byte[] before = image.clone();
            save(x87(wide));
            if (sse) save(sse(in64BitMode));
            if (sse) saveMxcsr();
            byte[] expected = image.clone();
            System.arraycopy(before, 0, image, 0, AREA_BYTES);
            run(mnemonic);
            assertThat(area()).as("case %d", i).isEqualTo(expected);
        }
    }

    // --- restoring -----------------------------------------------------------------------------------------------

    private Map<MachineRegister, Long> registers() {
        Map<MachineRegister, Long> values = new EnumMap<>(MachineRegister.class);
        for (MachineRegister register : MachineRegister.values())
            values.put(register, context.cpu().get(register));
        return values;
    }

    private void load(List<Field> fields, Map<MachineRegister, Long> registers) {
        for (Field field : fields) {
            long value = get(field.offset, field.loadBytes);
            if (field.register == MachineRegister.FCW) value = value & 0x1f7f | 0x40;
            if (field.register == MachineRegister.FOP) value &= 0x7ff;
            registers.put(field.register, value);
        }
    }

    private static void initialize(List<Field> fields, Map<MachineRegister, Long> registers) {
        for (Field field : fields) registers.put(field.register, field.register == MachineRegister.FCW ? 0x37fL : 0);
    }

    private Map<MachineRegister, Long> restoreModel(long held, boolean compacted) {
        Map<MachineRegister, Long> registers = registers();
        if ((requested & held & 1) != 0) load(x87(wide), registers);
        else if ((requested & 1) != 0) initialize(x87(wide), registers);
        if ((requested & held & 2) != 0) load(sse(in64BitMode), registers);
        else if ((requested & 2) != 0) initialize(sse(in64BitMode), registers);
        if ((requested & 2) != 0) {
            boolean initial = compacted && (held & 2) == 0;
            registers.put(MachineRegister.MXCSR, initial ? 0x1f80L : get(24, 4));
        }
        if ((requested & 0x200) != 0) {
            registers.put(MachineRegister.PKRU, (held & 0x200) == 0 ? 0 : get(compacted ? 576 : 0xa80, 4));
        }
        return registers;
    }

    @ParameterizedTest
    @EnumSource(
            value = Mnemonic.class,
            names = {"XRSTOR", "XRSTOR64", "XRSTORS", "XRSTORS64"})
    @DisplayName("every register that is loaded or initialized, and none beside them")
    void restores(Mnemonic mnemonic) {
        for (int i = 0; i < CASES; i++) {
            prepare(mnemonic.name().endsWith("64"));
            long xcr0 = context.cpu().get(MachineRegister.XCR0);
            boolean compacted = mnemonic.name().startsWith("XRSTORS") || random.nextBoolean();
            long held = random.nextLong() & xcr0;
            set(24, 4, random.nextInt(0x10000));
            set(512, 8, held);
            set(520, 8, compacted ? COMPACTED | held | random.nextLong() & xcr0 : 0);
            for (int at = 528; at < (compacted ? 576 : 536); at += 8) set(at, 8, 0);
            Map<MachineRegister, Long> expected = restoreModel(held, compacted);
            expected.put(MachineRegister.RBX, AREA);
            run(mnemonic);
            assertThat(registers()).as("case %d", i).isEqualTo(expected);
        }
    }

    @ParameterizedTest(name = "{0}, CR4.OSFXSR {1}")
    @CsvSource({"FXRSTOR, true", "FXRSTOR64, true", "FXRSTOR, false", "FXRSTOR64, false"})
    @DisplayName("FXRSTOR loads all of it, without CR4.OSFXSR the x87 part alone")
    void fxrstor(Mnemonic mnemonic, boolean sse) {
        for (int i = 0; i < CASES; i++) {
            prepare(mnemonic == Mnemonic.FXRSTOR64);
            if (!sse) context.cpu().set(MachineRegister.CR4, CR4 & ~Cr4.OSFXSR | 1);
            set(24, 4, random.nextInt(0x10000) | (sse ? 0 : 0x10000));
            Map<MachineRegister, Long> expected = registers();
            load(x87(wide), expected);
            if (sse) load(sse(in64BitMode), expected);
            if (sse) expected.put(MachineRegister.MXCSR, get(24, 4));
            expected.put(MachineRegister.RBX, AREA);
            run(mnemonic);
            assertThat(registers()).as("case %d", i).isEqualTo(expected);
        }
    }

    @ParameterizedTest(name = "{0} with mask {1}: {2} bytes from +{3}")
    @CsvSource({
        "FXSAVE, 0, 0, 512", "XSAVE, 3, 0, 576", "XSAVE, 0x203, 0xa80, 0xa88", "XSAVEOPT, 3, 0, 576",
        "XSAVEOPT, 0x203, 0xa80, 0xa88", "XSAVEC, 3, 0, 576", "XSAVEC, 0x203, 576, 584", "XSAVES, 0x203, 576, 584"
    })
    @DisplayName("an area needs to be writable as far as it goes, and nothing is written if it is not")
    void writable(Mnemonic mnemonic, String mask, String component, String end) {
        for (int missing = 0; missing <= 1; missing++) {
            prepare(false);
            context.set(GeneralRegister.RAX, Long.decode(mask));
            context.cpu().set(MachineRegister.XCR0, 0x203);
            context.makeReadOnly(AREA + Long.decode(end) - missing);
            String fault = faultOf(mnemonic);
            assertThat(fault).isEqualTo(missing == 0 ? "none" : "#PF(0x0)");
            if (missing == 1) assertThat(area()).isEqualTo(image);
        }
    }

    @ParameterizedTest(name = "{0} with mask {1}, XSTATE_BV {2}: {3} bytes")
    @CsvSource({
        "FXRSTOR, 0, 0, 512",
        "XRSTOR, 3, 0x200, 576",
        "XRSTORS, 3, 0x1, 576",
        "XRSTOR, 0x203, 0x1, 576",
        "XRSTOR, 0x203, 0x203, 0xa84"
    })
    @DisplayName("an area needs to be readable as far as it is used, and no register changes if it is not")
    void readable(Mnemonic mnemonic, String mask, String held, String end) {
        for (int missing = 0; missing <= 1; missing++) {
            prepare(false);
            context.set(GeneralRegister.RAX, Long.decode(mask));
            context.cpu().set(MachineRegister.XCR0, 0x203);
            set(24, 4, 0x1fa0);
            set(512, 8, Long.decode(held));
            set(520, 8, mnemonic == Mnemonic.XRSTORS ? COMPACTED | 3 : 0);
            for (int at = 528; at < 576; at += 8) set(at, 8, 0);
            context.makeAbsent(AREA + Long.decode(end) - missing);
            context.set(GeneralRegister.RBX, AREA);
            Map<MachineRegister, Long> before = registers();
            String fault = faultOf(mnemonic);
            assertThat(fault).isEqualTo(missing == 0 ? "none" : "#PF(0x0)");
            if (missing == 1) assertThat(registers()).isEqualTo(before);
        }
    }

    private String faultOf(Mnemonic mnemonic) {
        try {
            run(mnemonic);
            return "none";
        } catch (Fault fault) {
            return fault.getMessage();
        }
    }

    @Test
    @DisplayName("XSAVES and XRSTORS above CPL 0 are #GP(0), the others are not")
    void privilege() {
        for (Mnemonic mnemonic :
                new Mnemonic[] {Mnemonic.XSAVES, Mnemonic.XSAVES64, Mnemonic.XRSTORS, Mnemonic.XRSTORS64}) {
            prepare(true);
            context.cpu().setCpl(1);
            assertThat(faultOf(mnemonic)).isEqualTo("#GP(0x0)");
        }
        for (Mnemonic mnemonic : new Mnemonic[] {Mnemonic.XSAVE, Mnemonic.XSAVEC, Mnemonic.XSAVEOPT64}) {
            prepare(true);
            context.cpu().setCpl(3);
            assertThat(faultOf(mnemonic)).isEqualTo("none");
        }
    }
}
