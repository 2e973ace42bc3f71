/* Hides AVX-512 and AMX from every library of a process, for figures of a processor without them.

   Build and use (Linux on x86-64, where /proc/cpuinfo tells cpuid_fault):

       cc -O2 -shared -fPIC -o hold_to_avx2.so benchmarks/hold_to_avx2.c
       LD_PRELOAD=./hold_to_avx2.so python benchmarks/inference.py

   The kernel lets the instruction CPUID fault in this process and what it starts; the handler
   executes it and takes the bits away. */

#define _GNU_SOURCE
#include <asm/prctl.h>
#include <cpuid.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

enum { FAULTS = 0, ANSWERS = 1, FEATURES = 7 };

/* Of CPUID's leaf 7; F DQ IFMA PF ER CD BW VL, then VBMI VBMI2 VNNI BITALG VPOPCNTDQ, then 4VNNIW
   4FMAPS VP2INTERSECT, FP16, and AMX's; of its second part BF16 and AMX-FP16. */
#define BIT(n) (1u << (n))
static const unsigned hidden_b =
	BIT(16) | BIT(17) | BIT(21) | BIT(26) | BIT(27) | BIT(28) | BIT(30) | BIT(31);
static const unsigned hidden_c = BIT(1) | BIT(6) | BIT(11) | BIT(12) | BIT(14);
static const unsigned hidden_d = BIT(2) | BIT(3) | BIT(8) | BIT(22) | BIT(23) | BIT(24) | BIT(25);
static const unsigned hidden_a1 = BIT(5) | BIT(21);

static long cpuid(unsigned long mode) { return syscall(SYS_arch_prctl, ARCH_SET_CPUID, mode); }

static void answer(int number, siginfo_t *info, void *context) {
	(void)info;
	greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
	const unsigned char *at = (const unsigned char *)registers[REG_RIP];
	if (at[0] != 0x0f || at[1] != 0xa2) { /* not CPUID: a fault of the program's own */
		signal(number, SIG_DFL);
		return;
	}
	unsigned leaf = (unsigned)registers[REG_RAX], part = (unsigned)registers[REG_RCX], a, b, c, d;
	cpuid(ANSWERS);
	__cpuid_count(leaf, part, a, b, c, d);
	cpuid(FAULTS);
	if (leaf == FEATURES && part == 0) b &= ~hidden_b, c &= ~hidden_c, d &= ~hidden_d;
	if (leaf == FEATURES && part == 1) a &= ~hidden_a1;
	registers[REG_RAX] = a, registers[REG_RBX] = b, registers[REG_RCX] = c, registers[REG_RDX] = d;
	registers[REG_RIP] += 2;
}

__attribute__((constructor)) static void hide(void) {
	struct sigaction action;
	memset(&action, 0, sizeof action);
	action.sa_sigaction = answer;
	action.sa_flags = SA_SIGINFO | SA_NODEFER;
	static const char failed[] = "hold_to_avx2: this machine cannot hide features\n";
	if (sigaction(SIGSEGV, &action, 0) || cpuid(FAULTS)) {
		(void)!write(2, failed, sizeof failed - 1);
		_exit(1);
	}
}
