/* Sums of the gates input, forget, cell, output. The unit of the memory is 2^(bits - 15). */
static void lstm(const int32_t *sums, int units, int16_t *hidden, int16_t *memory, int bits)
{
    int unit;
    for (unit = 0; unit < units; unit++) {
        const int32_t input = sigmoid(sums[unit]);
        const int32_t forget = sigmoid(sums[units + unit]);
        const int32_t candidate = hyperbolic_tangent(sums[2 * units + unit]);
        const int32_t output = sigmoid(sums[3 * units + unit]);
        int32_t kept = forget * memory[unit] + (input * candidate >> bits);
        kept = (kept + 16384) >> 15;
        kept = kept > 32767 ? 32767 : kept < -32767 ? -32767 : kept;
        memory[unit] = (int16_t) kept;
        hidden[unit] = (int16_t)
            ((output * hyperbolic_tangent(kept * ((int32_t) 1 << bits) >> 3) + 16384) >> 15);
    }
}

