/* A Cortex-M4 in QEMU (mps2-an386): what it needs before main, and a count of instructions. Compiled
 * with MODEL, the file to include, and NAME, what its functions begin with. Reads nothing; prints
 * the instructions of a step and the logits after STEPS steps. With -icount shift=0 an instruction
 * takes a nanosecond, and the system's timer counts every 40 of them. */
#include MODEL

#include <stdio.h>

#define JOIN(a, b) a##b
#define CALL(name, what) JOIN(name, what)

extern void _start(void);

static void reset_handler(void)
{
    /* Turn on the unit for floats. */
    *(volatile uint32_t *) 0xe000ed88 |= 0xf << 20;
    _start();
}

__attribute__((section(".vectors"), used)) static void *const vectors[2] = {
    (void *) 0x20400000, (void *) reset_handler
};

static volatile uint32_t *const timer = (volatile uint32_t *) 0xe000e010;

int main(void)
{
    static CALL(NAME, _state) state;
    static float logits[CLASSES];
    uint32_t start, end;
    int step, at;
    timer[1] = 0xffffff;
    timer[2] = 0;
    timer[0] = 5;
    CALL(NAME, _reset)(&state);
    start = timer[2];
    for (step = 0; step < STEPS; step++) {
#if defined CHANNELS
        float numbers[CHANNELS];
        for (at = 0; at < CHANNELS; at++) {
            numbers[at] = (float) ((step * 37 + at * 101) % 256);
        }
        CALL(NAME, _step)(&state, numbers);
#else
        CALL(NAME, _step)(&state, 1 + step % TOKENS);
#endif
    }
    end = timer[2];
    CALL(NAME, _logits)(&state, logits);
    printf("%lu", (unsigned long) ((start - end) * 40 / STEPS));
    for (at = 0; at < CLASSES; at++) {
        printf(" %.9g", (double) logits[at]);
    }
    printf("\n");
    return 0;
}
