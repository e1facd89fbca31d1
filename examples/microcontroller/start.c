/* start.c - starts a Cortex-M: the vector table, the floating-point unit, and zeros for static variables. */
#include <stdint.h>

int main(void);
extern uint32_t stack_top[], bss_begin[], bss_end[]; /* mps2.ld */

static void reset(void) {
#if defined(__ARM_FP)
    volatile uint32_t *const coprocessors = (volatile uint32_t *)0xE000ED88; /* CPACR: full access to CP10 and CP11 */
    *coprocessors |= 0xFU << 20;
    __asm__ volatile("dsb\n\tisb");
#endif
    for (uint32_t *word = bss_begin; word != bss_end; word++) *word = 0;
    (void)main();
    for (;;) {
    }
}

static void fault(void) {
    for (;;) {
    }
}

/* The first word is the stack, the second what runs after a reset; NMI and HardFault follow. */
__attribute__((section(".vectors"), used)) static const uintptr_t vectors[] = {(uintptr_t)stack_top, (uintptr_t)reset,
                                                                               (uintptr_t)fault, (uintptr_t)fault};
