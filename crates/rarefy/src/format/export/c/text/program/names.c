static void answer(const NAME_state *state)
{
    float logits[SIZE];
    int best = 0, at;
    RAREFY_CONST char *letter;
    NAME_logits(state, logits);
    for (at = 1; at < SIZE; at++) {
        best = logits[at] > logits[best] ? at : best;
    }
    for (letter = NAME_classes[best]; *letter != 0; letter++) {
        putchar(*letter);
    }
    putchar('\n');
}
