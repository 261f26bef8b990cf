package dev.trapframe.emulator.trace;

import dev.trapframe.emulator.api.Phase;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Which phase code belongs to: that of the nearest marker at or below it. */
final class PhaseMarkers {

    private final TreeMap<Long, Phase> byAddress = new TreeMap<>(Long::compareUnsigned);

    PhaseMarkers(SortedMap<Long, Phase> markers) {
        byAddress.putAll(markers);
    }

    Phase at(long rip, int cpl) {
        Map.Entry<Long, Phase> marker = byAddress.floorEntry(rip);
        if (marker != null) return marker.getValue();
        return cpl == 3 ? Phase.USER : Phase.ENTRY;
    }
}
