package dev.trapframe.emulator.execute;

import dev.trapframe.emulator.api.InstructionCatalog.Support;
import dev.trapframe.emulator.isa.ControlRegisterOperand;
import dev.trapframe.emulator.isa.DebugRegisterOperand;
import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.isa.InstructionForm;
import dev.trapframe.emulator.isa.Operand;
import dev.trapframe.emulator.isa.RegisterOperand;
import dev.trapframe.emulator.isa.RepeatPrefix;
import dev.trapframe.emulator.isa.SegmentRegisterOperand;

/**
 * Which method executes which instruction: one line for each mnemonic, in the groups of Intel SDM Vol. 1, "Instruction
 * Set Summary". The switch is exhaustive, so that a new mnemonic does not compile without its line here.
 */
public final class InstructionSet {

    private static final Semantics UNDEFINED = InterruptInstructions::undefined;
    private static final Semantics LISTED = UnitChecks::listed;

    private InstructionSet() {}

    /** What the emulator does with instructions of this form. */
    public static Support supportOf(InstructionForm form) {
        Operand[] registers = form.operands().stream()
                .map(spec -> new RegisterOperand(GeneralRegister.RAX, Long.BYTES, false))
                .toArray(Operand[]::new);
        int size = Long.BYTES;
        Semantics semantics =
                semanticsOf(new Instruction(form, 1, size, size, RepeatPrefix.NONE, false, null, registers));
        if (semantics == UNDEFINED) return Support.UNDEFINED;
        return semantics == LISTED ? Support.DECODED : Support.EMULATED;
    }

    /** What the instruction does. Ask once for each decoded instruction and keep the answer beside it. */
    public static Semantics semanticsOf(Instruction instruction) {
        return switch (instruction.mnemonic()) {
            // Data transfer
            case MOV -> mov(instruction);
            case MOVNTI -> DataTransfer::mov;
            case MOVZX -> DataTransfer::movzx;
            case MOVBE -> DataTransfer::movbe;
            case BSWAP -> DataTransfer::bswap;
            case LEA -> DataTransfer::lea;
            case XLAT -> DataTransfer::xlat;
            case MOVSX, MOVSXD -> DataTransfer::movsx;
            case CBW, CWDE, CDQE -> DataTransfer::convertInAccumulator;
            case CWD, CDQ, CQO -> DataTransfer::convertIntoRdx;
            case CMOVO -> DataTransfer.moveIf(Condition.O);
            case CMOVNO -> DataTransfer.moveIf(Condition.NO);
            case CMOVB -> DataTransfer.moveIf(Condition.B);
            case CMOVAE -> DataTransfer.moveIf(Condition.AE);
            case CMOVE -> DataTransfer.moveIf(Condition.E);
            case CMOVNE -> DataTransfer.moveIf(Condition.NE);
            case CMOVBE -> DataTransfer.moveIf(Condition.BE);
            case CMOVA -> DataTransfer.moveIf(Condition.A);
            case CMOVS -> DataTransfer.moveIf(Condition.S);
            case CMOVNS -> DataTransfer.moveIf(Condition.NS);
            case CMOVP -> DataTransfer.moveIf(Condition.P);
            case CMOVNP -> DataTransfer.moveIf(Condition.NP);
            case CMOVL -> DataTransfer.moveIf(Condition.L);
            case CMOVGE -> DataTransfer.moveIf(Condition.GE);
            case CMOVLE -> DataTransfer.moveIf(Condition.LE);
            case CMOVG -> DataTransfer.moveIf(Condition.G);
            case XCHG -> Exchange::xchg;
            case XADD -> Exchange::xadd;
            case CMPXCHG -> Exchange::cmpxchg;
            case CMPXCHG8B -> Exchange::cmpxchg8b;
            case CMPXCHG16B -> Exchange::cmpxchg16b;

            // Stack
            case PUSH -> isSegment(instruction) ? SegmentInstructions::push : StackInstructions::push;
            case POP -> isSegment(instruction) ? SegmentInstructions::pop : StackInstructions::pop;
            case ENTER -> StackInstructions::enter;
            case LEAVE -> StackInstructions::leave;

            // Binary arithmetic
            case ADD -> BinaryArithmetic::add;
            case ADC -> BinaryArithmetic::adc;
            case SUB -> BinaryArithmetic::sub;
            case SBB -> BinaryArithmetic::sbb;
            case CMP -> BinaryArithmetic::cmp;
            case INC -> BinaryArithmetic::inc;
            case DEC -> BinaryArithmetic::dec;
            case NEG -> BinaryArithmetic::neg;
            case ADCX -> BinaryArithmetic::adcx;
            case ADOX -> BinaryArithmetic::adox;
            case MUL -> MultiplyDivide::mul;
            case IMUL -> MultiplyDivide::imul;
            case DIV -> MultiplyDivide::div;
            case IDIV -> MultiplyDivide::idiv;

            // Decimal arithmetic
            case DAA -> DecimalArithmetic::daa;
            case DAS -> DecimalArithmetic::das;
            case AAA -> DecimalArithmetic::aaa;
            case AAS -> DecimalArithmetic::aas;
            case AAM -> DecimalArithmetic::aam;
            case AAD -> DecimalArithmetic::aad;

            // Logical, shift and rotate, bit and byte
            case AND -> Logical::and;
            case OR -> Logical::or;
            case XOR -> Logical::xor;
            case NOT -> Logical::not;
            case TEST -> Logical::test;
            case SHL -> ShiftRotate::shl;
            case SHR -> ShiftRotate::shr;
            case SAR -> ShiftRotate::sar;
            case ROL -> ShiftRotate::rol;
            case ROR -> ShiftRotate::ror;
            case RCL -> ShiftRotate::rcl;
            case RCR -> ShiftRotate::rcr;
            case SHLD -> ShiftRotate::shld;
            case SHRD -> ShiftRotate::shrd;
            case BT -> BitByte::bt;
            case BTS -> BitByte::bts;
            case BTR -> BitByte::btr;
            case BTC -> BitByte::btc;
            case BSF -> BitByte::bsf;
            case BSR -> BitByte::bsr;
            case TZCNT -> BitByte::tzcnt;
            case LZCNT -> BitByte::lzcnt;
            case POPCNT -> BitByte::popcnt;
            case CRC32 -> BitByte::crc32;
            case SETO -> BitByte.setIf(Condition.O);
            case SETNO -> BitByte.setIf(Condition.NO);
            case SETB -> BitByte.setIf(Condition.B);
            case SETAE -> BitByte.setIf(Condition.AE);
            case SETE -> BitByte.setIf(Condition.E);
            case SETNE -> BitByte.setIf(Condition.NE);
            case SETBE -> BitByte.setIf(Condition.BE);
            case SETA -> BitByte.setIf(Condition.A);
            case SETS -> BitByte.setIf(Condition.S);
            case SETNS -> BitByte.setIf(Condition.NS);
            case SETP -> BitByte.setIf(Condition.P);
            case SETNP -> BitByte.setIf(Condition.NP);
            case SETL -> BitByte.setIf(Condition.L);
            case SETGE -> BitByte.setIf(Condition.GE);
            case SETLE -> BitByte.setIf(Condition.LE);
            case SETG -> BitByte.setIf(Condition.G);

            // Control transfer
            case JMP -> ControlTransfer::jmp;
            case JO -> ControlTransfer.jumpIf(Condition.O);
            case JNO -> ControlTransfer.jumpIf(Condition.NO);
            case JB -> ControlTransfer.jumpIf(Condition.B);
            case JAE -> ControlTransfer.jumpIf(Condition.AE);
            case JE -> ControlTransfer.jumpIf(Condition.E);
            case JNE -> ControlTransfer.jumpIf(Condition.NE);
            case JBE -> ControlTransfer.jumpIf(Condition.BE);
            case JA -> ControlTransfer.jumpIf(Condition.A);
            case JS -> ControlTransfer.jumpIf(Condition.S);
            case JNS -> ControlTransfer.jumpIf(Condition.NS);
            case JP -> ControlTransfer.jumpIf(Condition.P);
            case JNP -> ControlTransfer.jumpIf(Condition.NP);
            case JL -> ControlTransfer.jumpIf(Condition.L);
            case JGE -> ControlTransfer.jumpIf(Condition.GE);
            case JLE -> ControlTransfer.jumpIf(Condition.LE);
            case JG -> ControlTransfer.jumpIf(Condition.G);
            case CALL -> ControlTransfer::call;
            case RET -> ControlTransfer::ret;
            case LOOP -> ControlTransfer::loop;
            case LOOPE -> ControlTransfer::loope;
            case LOOPNE -> ControlTransfer::loopne;
            case JCXZ, JECXZ, JRCXZ -> ControlTransfer::jrcxz;
            case JMP_FAR -> FarTransfers::jmp;
            case CALL_FAR -> FarTransfers::call;
            case RET_FAR -> FarTransfers::ret;

            // Interrupts and system calls
            case INT -> InterruptInstructions::intN;
            case INT3 -> InterruptInstructions::int3;
            case INT1 -> InterruptInstructions::int1;
            case IRET, IRETD, IRETQ -> InterruptInstructions::iret;
            case SYSCALL -> SystemEntry::syscall;
            case SYSRET -> SystemEntry::sysret;
            case SYSENTER -> SystemEntry::sysenter;
            case SYSEXIT -> SystemEntry::sysexit;

            // Strings and I/O
            case MOVSB, MOVSW, MOVSD, MOVSQ -> Strings::movs;
            case CMPSB, CMPSW, CMPSD, CMPSQ -> Strings::cmps;
            case STOSB, STOSW, STOSD, STOSQ -> Strings::stos;
            case LODSB, LODSW, LODSD, LODSQ -> Strings::lods;
            case SCASB, SCASW, SCASD, SCASQ -> Strings::scas;
            case INSB, INSW, INSD -> Strings::ins;
            case OUTSB, OUTSW, OUTSD -> Strings::outs;
            case IN -> InputOutput::in;
            case OUT -> InputOutput::out;

            // Flag control
            case CLC -> FlagControl::clc;
            case STC -> FlagControl::stc;
            case CMC -> FlagControl::cmc;
            case CLD -> FlagControl::cld;
            case STD -> FlagControl::std;
            case CLI -> FlagControl::cli;
            case STI -> FlagControl::sti;
            case CLAC -> FlagControl::clac;
            case STAC -> FlagControl::stac;
            case LAHF -> FlagControl::lahf;
            case SAHF -> FlagControl::sahf;
            case PUSHF, PUSHFD, PUSHFQ -> FlagControl::pushf;
            case POPF, POPFD, POPFQ -> FlagControl::popf;

            // Hints, fences and instructions that do nothing here
            case NOP,
                    PAUSE,
                    PREFETCHNTA,
                    PREFETCHT0,
                    PREFETCHT1,
                    PREFETCHT2,
                    PREFETCHW,
                    PREFETCHWT1,
                    CLDEMOTE,
                    ENDBR64,
                    ENDBR32,
                    RDSSPD,
                    RDSSPQ,
                    LFENCE,
                    MFENCE,
                    SFENCE -> DataTransfer::nop;
            case CLFLUSH, CLFLUSHOPT, CLWB -> DataTransfer::flushCacheLine;

            // Segments and descriptor tables
            case LSS -> SegmentInstructions::lss;
            case LFS -> SegmentInstructions::lfs;
            case LGS -> SegmentInstructions::lgs;
            case LAR -> SegmentChecks::lar;
            case LSL -> SegmentChecks::lsl;
            case VERR -> SegmentChecks::verr;
            case VERW -> SegmentChecks::verw;
            case ARPL -> SegmentChecks::arpl;
            case LGDT -> DescriptorTableRegisters::lgdt;
            case LIDT -> DescriptorTableRegisters::lidt;
            case SGDT -> DescriptorTableRegisters::sgdt;
            case SIDT -> DescriptorTableRegisters::sidt;
            case LLDT -> DescriptorTableRegisters::lldt;
            case LTR -> DescriptorTableRegisters::ltr;
            case SLDT -> DescriptorTableRegisters::sldt;
            case STR -> DescriptorTableRegisters::str;

            // System
            case HLT -> SystemInstructions::hlt;
            case SWAPGS -> SystemInstructions::swapgs;
            case RDFSBASE -> SystemInstructions::rdfsbase;
            case RDGSBASE -> SystemInstructions::rdgsbase;
            case WRFSBASE -> SystemInstructions::wrfsbase;
            case WRGSBASE -> SystemInstructions::wrgsbase;
            case RDPKRU -> SystemInstructions::rdpkru;
            case WRPKRU -> SystemInstructions::wrpkru;
            case RDTSC -> SystemInstructions::rdtsc;
            case RDTSCP -> SystemInstructions::rdtscp;
            case RDPID -> SystemInstructions::rdpid;
            case RDPMC -> SystemInstructions::rdpmc;
            case INVLPG -> SystemInstructions::invlpg;
            case INVPCID -> SystemInstructions::invpcid;
            case INVD, WBINVD, WBNOINVD -> SystemInstructions::flushCaches;
            case MONITOR -> SystemInstructions::monitor;
            case MWAIT -> SystemInstructions::mwait;
            case LMSW -> ControlRegisters::lmsw;
            case SMSW -> ControlRegisters::smsw;
            case CLTS -> ControlRegisters::clts;
            case RDMSR -> ModelSpecificRegisters::rdmsr;
            case WRMSR -> ModelSpecificRegisters::wrmsr;
            case CPUID -> ProcessorIdentification::cpuid;

            // #UD: by definition, or because CPUID does not report the feature (VMX, SMM, RDRAND, CET, FRED)
            case UD0,
                    UD1,
                    UD2,
                    SERIALIZE,
                    RDRAND,
                    RDSEED,
                    VMCALL,
                    VMLAUNCH,
                    VMRESUME,
                    VMXOFF,
                    VMFUNC,
                    RSM,
                    INCSSPD,
                    WRSSD,
                    WRUSSD,
                    INCSSPQ,
                    WRSSQ,
                    WRUSSQ,
                    RSTORSSP,
                    SAVEPREVSSP,
                    SETSSBSY,
                    CLRSSBSY,
                    ERETU,
                    ERETS,
                    LKGS -> UNDEFINED;

            // BMI1 and BMI2
            case ANDN -> BitManipulation::andn;
            case BEXTR -> BitManipulation::bextr;
            case BLSI -> BitManipulation::blsi;
            case BLSMSK -> BitManipulation::blsmsk;
            case BLSR -> BitManipulation::blsr;
            case BZHI -> BitManipulation::bzhi;
            case MULX -> BitManipulation::mulx;
            case PDEP -> BitManipulation::pdep;
            case PEXT -> BitManipulation::pext;
            case RORX -> BitManipulation::rorx;
            case SARX -> BitManipulation::sarx;
            case SHLX -> BitManipulation::shlx;
            case SHRX -> BitManipulation::shrx;

            // SSE moves, and the state of x87 and SSE
            case MOVAPS, MOVDQA -> VectorMoves::mova;
            case MOVUPS, MOVDQU -> VectorMoves::movu;
            case MOVD, MOVQ -> VectorMoves::movq;
            case PXOR, XORPS -> VectorMoves::xor;
            case LDMXCSR -> FloatingPoint::ldmxcsr;
            case STMXCSR -> FloatingPoint::stmxcsr;
            case FNINIT -> FloatingPoint::fninit;
            case FNCLEX -> FloatingPoint::fnclex;
            case FNSTCW -> FloatingPoint::fnstcw;
            case FLDCW -> FloatingPoint::fldcw;
            case FNSTSW -> FloatingPoint::fnstsw;
            case FWAIT -> FloatingPoint::fwait;
            case FXSAVE, FXSAVE64 -> ExtendedState::fxsave;
            case FXRSTOR, FXRSTOR64 -> ExtendedState::fxrstor;
            case XSAVE, XSAVE64, XSAVEOPT, XSAVEOPT64 -> ExtendedState::xsave;
            case XSAVEC, XSAVEC64, XSAVES, XSAVES64 -> ExtendedState::xsaveCompacted;
            case XRSTOR, XRSTOR64, XRSTORS, XRSTORS64 -> ExtendedState::xrstor;
            case XGETBV -> ExtendedState::xgetbv;
            case XSETBV -> ExtendedState::xsetbv;

            case FNOP -> FloatingPoint::fnop;

            // Not in 64-bit mode
            case PUSHA, PUSHAD -> StackInstructions::pusha;
            case POPA, POPAD -> StackInstructions::popa;
            case INTO -> InterruptInstructions::into;
            case BOUND -> InterruptInstructions::bound;
            case LES -> SegmentInstructions::les;
            case LDS -> SegmentInstructions::lds;

            // Known by length and name alone
            case LISTED -> LISTED;
        };
    }

    /** MOV is four instructions of the manual under one name. */
    private static Semantics mov(Instruction instruction) {
        Operand destination = instruction.operand(0);
        Operand source = instruction.operand(1);
        if (destination instanceof SegmentRegisterOperand) return SegmentInstructions::movTo;
        if (source instanceof SegmentRegisterOperand) return SegmentInstructions::movFrom;
        if (destination instanceof ControlRegisterOperand) return ControlRegisters::movTo;
        if (source instanceof ControlRegisterOperand) return ControlRegisters::movFrom;
        if (destination instanceof DebugRegisterOperand) return DebugRegisters::movTo;
        if (source instanceof DebugRegisterOperand) return DebugRegisters::movFrom;
        return DataTransfer::mov;
    }

    private static boolean isSegment(Instruction instruction) {
        return instruction.operand(0) instanceof SegmentRegisterOperand;
    }
}
