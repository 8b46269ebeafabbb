static void clear(int32_t *values, int count)
{
    int at;
    for (at = 0; at < count; at++) {
        values[at] = 0;
    }
}

