/* Reads a count of steps and as many steps, sequence after sequence, from stdin; prints the
 * logits of each. A step is a code point, 0 for the padding; with WORDS defined, a word, or
 * <padding>; with CHANNELS, so many numbers, or <padding> where PADDING is defined. Compiled with MODEL, the file to include, and NAME,
 * what its functions begin with. With an argument: how often all is read, for timing, and
 * prints seconds a step. */
#include MODEL

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define JOIN(a, b) a##b
#define CALL(name, what) JOIN(name, what)

#if defined CHANNELS
typedef struct {
    float numbers[CHANNELS];
} step_type;

static int read_step(step_type *read)
{
    int channel;
#if defined PADDING
    static const step_type padding = {PADDING};
    char end;
    if (scanf(" <padding%c", &end) == 1) {
        *read = padding;
        return 1;
    }
#endif
    for (channel = 0; channel < CHANNELS; channel++) {
        if (scanf("%f", &read->numbers[channel]) != 1) {
            return 0;
        }
    }
    return 1;
}

static void step(CALL(NAME, _state) *state, const step_type *read)
{
    CALL(NAME, _step)(state, read->numbers);
}
#else
typedef int step_type;

static int read_step(step_type *read)
{
#if defined WORDS
    static char word[1000];
    if (scanf("%999s", word) != 1) {
        return 0;
    }
    *read = strcmp(word, "<padding>") == 0 ? 0 : CALL(NAME, _token)(word);
#else
    unsigned long character;
    if (scanf("%lu", &character) != 1) {
        return 0;
    }
    *read = character == 0 ? 0 : CALL(NAME, _token)(character);
#endif
    return *read >= 0;
}

static void step(CALL(NAME, _state) *state, const step_type *read)
{
    /* What is outside the vocabulary changes nothing. */
    CALL(NAME, _step)(state, -1);
    CALL(NAME, _step)(state, *read);
}
#endif

static step_type steps[1 << 20];

int main(int argc, char **argv)
{
    static CALL(NAME, _state) state;
    static float logits[CLASSES];
    int length, at, output, count = 0;
    while (scanf("%d", &length) == 1) {
        CALL(NAME, _reset)(&state);
        for (at = 0; at < length; at++) {
            if (!read_step(&steps[count])) {
                return 1;
            }
            step(&state, &steps[count++]);
        }
        CALL(NAME, _logits)(&state, logits);
        if (argc > 1) {
            continue;
        }
        for (output = 0; output < CLASSES; output++) {
            printf("%.9g ", (double) logits[output]);
        }
        printf("\n");
    }
    if (argc > 1) {
        int repeats = atoi(argv[1]), repeat;
        clock_t start = clock();
        for (repeat = 0; repeat < repeats; repeat++) {
            for (at = 0; at < count; at++) {
                step(&state, &steps[at]);
            }
        }
        printf("%g\n", (double) (clock() - start) / CLOCKS_PER_SEC / repeats / count);
    }
    return 0;
}
