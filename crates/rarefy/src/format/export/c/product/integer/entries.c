/* The same of a matrix of which row r has counts[r] entries; gaps lead from one to the next. */
static void FUNCTION(RAREFY_CONST int8_t *weights, RAREFY_CONST uint8_t *scales, int shift,
    RAREFY_CONST uint8_t *gaps, RAREFY_CONST COUNT *counts, int rows,
    const int8_t *input, int32_t *sums)
{
    int row;
    for (row = 0; row < rows; row++) {
        int32_t sum = 0;
        const int8_t *at = input;
        COUNT left;
        for (left = counts[row]; left > 0; left--) {
            at += *gaps++;
            sum += *weights++ * *at;
        }
        sums[row] += scaled(sum, scales[row], shift);
    }
}

