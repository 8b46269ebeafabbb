static void rnn_tanh(const int32_t *sums, int units, int16_t *hidden)
{
    int unit;
    for (unit = 0; unit < units; unit++) {
        hidden[unit] = (int16_t) hyperbolic_tangent(sums[unit]);
    }
}

