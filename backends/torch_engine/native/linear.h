/* Linear layers with 8-bit weights and activations. */

#pragma once

#include <limits.h>

#include "step.h"

int sot_lanes(void) { return LANES; }

/* Packs weights [out, in] as the layers take them. */
void sot_pack(const int8_t *weight, int out, int in, int8_t *packed, int32_t *shift) {
    int blocks = (out + LANES - 1) / LANES;
    for (int block = 0; block < blocks; block++)
        for (int lane = 0; lane < LANES; lane++) {
            int row = block * LANES + lane;
            int32_t sum = 0;
            for (int at = 0; at < in; at++) {
                int8_t value = row < out ? weight[(int64_t)row * in + at] : 0;
                packed[((int64_t)block * (in / 4) + at / 4) * LANES * 4 + lane * 4 + at % 4] = value;
                sum += value;
            }
            shift[row] = ZERO * sum;
        }
}

UNROLLED void tile(const linear_t *l, const work_t *w, const int32_t *adapted, float *y, int64_t stride,
                   int row, const int rows, int block, const int blocks) {
    ints_v sums[ROWS][4];
    UNROLL
    for (int i = 0; i < rows; i++) UNROLL
    for (int j = 0; j < blocks; j++) sums[i][j] = (ints_v){0};
    const int quads = l->in / 4;
    const int8_t *weight = l->weight + (int64_t)block * quads * LANES * 4;
    const uint8_t *bytes = w->bytes + row * w->wide;
    for (int at = 0; at < quads; at++) {
        bytes_v s[4];
        UNROLL
        for (int j = 0; j < blocks; j++) {
            s[j] = LOAD(weight + ((int64_t)j * quads + at) * LANES * 4);
            _mm_prefetch(weight + ((int64_t)j * quads + at) * LANES * 4 + AHEAD, _MM_HINT_T0);
        }
        UNROLL
        for (int i = 0; i < rows; i++) {
            bytes_v u = SPREAD(bytes + i * w->wide + 4 * at);
            UNROLL
            for (int j = 0; j < blocks; j++) sums[i][j] = (ints_v)DOT4((bytes_v)sums[i][j], u, s[j]);
        }
    }
    UNROLL
    for (int j = 0; j < blocks; j++) {
        const int column = (block + j) * LANES;
        const floats_v scale = *(const floats_v *)(l->scale + column);
        const ints_v shift = *(const ints_v *)(l->shift + column);
        UNROLL
        for (int i = 0; i < rows; i++) {
            floats_v out = __builtin_convertvector(sums[i][j] - shift, floats_v) * scale * w->scale[row + i];
            if (l->bias) out += *(const floats_v *)(l->bias + column);
            if (l->up && adapted[row + i])
                for (int r = l->bounds[adapted[row + i] - 1]; r < l->bounds[adapted[row + i]]; r++)
                    out += w->narrow[(row + i) * w->rank + r] *
                           *(const floats_v *)(l->up + (int64_t)r * ((l->out + LANES - 1) / LANES * LANES) +
                                               column);
            float *to = y + (row + i) * stride + column;
            if (column + LANES <= l->out) *(floats_v *)to = out;
            else
                for (int lane = 0; column + lane < l->out; lane++) to[lane] = out[lane];
        }
    }
}

static void tiles(const linear_t *l, const work_t *w, const int32_t *adapted, float *y, int64_t stride,
                  int rows, int block, int end) {
#define TILE(m, n) tile(l, w, adapted, y, stride, row, m, at, n)
#define COLUMNS(m, n)                                                                                        \
    {                                                                                                        \
        int at = block;                                                                                      \
        for (; at + n <= end; at += n) TILE(m, n);                                                           \
        for (; at < end; at++) TILE(m, 1);                                                                   \
        break;                                                                                               \
    }
    int row = 0;
    for (; row + ROWS <= rows; row += ROWS) do
            COLUMNS(ROWS, 2) while (0);
    switch (rows - row) {
    case 1: COLUMNS(1, 4)
    case 2: COLUMNS(2, 4)
    case 3: COLUMNS(3, 2)
#if ROWS > 4
    case 4: COLUMNS(4, 2)
    case 5: COLUMNS(5, 2)
    case 6: COLUMNS(6, 2)
    case 7: COLUMNS(7, 2)
#endif
    }
#undef COLUMNS
#undef TILE
}

static void multiply(run_t *run, const linear_t *l, const int32_t *adapted, int rows, float *y,
                     int64_t stride) {
    const int blocks = (l->out + LANES - 1) / LANES, share = blocks / (run->threads * 6);
    const int chunk = share < 4 ? 4 : share / 4 * 4;
    FOR_EACH(run, task, (blocks + chunk - 1) / chunk, {
        int begin = task * chunk, end = begin + chunk < blocks ? begin + chunk : blocks;
        tiles(l, run->work, adapted, y, stride, rows, begin, end);
    });
}

/* Quantises the input of a linear layer, and multiplies it with the first matrix of the token's adapter. */
static void take(work_t *w, const linear_t *l, const float *from, int row, int adapted) {
    floats_v most = (floats_v){0} + 1e-12f;
    for (int at = 0; at < l->in; at += LANES)
        most = larger((floats_v)(*(const ints_v *)(from + at) & INT_MAX), most);
    const float largest = greatest(most);
    w->scale[row] = largest / 127;
    const float factor = 127 / largest;
    uint8_t *to = w->bytes + row * w->wide;
    for (int at = 0; at < l->in; at += LANES) {
        typedef uint8_t lanes_v __attribute__((vector_size(LANES), aligned(1), may_alias));
        const ints_v v =
            __builtin_convertvector(*(const floats_v *)(from + at) * factor + (ZERO + 0.5f), ints_v);
        *(lanes_v *)(to + at) = __builtin_convertvector(v, lanes_v);
    }
    if (l->down && adapted)
        for (int r = l->bounds[adapted - 1]; r < l->bounds[adapted]; r++)
            w->narrow[row * w->rank + r] = product(from, l->down + (int64_t)r * l->in, l->in);
}
