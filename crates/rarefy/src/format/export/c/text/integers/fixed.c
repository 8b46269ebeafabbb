/* x * 2^shift without its fraction, at most 2^40 in size. */
static int64_t fixed(float x, int shift)
{
    uint32_t bits;
    int64_t size;
    int exponent, up;
    memcpy(&bits, &x, sizeof bits);
    exponent = (int) (bits >> 23 & 0xff);
    size = (int64_t) (bits & 0x007fffff) | (exponent > 0 ? 0x00800000 : 0);
    up = (exponent > 0 ? exponent : 1) - 150 + shift;
    if (exponent == 255 || up > 16) {
        size = size == 0 ? 0 : (int64_t) 1 << 40;
    } else if (up >= 0) {
        size <<= up;
    } else {
        size = up > -25 ? size >> -up : 0;
    }
    return bits >> 31 == 0 ? size : -size;
}

