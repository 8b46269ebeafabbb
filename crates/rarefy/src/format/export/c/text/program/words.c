int main(void)
{
    static NAME_state state;
    char word[1000];
    int letter, length = 0, steps = 0;
    NAME_reset(&state);
    do {
        letter = getchar();
        if (letter != EOF && letter != '\n' && letter != ' ' && letter != '\t') {
            if (length + 1 < (int) sizeof word) {
                word[length++] = (char) letter;
            }
            continue;
        }
        if (length > 0) {
            word[length] = 0;
            length = 0;
            steps++;
            NAME_step(&state, NAME_token(word));
            AT_STEP
        }
        if (letter != ' ' && letter != '\t' && steps > 0) {
            AT_END
            NAME_reset(&state);
            steps = 0;
        }
    } while (letter != EOF);
    return 0;
}
