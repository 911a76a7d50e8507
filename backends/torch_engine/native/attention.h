/* Attention to the cached keys and values. */

#pragma once

#include <math.h>
#include <string.h>

#include "step.h"

static void normalise(float *to, const float *from, const float *weight, int size, float eps) {
    const float factor = 1 / sqrtf(product(from, from, size) / size + eps);
    for (int at = 0; at < size; at += LANES)
        *(floats_v *)(to + at) = *(const floats_v *)(from + at) * factor * *(const floats_v *)(weight + at);
}

static void add(float *to, const float *from, int size) {
    for (int at = 0; at < size; at += LANES) *(floats_v *)(to + at) += *(const floats_v *)(from + at);
}

static float *cached(const run_t *run, int layer, int value, int slot, int head) {
    const model_t *m = run->model;
    const step_t *s = run->step;
    return s->kv + ((((int64_t)layer * 2 + value) * s->slots + slot) * m->kv_heads + head) * s->capacity *
                       m->head_dim;
}

static void rotate(float *head, const float *rotation, int half) {
    for (int at = 0; at < half; at++) {
        const float a = head[at], b = head[at + half], cosine = rotation[at], sine = rotation[at + half];
        head[at] = a * cosine - b * sine;
        head[at + half] = b * cosine + a * sine;
    }
}

/* Rotates the queries and keys of a row, and caches its keys and values. */
static void place(run_t *run, const layer_t *l, int layer, int row) {
    const model_t *m = run->model;
    const step_t *s = run->step;
    const int size = m->head_dim, turned = m->heads + m->kv_heads;
    float *qkv = run->work->y + row * run->work->wide;
    for (int head = 0; head < turned; head++) {
        const float *norm = head < m->heads ? l->q_norm : l->k_norm;
        if (norm) normalise(qkv + head * size, qkv + head * size, norm, size, m->eps);
        rotate(qkv + head * size, run->work->rotation + (int64_t)row * size, size / 2);
    }
    for (int head = 0; head < m->kv_heads; head++) {
        const int64_t at = (int64_t)s->position[row] * size;
        memcpy(cached(run, layer, 0, s->slot[row], head) + at, qkv + (m->heads + head) * size, 4 * size);
        memcpy(cached(run, layer, 1, s->slot[row], head) + at, qkv + (turned + head) * size, 4 * size);
    }
}

#define MOST_PARTS (256 / LANES) /* of a head */

/* Attention of `count` query heads of one row, which share a key head; `parts` is head_dim / LANES. */
UNROLLED void look(const float *q, const float *common, const float *own, const float *common_values,
                   const float *own_values, float *out, float *scores, int64_t stride, int begin, int end,
                   int shared, float scale, const int count, const int parts) {
    const int size = parts * LANES;
    floats_v queries[4][MOST_PARTS];
    UNROLL
    for (int g = 0; g < count; g++) {
        UNROLL
        for (int p = 0; p < parts; p++) queries[g][p] = *(const floats_v *)(q + g * size + p * LANES) * scale;
    }
    int at = begin;
    for (; at + 4 <= end; at += 4) { /* four keys together: their sums over lanes take a third of the time */
        const float *keys[4];
        UNROLL
        for (int n = 0; n < 4; n++) keys[n] = (at + n < shared ? common : own) + (int64_t)(at + n) * size;
        UNROLL
        for (int g = 0; g < count; g++) {
            floats_v parted[4];
            UNROLL
            for (int n = 0; n < 4; n++) {
                parted[n] = queries[g][0] * *(const floats_v *)keys[n];
                UNROLL
                for (int p = 1; p < parts; p++)
                    parted[n] += queries[g][p] * *(const floats_v *)(keys[n] + p * LANES);
            }
            _mm_storeu_ps(scores + g * stride + at - begin, totals(parted));
        }
    }
    for (; at < end; at++) {
        const float *key = (at < shared ? common : own) + (int64_t)at * size;
        for (int g = 0; g < count; g++) {
            floats_v parted[4] = {{0}};
            parted[0] = queries[g][0] * *(const floats_v *)key;
            UNROLL
            for (int p = 1; p < parts; p++) parted[0] += queries[g][p] * *(const floats_v *)(key + p * LANES);
            scores[g * stride + at - begin] = _mm_cvtss_f32(totals(parted));
        }
    }
    float weight[4];
    for (int g = 0; g < count; g++) {
        float *row = scores + g * stride;
        const int seen = end - begin;
        for (int fill = seen; fill % LANES; fill++) row[fill] = -INFINITY;
        floats_v most = *(floats_v *)row, sum = {0};
        for (int part = LANES; part < seen; part += LANES) most = larger(*(floats_v *)(row + part), most);
        const float largest = greatest(most);
        for (int part = 0; part < seen; part += LANES)
            sum += *(floats_v *)(row + part) = exponential(*(floats_v *)(row + part) - largest);
        /* What fills the last lanes has become exp(-87), which is nothing beside the largest score's 1. */
        weight[g] = 1 / total(sum);
    }
    floats_v sums[4][MOST_PARTS];
    UNROLL
    for (int g = 0; g < count; g++) UNROLL
    for (int p = 0; p < parts; p++) sums[g][p] = (floats_v){0};
    for (at = begin; at < end; at++) {
        const float *value = (at < shared ? common_values : own_values) + (int64_t)at * size;
        UNROLL
        for (int p = 0; p < parts; p++) {
            const floats_v v = *(const floats_v *)(value + p * LANES);
            UNROLL
            for (int g = 0; g < count; g++) sums[g][p] += v * scores[g * stride + at - begin];
        }
    }
    UNROLL
    for (int g = 0; g < count; g++) UNROLL
    for (int p = 0; p < parts; p++) *(floats_v *)(out + g * size + p * LANES) = sums[g][p] * weight[g];
}

/* Attention of one row to one key head, by as many of its query heads at once as registers hold. */
static void attend(run_t *run, const layer_t *l, int layer, int row, int head, float *scores) {
    const model_t *m = run->model;
    const step_t *s = run->step;
    const int size = m->head_dim, groups = m->heads / m->kv_heads, end = s->position[row] + 1;
    const int begin = l->window && end > l->window ? end - l->window : 0;
    const int slot = s->slot[row], base = s->base[row], shared = base == slot ? 0 : s->shared;
    const float *k = cached(run, layer, 0, slot, head), *v = cached(run, layer, 1, slot, head);
    const float *kc = cached(run, layer, 0, base, head), *vc = cached(run, layer, 1, base, head);
    const float scale = 1 / sqrtf(size);
    const int64_t from = (int64_t)row * run->work->wide + (int64_t)head * groups * size;
    const float *q = run->work->y + from;
    float *out = run->work->z + from;
#define LOOK(n, parts)                                                                                       \
    for (; groups - g >= n; g += n)                                                                          \
    look(q + g * size, kc, k, vc, v, out + g * size, scores, run->work->longest, begin, end, shared, scale,  \
         n, parts)
    int g = 0;
    if (size == 64) {
        LOOK(4, 64 / LANES);
        LOOK(3, 64 / LANES);
        LOOK(2, 64 / LANES);
        LOOK(1, 64 / LANES);
    } else if (size == 128) {
        LOOK(2, 128 / LANES);
        LOOK(1, 128 / LANES);
    } else LOOK(1, size / LANES);
#undef LOOK
}
