/* The same of a matrix of which row r has counts[r] entries; gaps lead from one to the next. */
static void FUNCTION(RAREFY_CONST float *weights, RAREFY_CONST uint8_t *gaps,
    RAREFY_CONST COUNT *counts, int rows, const float *input, float *sums)
{
    int row;
    for (row = 0; row < rows; row++) {
        float sum = sums[row];
        const float *at = input;
        COUNT left;
        for (left = counts[row]; left > 0; left--) {
            at += *gaps++;
            sum += *weights++ * *at;
        }
        sums[row] = sum;
    }
}

