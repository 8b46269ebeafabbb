#if defined __ARM_FEATURE_DSP
#include <arm_acle.h>

static int32_t add_four(RAREFY_CONST int8_t *weights, const int8_t *input, int32_t sum)
{
    uint32_t four, read;
    memcpy(&four, weights, 4);
    memcpy(&read, input, 4);
    sum = __smlad(__sxtb16(four), __sxtb16(read), sum);
    return __smlad(__sxtb16(four >> 8), __sxtb16(read >> 8), sum);
}
#else
static int32_t add_four(RAREFY_CONST int8_t *weights, const int8_t *input, int32_t sum)
{
    int at;
    for (at = 0; at < 4; at++) {
        sum += weights[at] * input[at];
    }
    return sum;
}
#endif

