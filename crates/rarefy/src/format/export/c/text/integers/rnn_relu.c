static void rnn_relu(const int32_t *sums, int units, int16_t *hidden)
{
    int unit;
    for (unit = 0; unit < units; unit++) {
        const int32_t sum = sums[unit] < 32767 ? sums[unit] : 32767;
        hidden[unit] = (int16_t) (sum > 0 ? sum : 0);
    }
}

