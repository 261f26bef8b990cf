package dev.trapframe.emulator.comparison;

import static java.util.stream.Collectors.groupingBy;

import dev.trapframe.emulator.decode.CodeMode;
import dev.trapframe.emulator.decode.DecodeResult;
import dev.trapframe.emulator.decode.Decoder;
import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.isa.InstructionForm;
import dev.trapframe.emulator.isa.InstructionTable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** All that is committed of objdump and the manual: tells whether a table is noticed to be broken. */
final class ExpectedOutcomes {

    private final Map<InstructionForm, List<Expected>> ofRow;
    private final List<Expected> illegal = new ArrayList<>();
    private final OnPurpose onPurpose = new OnPurpose();

    ExpectedOutcomes() throws IOException {
        List<Expected> all = new ArrayList<>();
        for (String line : Expected.lines("../isa/walk.tsv")) {
            String[] cells = line.split("\t");
            all.add(new Expected(CodeMode.LONG_64, 0, cells[0], cells[1], cells[2]));
        }
        all.addAll(Expected.read(CodeMode.CODE_32, Samples.WALK_32));
        for (CodeMode mode : List.of(CodeMode.LONG_64, CodeMode.CODE_32)) {
            all.addAll(Expected.read(mode, Samples.texts(mode)));
        }
        List<String> undefined = new ArrayList<>(Expected.lines("../decode/illegal.tsv"));
        undefined.addAll(Expected.lines("../decode/illegal-maps.tsv.gz"));
        for (String line : undefined) {
            String[] cells = line.split("\t");
            if (!cells[0].equals("32")) illegal.add(new Expected(CodeMode.LONG_64, 0, cells[1], "", ""));
            if (!cells[0].equals("64")) illegal.add(new Expected(CodeMode.CODE_32, 0, cells[1], "", ""));
        }
        Decoder decoder = new Decoder();
        ofRow = all.stream()
                .filter(line -> instruction(decoder, line, "") != null)
                .collect(groupingBy(line -> instruction(decoder, line, "").form()));
    }

    private static @Nullable Instruction instruction(Decoder decoder, Expected line, String prefix) {
        byte[] bytes = HexFormat.of().parseHex(prefix + line.hex());
        DecodeResult result = decoder.decode(index -> index < bytes.length ? bytes[index] : 0x90, line.mode());
        return result instanceof DecodeResult.Decoded decoded ? decoded.instruction() : null;
    }

    /** True if something committed of one of the rows does not fit the table. */
    boolean notices(InstructionTable table, List<InstructionForm> rows) {
        return rows.stream().anyMatch(row -> differs(table, ofRow.getOrDefault(row, List.of())))
                || decodesIllegal(table);
    }

    private boolean decodesIllegal(InstructionTable table) {
        Decoder decoder = new Decoder(table);
        return illegal.stream().anyMatch(line -> instruction(decoder, line, "") != null);
    }

    private boolean differs(InstructionTable table, List<Expected> lines) {
        Comparison comparison = new Comparison(table, onPurpose);
        Decoder decoder = comparison.decoder();
        for (Expected line : lines) {
            comparison.compare(line);
            if (!comparison.differences().isEmpty()) return true;
            if (line.hex().startsWith("f0") || line.hex().length() > 2 * Decoder.MAX_LENGTH_BYTES - 2) continue;
            Instruction instruction = instruction(decoder, line, "");
            Instruction locked = instruction(decoder, line, "f0");
            if (instruction != null && LockRule.permits(instruction) != (locked != null)) return true;
        }
        return false;
    }
}
