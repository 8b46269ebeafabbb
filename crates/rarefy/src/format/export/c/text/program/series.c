int main(void)
{
    static NAME_state state;
    float numbers[CHANNELS];
    int channel = 0, steps = 0, letter, before = '\n';
    NAME_reset(&state);
    while ((letter = getchar()) != EOF) {
        if (letter == ' ' || letter == ',' || letter == '\t' || letter == '\r') {
            continue;
        }
        if (letter == '\n') {
            if (before == '\n' && steps > 0) {
                AT_END
                NAME_reset(&state);
                steps = 0;
            }
            before = letter;
            continue;
        }
        before = letter;
        ungetc(letter, stdin);
        if (scanf("%f", &numbers[channel]) != 1) {
            fprintf(stderr, "step %d: expected CHANNELS numbers\n", steps + 1);
            return 1;
        }
        if (++channel == CHANNELS) {
            channel = 0;
            steps++;
            NAME_step(&state, numbers);
            AT_STEP
        }
    }
    if (steps > 0) {
        AT_END
    }
    return 0;
}
