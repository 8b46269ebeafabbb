/* sum * scale / 2^shift, rounded. */
static int32_t scaled(int32_t sum, int scale, int shift)
{
    sum *= scale;
    return shift > 0 ? (sum + ((int32_t) 1 << (shift - 1))) >> shift : sum * ((int32_t) 1 << -shift);
}

