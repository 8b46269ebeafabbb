static void answer(const NAME_state *state)
{
    float logits[SIZE];
    int at;
    NAME_logits(state, logits);
    for (at = 0; at < SIZE; at++) {
        printf(at + 1 < SIZE ? "%.9g " : "%.9g\n", (double) logits[at]);
    }
}
