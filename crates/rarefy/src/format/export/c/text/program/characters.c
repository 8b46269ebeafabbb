int main(void)
{
    static NAME_state state;
    int letter, steps = 0;
    NAME_reset(&state);
    while ((letter = getchar()) != EOF) {
        unsigned long character = (unsigned long) letter;
        /* UTF-8: the first byte tells how many follow. */
        int more = letter < 0xc0 ? 0 : letter < 0xe0 ? 1 : letter < 0xf0 ? 2 : 3;
        if (letter == '\n') {
            if (steps > 0) {
                AT_END
            }
            NAME_reset(&state);
            steps = 0;
            continue;
        }
        character &= more > 0 ? 0x3fUL >> more : 0xffUL;
        for (; more > 0; more--) {
            character = character << 6 | ((unsigned long) getchar() & 0x3f);
        }
        NAME_step(&state, NAME_token(character));
        steps++;
        AT_STEP
    }
    if (steps > 0) {
        AT_END
    }
    return 0;
}
