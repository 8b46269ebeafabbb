/* The sigmoid of x / 2^12, times 2^15: off by at most 2.53e-4. */
static int32_t sigmoid(int32_t x)
{
    return (32768 + hyperbolic_tangent(x >> 1)) >> 1;
}

