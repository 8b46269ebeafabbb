/* sums[rows] += weights[rows][columns] * input[columns] */
static void FUNCTION(RAREFY_CONST float *weights, int rows, int columns,
    const float *input, float *sums)
{
    int row, column;
    for (row = 0; row < rows; row++) {
        float sum = sums[row];
        for (column = 0; column < columns; column++) {
            sum += *weights++ * input[column];
        }
        sums[row] = sum;
    }
}

