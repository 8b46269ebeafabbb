static int32_t within(int32_t sum)
{
    return sum > 65535 ? 65535 : sum < -65535 ? -65535 : sum;
}

/* Sums of the new gate's input part, reset gate, update gate, new gate's hidden part. */
static void gru(const int32_t *sums, int units, int16_t *hidden)
{
    int unit;
    for (unit = 0; unit < units; unit++) {
        const int32_t reset = sigmoid(sums[units + unit]);
        const int32_t update = sigmoid(sums[2 * units + unit]);
        const int32_t candidate = hyperbolic_tangent(
            within(sums[unit]) + (reset * within(sums[3 * units + unit]) >> 15));
        hidden[unit] =
            (int16_t) (candidate + ((update * (hidden[unit] - candidate) + 16384) >> 15));
    }
}

