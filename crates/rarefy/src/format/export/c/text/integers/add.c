static void add(const int16_t *from, int count, int32_t *to)
{
    int at;
    for (at = 0; at < count; at++) {
        to[at] += from[at];
    }
}

