package dev.trapframe.emulator.assemble;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A listing")
class ListingTest {

    private static String of(String source) {
        AssemblerOptions options = AssemblerOptions.flat(
                0x1000, name -> name.equals("tail.inc") ? Optional.of("# tail\n\tcld\n") : Optional.empty());
        return Listing.of(new Assembler(options).assembleAll("demo.S", source));
    }

    @Test
    @DisplayName("has every line once, with address and bytes, marks what macros made, and ends with the symbols")
    void whole() {
        String source = """
                # Two pushes.
                \t.macro SAVE r
                \tpush %\\r\t# saved
                \t.endm
                \t.globl _start
                _start:\tSAVE rax; SAVE rbx
                \t.if 0
                \thlt
                \t.endif
                \t.rept 2
                \tnop
                \t.endr
                N = 3
                \t.include "tail.inc"
                \tjmp _start
                """;

        assertThat(of(source)).isEqualTo("""
                demo.S:
                                                                 1   # Two pushes.
                                                                 2   	.macro SAVE r
                                                                 3   	push %\\r	# saved
                                                                 4   	.endm
                                                                 5   	.globl _start
                                                                 6   _start:	SAVE rax; SAVE rbx
                0x0000000000001000  50                           3 > 	push %rax	# saved
                0x0000000000001001  53                           3 > 	push %rbx	# saved
                                                                 7   	.if 0
                                                                 8   	hlt
                                                                 9   	.endif
                                                                10   	.rept 2
                0x0000000000001002  90                          11   	nop
                0x0000000000001003  90                          11 > 	nop
                                                                12   	.endr
                                                                13   N = 3
                                                                14   	.include "tail.inc"

                tail.inc:
                                                                 1   # tail
                0x0000000000001004  fc                           2   	cld

                demo.S:
                0x0000000000001005  eb f9                       15   	jmp _start

                Symbols:
                0x0000000000000003  number        local   N
                0x0000000000001000  .text         global  _start
                """);
    }

    @Test
    @DisplayName("shortens long data")
    void longData() {
        assertThat(of("\t.skip 100\n"))
                .contains("0x0000000000001018  00", "... 68 more bytes")
                .doesNotContain("0x1020");
    }
}
