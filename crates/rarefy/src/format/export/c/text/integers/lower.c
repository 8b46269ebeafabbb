/* The sum of several blocks' states. */
static void lower(const int32_t *from, int count, int shift, int16_t *to)
{
    int at;
    for (at = 0; at < count; at++) {
        const int32_t sum = from[at] >> shift;
        to[at] = (int16_t) (sum < 32767 ? sum : 32767);
    }
}

