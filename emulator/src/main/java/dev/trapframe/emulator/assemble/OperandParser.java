package dev.trapframe.emulator.assemble;

import java.util.List;

/** Parses the operands of one instruction, up to the end of the statement. */
sealed interface OperandParser permits AttOperandParser, IntelOperandParser {

    /** In Intel order: the destination first. */
    List<SourceOperand> parse(Scanner scanner);

    /** What the code is for. */
    void bits(CodeBits bits);
}
