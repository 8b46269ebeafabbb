static void load_bytes(RAREFY_CONST int8_t *from, int count, int8_t *to)
{
    int at;
    for (at = 0; at < count; at++) {
        to[at] = from[at];
    }
}

