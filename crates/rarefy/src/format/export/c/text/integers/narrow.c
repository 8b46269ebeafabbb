/* States without their lower bits, rounded. */
static void narrow(const int16_t *from, int count, int bits, int8_t *to)
{
    int at;
    for (at = 0; at < count; at++) {
        const int32_t rounded = ((int32_t) from[at] + (1 << (bits - 1))) >> bits;
        to[at] = (int8_t) (rounded > 127 ? 127 : rounded < -127 ? -127 : rounded);
    }
}

