#!/bin/sh
# Writes what GNU objdump (binutils 2.40) makes of the samples of legal encodings, so that the tests need no binutils.
# Compile the tests first: mvn -q -pl emulator test-compile
set -eu
emulator=$(cd "$(dirname "$0")/../../.." && pwd)
exec java -cp "$emulator/target/classes:$emulator/target/test-classes" dev.trapframe.emulator.comparison.Samples \
    "$emulator/src/test/resources/dev/trapframe/emulator/comparison"
