/* Reads a count of characters and as many code points, text after text, from stdin, 0 for
 * the padding; prints the logits of each text. Compiled with MODEL, the file to include, and NAME, what its functions begin
 * with. With an argument: how often all is read, for timing, and prints seconds a step. */
#include MODEL

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define JOIN(a, b) a##b
#define CALL(name, what) JOIN(name, what)

static int tokens[1 << 20];

int main(int argc, char **argv)
{
    static CALL(NAME, _state) state;
    static float logits[CLASSES];
    int steps, at, class, count = 0;
    while (scanf("%d", &steps) == 1) {
        CALL(NAME, _reset)(&state);
        /* What is outside the vocabulary changes nothing. */
        CALL(NAME, _step)(&state, -1);
        for (at = 0; at < steps; at++) {
            unsigned long character;
            if (scanf("%lu", &character) != 1) {
                return 1;
            }
            tokens[count] = character == 0 ? 0 : CALL(NAME, _token)(character);
            if (tokens[count] < 0) {
                return 1;
            }
            CALL(NAME, _step)(&state, tokens[count++]);
        }
        CALL(NAME, _logits)(&state, logits);
        if (argc > 1) {
            continue;
        }
        for (class = 0; class < CLASSES; class++) {
            printf("%.9g ", (double) logits[class]);
        }
        printf("\n");
    }
    if (argc > 1) {
        int repeats = atoi(argv[1]), repeat;
        clock_t start = clock();
        for (repeat = 0; repeat < repeats; repeat++) {
            for (at = 0; at < count; at++) {
                CALL(NAME, _step)(&state, tokens[at]);
            }
        }
        printf("%g\n", (double) (clock() - start) / CLOCKS_PER_SEC / repeats / count);
    }
    return 0;
}
