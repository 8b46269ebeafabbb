/* sums[rows] += weights[rows][columns] * input[columns] * scales[rows] / 2^shift */
static void FUNCTION(RAREFY_CONST int8_t *weights, RAREFY_CONST uint8_t *scales, int shift,
    int rows, int columns, const int8_t *input, int32_t *sums)
{
    int row, column;
    for (row = 0; row < rows; row++) {
        int32_t sum = 0;
        for (column = 0; column + 4 <= columns; column += 4, weights += 4) {
            sum = add_four(weights, input + column, sum);
        }
        for (; column < columns; column++) {
            sum += *weights++ * input[column];
        }
        sums[row] += scaled(sum, scales[row], shift);
    }
}

