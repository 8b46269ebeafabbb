/* tanh of x / 2^12, times 2^15: off by at most 3.92e-4. The table has multiples of 1/16 up to 2, of
 * 1/8 up to 4, of 1/4 up to 8. */
static int32_t hyperbolic_tangent(int32_t x)
{
    int32_t size = x < 0 ? -x : x, part, below, value;
    int coarse, shift, at;
    if (size > 32767) {
        size = 32767;
    }
    coarse = (size >= 8192) + (size >= 16384);
    shift = 8 + coarse;
    at = 16 * coarse + (int) (size >> shift);
    part = size & (((int32_t) 1 << shift) - 1);
    below = tanh_values[at];
    value = below + (((tanh_values[at + 1] - below) * part + ((int32_t) 1 << (shift - 1))) >> shift);
    return x < 0 ? -value : value;
}

