/* The same of blocks of 8 x 4: rows 8 r to 8 r + 7 have counts[r] of them, which begin at columns
 * 4 * places. Before them, the diagonal of each square of units rows, if units is not 0. */
static void FUNCTION(RAREFY_CONST float *weights, RAREFY_CONST PLACE *places,
    RAREFY_CONST COUNT *counts, int rows, int units, const float *input, float *sums)
{
    RAREFY_CONST float *diagonal = weights;
    int row = 0, block, column;
    weights += units > 0 ? rows : 0;
    while (row < rows) {
        const int end = row + 8, blocks = *counts++;
        for (; row < end; row++) {
            float sum = sums[row];
            if (units > 0) {
                sum += diagonal[row] * input[row % units];
            }
            for (block = 0; block < blocks; block++) {
                RAREFY_CONST float *weight = weights + 32 * block + 4 * (row % 8);
                const float *at = input + 4 * places[block];
                for (column = 0; column < 4; column++) {
                    sum += weight[column] * at[column];
                }
            }
            sums[row] = sum;
        }
        weights += 32 * blocks;
        places += blocks;
    }
}

