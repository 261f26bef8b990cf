package dev.trapframe.server.machinefile;

import dev.trapframe.emulator.api.SerialOutput;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** Prints what a machine sends through its serial port, as UTF-8, while the machine runs. */
public final class SerialPrinter {

    private final PrintWriter out;
    private final CharsetDecoder decoder = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .onUnmappableCharacter(CodingErrorAction.REPLACE);
    private int printed;
    private boolean midLine;

    public SerialPrinter(PrintWriter out) {
        this.out = out;
    }

    /** Prints what has come since; the first bytes of a character wait for the others. */
    void print(SerialOutput output) {
        if (output.sizeBytes() == printed) return;
        ByteBuffer bytes = ByteBuffer.wrap(output.bytesFrom(printed));
        CharBuffer text = CharBuffer.allocate(bytes.remaining());
        decoder.decode(bytes, text, false);
        printed = output.sizeBytes() - bytes.remaining();
        text.flip();
        if (text.hasRemaining()) midLine = text.charAt(text.length() - 1) != '\n';
        out.print(text);
        out.flush();
    }

    /** Ends the line, if the machine has not: what others print then stands by itself. */
    public void endLine() {
        if (midLine) out.println();
        midLine = false;
        out.flush();
    }
}
