/* The same of blocks of 8 x 4: rows 8 r to 8 r + 7 have counts[r] of them, which begin at columns
 * 4 * places. Before them, the diagonal of each square of units rows, if units is not 0. */
static void FUNCTION(RAREFY_CONST int8_t *weights, RAREFY_CONST uint8_t *scales, int shift,
    RAREFY_CONST PLACE *places, RAREFY_CONST COUNT *counts, int rows, int units,
    const int8_t *input, int32_t *sums)
{
    RAREFY_CONST int8_t *diagonal = weights;
    int row = 0, block;
    weights += units > 0 ? rows : 0;
    while (row < rows) {
        const int end = row + 8, blocks = *counts++;
        for (; row < end; row++) {
            int32_t sum = 0;
            if (units > 0) {
                sum = diagonal[row] * input[row % units];
            }
            for (block = 0; block < blocks; block++) {
                sum = add_four(weights + 32 * block + 4 * (row % 8), input + 4 * places[block], sum);
            }
            sums[row] += scaled(sum, scales[row], shift);
        }
        weights += 32 * blocks;
        places += blocks;
    }
}

