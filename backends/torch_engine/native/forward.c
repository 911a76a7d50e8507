/* Forward pass of a model of the Llama family with 8-bit weights, on a CPU.

   Compiled on the machine that runs it (see build.py), so that it uses that processor's instructions. Weights
   and activations are 8-bit integers, one scale an output and one a token; everything else is float32. Each
   token is computed by the same operations in the same order, however many others are in the step: what is
   batched together does not change a text. */

#include <immintrin.h>
#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(__AVX512VNNI__) && defined(__AVX512BW__)
#define LANES 16
#define ROWS 8 /* of a tile: its sums and the weights stay in registers */
typedef __m512i bytes_v;
#define LOAD(p) _mm512_loadu_si512(p)
#define SPREAD(p) _mm512_set1_epi32(*(const int32_t *)(p))
#define DOT4(sum, u, s) _mm512_dpbusd_epi32(sum, u, s)
#elif defined(__AVX2__)
#define LANES 8
#define ROWS 4
typedef __m256i bytes_v;
#define LOAD(p) _mm256_loadu_si256((const __m256i *)(p))
#define SPREAD(p) _mm256_set1_epi32(*(const int32_t *)(p))
#if defined(__AVX512VNNI__) && defined(__AVX512VL__)
#define DOT4(sum, u, s) _mm256_dpbusd_epi32(sum, u, s)
#elif defined(__AVXVNNI__)
#define DOT4(sum, u, s) _mm256_dpbusd_avx_epi32(sum, u, s)
#else
/* Even and odd bytes by themselves: products of pairs of bytes would overflow 16 bits. */
static inline __m256i DOT4(__m256i sum, __m256i u, __m256i s) {
    __m256i even = _mm256_madd_epi16(_mm256_and_si256(u, _mm256_set1_epi16(255)),
                                     _mm256_srai_epi16(_mm256_slli_epi16(s, 8), 8));
    __m256i odd = _mm256_madd_epi16(_mm256_srli_epi16(u, 8), _mm256_srai_epi16(s, 8));
    return _mm256_add_epi32(sum, _mm256_add_epi32(even, odd));
}
#endif
#else
#error "this processor has no AVX2"
#endif

#ifndef AHEAD
#define AHEAD 2048
#endif
#define UNROLL _Pragma("GCC unroll 16")
#define UNROLLED static inline __attribute__((always_inline))
#define ZERO 128 /* activations are shifted to unsigned bytes */

typedef float floats_v __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef int32_t ints_v __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

/* Linear layer. weight: [blocks][in / 4][LANES][4]; shift: ZERO times the sum of an output's weights. down is
   [rank, in], up [rank, blocks * LANES]: an adapter's. */
typedef struct {
    const int8_t *weight;
    const float *scale;
    const int32_t *shift;
    const float *bias, *down, *up;
    int32_t in, out, rank, unused;
} linear_t;

typedef struct {
    linear_t qkv, o, gate_up, down;
    const float *norm_in, *norm_out, *q_norm, *k_norm;
    int32_t window, unused;
} layer_t;

typedef struct {
    const layer_t *layers;
    linear_t head;
    const float *norm, *inv_freq;
    int32_t count, hidden, inner, heads, kv_heads, head_dim;
    float eps, rotary_scale;
} model_t;

/* x: [rows, hidden], embeddings, overwritten; kv: [layers, 2, slots, kv_heads, capacity, head_dim]. Positions
   below `shared` are read from the slot `base` of a row, which holds the same values there. */
typedef struct {
    float *x, *kv, *logits;
    const int32_t *position, *slot, *base, *adapted, *last;
    int64_t slots, capacity;
    int32_t rows, wanted, shared, threads;
} step_t;

/* Memory of a step. */
typedef struct {
    uint8_t *bytes;   /* [rows, wide]: input of a linear layer, quantised */
    float *scale;     /* [rows] */
    float *narrow;    /* [rows, rank]: input of the adapter's second matrix */
    float *y, *z;     /* [rows, wide]: outputs of linear layers; input of the next */
    float *rotation;  /* [rows, 2, head_dim / 2] */
    float *scores;    /* [threads, groups, longest] */
    int64_t wide, rank, longest;
} work_t;

typedef struct {
    const model_t *model;
    const step_t *step;
    work_t *work;
    int threads;
    atomic_int next, arrived, round, left;
} run_t;

/* --- threads ---------------------------------------------------------------------------------------------- */

static void barrier(run_t *run) {
    int round = atomic_load_explicit(&run->round, memory_order_acquire);
    if (atomic_fetch_add(&run->arrived, 1) == run->threads - 1) {
        atomic_store(&run->arrived, 0);
        atomic_store(&run->next, 0);
        atomic_store_explicit(&run->round, round + 1, memory_order_release);
        return;
    }
    for (int spins = 0; atomic_load_explicit(&run->round, memory_order_acquire) == round; spins++) {
        if (spins < 400) _mm_pause();
        else sched_yield();
    }
}

/* Runs a statement for each task, by whichever thread is free, and waits for all. */
#define FOR_EACH(run, task, tasks, ...)                                                        \
    do {                                                                                       \
        for (int task; (task = atomic_fetch_add(&(run)->next, 1)) < (tasks);) { __VA_ARGS__; } \
        barrier(run);                                                                          \
    } while (0)

/* --- linear layers ---------------------------------------------------------------------------------------- */

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
    UNROLL for (int i = 0; i < rows; i++)
        UNROLL for (int j = 0; j < blocks; j++) sums[i][j] = (ints_v){0};
    const int quads = l->in / 4;
    const int8_t *weight = l->weight + (int64_t)block * quads * LANES * 4;
    const uint8_t *bytes = w->bytes + row * w->wide;
    for (int at = 0; at < quads; at++) {
        bytes_v s[4];
        UNROLL for (int j = 0; j < blocks; j++) {
            s[j] = LOAD(weight + ((int64_t)j * quads + at) * LANES * 4);
            _mm_prefetch(weight + ((int64_t)j * quads + at) * LANES * 4 + AHEAD, _MM_HINT_T0);
        }
        UNROLL for (int i = 0; i < rows; i++) {
            bytes_v u = SPREAD(bytes + i * w->wide + 4 * at);
            UNROLL for (int j = 0; j < blocks; j++) sums[i][j] = (ints_v)DOT4((bytes_v)sums[i][j], u, s[j]);
        }
    }
    UNROLL for (int j = 0; j < blocks; j++) {
        const int column = (block + j) * LANES;
        const floats_v scale = *(const floats_v *)(l->scale + column);
        const ints_v shift = *(const ints_v *)(l->shift + column);
        UNROLL for (int i = 0; i < rows; i++) {
            floats_v out = __builtin_convertvector(sums[i][j] - shift, floats_v) * scale * w->scale[row + i];
            if (l->bias) out += *(const floats_v *)(l->bias + column);
            if (l->up && adapted[row + i])
                for (int r = 0; r < l->rank; r++)
                    out += w->narrow[(row + i) * w->rank + r]
                         * *(const floats_v *)(l->up + (int64_t)r * ((l->out + LANES - 1) / LANES * LANES) + column);
            float *to = y + (row + i) * stride + column;
            if (column + LANES <= l->out) *(floats_v *)to = out;
            else for (int lane = 0; column + lane < l->out; lane++) to[lane] = out[lane];
        }
    }
}

static void tiles(const linear_t *l, const work_t *w, const int32_t *adapted, float *y, int64_t stride,
                  int rows, int block, int end) {
#define TILE(m, n) tile(l, w, adapted, y, stride, row, m, at, n)
#define COLUMNS(m, n)                                   \
    {                                                   \
        int at = block;                                 \
        for (; at + n <= end; at += n) TILE(m, n);      \
        for (; at < end; at++) TILE(m, 1);              \
        break;                                          \
    }
    int row = 0;
    for (; row + ROWS <= rows; row += ROWS)
        do COLUMNS(ROWS, 2) while (0);
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

static void multiply(run_t *run, const linear_t *l, const int32_t *adapted, int rows, float *y, int64_t stride) {
    const int blocks = (l->out + LANES - 1) / LANES, share = blocks / (run->threads * 6);
    const int chunk = share < 4 ? 4 : share / 4 * 4;
    FOR_EACH(run, task, (blocks + chunk - 1) / chunk, {
        int begin = task * chunk, end = begin + chunk < blocks ? begin + chunk : blocks;
        tiles(l, run->work, adapted, y, stride, rows, begin, end);
    });
}

/* --- rows ------------------------------------------------------------------------------------------------- */

UNROLLED float total(floats_v v) {
#if LANES == 16
    return _mm512_reduce_add_ps((__m512)v);
#else
    __m128 sum = _mm_add_ps(_mm256_castps256_ps128((__m256)v), _mm256_extractf128_ps((__m256)v, 1));
    sum = _mm_add_ps(sum, _mm_movehl_ps(sum, sum));
    return _mm_cvtss_f32(_mm_add_ss(sum, _mm_movehdup_ps(sum)));
#endif
}

/* The sums over the lanes of four. */
UNROLLED __m128 totals(const floats_v v[4]) {
#if LANES == 16
    const __m512 ab = _mm512_add_ps(_mm512_unpacklo_ps((__m512)v[0], (__m512)v[1]), _mm512_unpackhi_ps((__m512)v[0], (__m512)v[1]));
    const __m512 cd = _mm512_add_ps(_mm512_unpacklo_ps((__m512)v[2], (__m512)v[3]), _mm512_unpackhi_ps((__m512)v[2], (__m512)v[3]));
    const __m512 lo = _mm512_castpd_ps(_mm512_unpacklo_pd(_mm512_castps_pd(ab), _mm512_castps_pd(cd)));
    const __m512 hi = _mm512_castpd_ps(_mm512_unpackhi_pd(_mm512_castps_pd(ab), _mm512_castps_pd(cd)));
    const __m512 whole = _mm512_add_ps(lo, hi);
    const __m256 half = _mm256_add_ps(_mm512_castps512_ps256(whole), _mm512_extractf32x8_ps(whole, 1));
#else
    const __m256 half = _mm256_hadd_ps(_mm256_hadd_ps((__m256)v[0], (__m256)v[1]), _mm256_hadd_ps((__m256)v[2], (__m256)v[3]));
#endif
    return _mm_add_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
}

static float product(const float *a, const float *b, int size) {
    floats_v sum = {0};
    for (int at = 0; at < size; at += LANES) sum += *(const floats_v *)(a + at) * *(const floats_v *)(b + at);
    return total(sum);
}

UNROLLED floats_v pick(ints_v where, floats_v a, floats_v b) {
    return (floats_v)(((ints_v)a & where) | ((ints_v)b & ~where));
}

UNROLLED floats_v larger(floats_v a, floats_v b) { return pick(a > b, a, b); }

UNROLLED float greatest(floats_v v) {
    float most = v[0];
    UNROLL for (int lane = 1; lane < LANES; lane++) most = v[lane] > most ? v[lane] : most;
    return most;
}

UNROLLED floats_v exponential(floats_v x) { /* relative error below 2e-7 between -87 and 88 */
    const floats_v none = {0};
    x = larger(x, none - 87.0f);
    x = pick(x > 88.0f, none + 88.0f, x);
    const floats_v scaled = x * 1.44269504f;
    const ints_v whole = __builtin_convertvector(scaled + pick(scaled < 0, none - 0.5f, none + 0.5f), ints_v);
    const floats_v n = __builtin_convertvector(whole, floats_v);
    const floats_v r = x - n * 0.693359375f + n * 2.12194440e-4f;
    floats_v p = r * 1.9875691500e-4f + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    return p * (floats_v)((whole + 127) << 23);
}

/* Quantises the input of a linear layer, and multiplies it with the adapter's first matrix. */
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
        const ints_v v = __builtin_convertvector(*(const floats_v *)(from + at) * factor + (ZERO + 0.5f), ints_v);
        *(lanes_v *)(to + at) = __builtin_convertvector(v, lanes_v);
    }
    if (l->down && adapted)
        for (int r = 0; r < l->rank; r++)
            w->narrow[row * w->rank + r] = product(from, l->down + (int64_t)r * l->in, l->in);
}

static void normalise(float *to, const float *from, const float *weight, int size, float eps) {
    const float factor = 1 / sqrtf(product(from, from, size) / size + eps);
    for (int at = 0; at < size; at += LANES)
        *(floats_v *)(to + at) = *(const floats_v *)(from + at) * factor * *(const floats_v *)(weight + at);
}

static void add(float *to, const float *from, int size) {
    for (int at = 0; at < size; at += LANES) *(floats_v *)(to + at) += *(const floats_v *)(from + at);
}

/* --- attention -------------------------------------------------------------------------------------------- */

static float *cached(const run_t *run, int layer, int value, int slot, int head) {
    const model_t *m = run->model;
    const step_t *s = run->step;
    return s->kv + ((((int64_t)layer * 2 + value) * s->slots + slot) * m->kv_heads + head) * s->capacity * m->head_dim;
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
    UNROLL for (int g = 0; g < count; g++) {
        UNROLL for (int p = 0; p < parts; p++) queries[g][p] = *(const floats_v *)(q + g * size + p * LANES) * scale;
    }
    int at = begin;
    for (; at + 4 <= end; at += 4) { /* four keys together: their sums over lanes take a third of the time */
        const float *keys[4];
        UNROLL for (int n = 0; n < 4; n++) keys[n] = (at + n < shared ? common : own) + (int64_t)(at + n) * size;
        UNROLL for (int g = 0; g < count; g++) {
            floats_v parted[4];
            UNROLL for (int n = 0; n < 4; n++) {
                parted[n] = queries[g][0] * *(const floats_v *)keys[n];
                UNROLL for (int p = 1; p < parts; p++) parted[n] += queries[g][p] * *(const floats_v *)(keys[n] + p * LANES);
            }
            _mm_storeu_ps(scores + g * stride + at - begin, totals(parted));
        }
    }
    for (; at < end; at++) {
        const float *key = (at < shared ? common : own) + (int64_t)at * size;
        for (int g = 0; g < count; g++) {
            floats_v parted[4] = {{0}};
            parted[0] = queries[g][0] * *(const floats_v *)key;
            UNROLL for (int p = 1; p < parts; p++) parted[0] += queries[g][p] * *(const floats_v *)(key + p * LANES);
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
    UNROLL for (int g = 0; g < count; g++)
        UNROLL for (int p = 0; p < parts; p++) sums[g][p] = (floats_v){0};
    for (at = begin; at < end; at++) {
        const float *value = (at < shared ? common_values : own_values) + (int64_t)at * size;
        UNROLL for (int p = 0; p < parts; p++) {
            const floats_v v = *(const floats_v *)(value + p * LANES);
            UNROLL for (int g = 0; g < count; g++) sums[g][p] += v * scores[g * stride + at - begin];
        }
    }
    UNROLL for (int g = 0; g < count; g++)
        UNROLL for (int p = 0; p < parts; p++) *(floats_v *)(out + g * size + p * LANES) = sums[g][p] * weight[g];
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
#define LOOK(n, parts)                                                                                          \
    for (; groups - g >= n; g += n)                                                                             \
    look(q + g * size, kc, k, vc, v, out + g * size, scores, run->work->longest, begin, end, shared, scale, n, parts)
    int g = 0;
    if (size == 64) { LOOK(4, 64 / LANES); LOOK(3, 64 / LANES); LOOK(2, 64 / LANES); LOOK(1, 64 / LANES); }
    else if (size == 128) { LOOK(2, 128 / LANES); LOOK(1, 128 / LANES); }
    else LOOK(1, size / LANES);
#undef LOOK
}

/* --- the step --------------------------------------------------------------------------------------------- */

static void compute(run_t *run, int thread) {
    const model_t *m = run->model;
    const step_t *s = run->step;
    work_t *w = run->work;
    const int rows = s->rows, hidden = m->hidden, wide = w->wide;
    float *scores = w->scores + (int64_t)thread * (m->heads / m->kv_heads) * w->longest;
    for (int number = 0; number < m->count; number++) {
        const layer_t *l = m->layers + number;
        FOR_EACH(run, row, rows, {
            float *x = s->x + (int64_t)row * hidden, *z = w->z + row * wide;
            if (number) add(x, w->y + row * wide, hidden);
            else for (int at = 0; at < m->head_dim / 2; at++) {
                const float angle = s->position[row] * m->inv_freq[at];
                w->rotation[(int64_t)row * m->head_dim + at] = cosf(angle) * m->rotary_scale;
                w->rotation[(int64_t)row * m->head_dim + m->head_dim / 2 + at] = sinf(angle) * m->rotary_scale;
            }
            normalise(z, x, l->norm_in, hidden, m->eps);
            take(w, &l->qkv, z, row, s->adapted[row]);
        });
        multiply(run, &l->qkv, s->adapted, rows, w->y, wide);
        FOR_EACH(run, row, rows, place(run, l, number, row));
        /* Rows that share a prefix take their turns with one key head after the other: it stays in the cache. */
        FOR_EACH(run, task, rows * m->kv_heads, attend(run, l, number, task % rows, task / rows, scores));
        FOR_EACH(run, row, rows, take(w, &l->o, w->z + row * wide, row, s->adapted[row]));
        multiply(run, &l->o, s->adapted, rows, w->y, wide);
        FOR_EACH(run, row, rows, {
            float *x = s->x + (int64_t)row * hidden, *z = w->z + row * wide;
            add(x, w->y + row * wide, hidden);
            normalise(z, x, l->norm_out, hidden, m->eps);
            take(w, &l->gate_up, z, row, s->adapted[row]);
        });
        multiply(run, &l->gate_up, s->adapted, rows, w->y, wide);
        FOR_EACH(run, row, rows, {
            float *gate = w->y + row * wide;
            const float *up = gate + m->inner;
            for (int at = 0; at < m->inner; at += LANES) {
                const floats_v v = *(floats_v *)(gate + at);
                *(floats_v *)(gate + at) = v / (exponential(-v) + 1.0f) * *(const floats_v *)(up + at);
            }
            take(w, &l->down, gate, row, s->adapted[row]);
        });
        multiply(run, &l->down, s->adapted, rows, w->y, wide);
    }
    /* The last tokens' rows, in the order in which their logits are wanted, move to the front. */
    FOR_EACH(run, at, s->wanted, {
        const int row = s->last[at];
        float *x = s->x + (int64_t)row * hidden, *z = w->z + at * wide;
        add(x, w->y + row * wide, hidden);
        normalise(z, x, m->norm, hidden, m->eps);
        take(w, &m->head, z, at, s->adapted[row]);
    });
    int32_t adapted[s->wanted];
    for (int at = 0; at < s->wanted; at++) adapted[at] = s->adapted[s->last[at]];
    multiply(run, &m->head, adapted, s->wanted, s->logits, m->head.out);
}

/* --- helping threads, which live as long as the process --------------------------------------------------- */

#define MOST_HELPERS 255
static pthread_mutex_t in_use = PTHREAD_MUTEX_INITIALIZER; /* by one step at a time */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t came = PTHREAD_COND_INITIALIZER;
static run_t *posted;
static int posted_threads, helpers;
static long posts;

static void *help(void *number) {
    const int thread = (int)(intptr_t)number;
    for (long seen = 0;;) {
        pthread_mutex_lock(&lock);
        while (posts == seen) pthread_cond_wait(&came, &lock);
        seen = posts;
        run_t *run = thread < posted_threads ? posted : NULL;
        pthread_mutex_unlock(&lock);
        if (run) {
            compute(run, thread);
            atomic_fetch_add(&run->left, 1);
        }
    }
    return NULL;
}

static void start_helpers(int wanted) {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    for (pthread_t thread; helpers < wanted && helpers < MOST_HELPERS; helpers++)
        if (pthread_create(&thread, &attributes, help, (void *)(intptr_t)(helpers + 1))) break;
    pthread_attr_destroy(&attributes);
}

static void post(run_t *run, int threads) {
    pthread_mutex_lock(&lock);
    posted = run;
    posted_threads = threads;
    if (run) {
        posts++;
        pthread_cond_broadcast(&came);
    }
    pthread_mutex_unlock(&lock);
}

/* --- calls from Python ------------------------------------------------------------------------------------ */

static int64_t rounded(int64_t size) { return (size + 63) / 64 * 64; }

/* Lays out the memory of a step; returns its bytes. */
static int64_t lay_out(const model_t *m, const step_t *s, char *memory, work_t *w) {
    int64_t used = 0;
    int rank = m->head.rank;
    w->wide = 0;
    for (int number = 0; number < m->count; number++) {
        const linear_t *l[] = {&m->layers[number].qkv, &m->layers[number].o, &m->layers[number].gate_up,
                               &m->layers[number].down};
        for (int at = 0; at < 4; at++) {
            if (l[at]->in > w->wide) w->wide = l[at]->in;
            if (l[at]->out > w->wide) w->wide = l[at]->out;
            if (l[at]->rank > rank) rank = l[at]->rank;
        }
    }
    w->wide = rounded(w->wide);
    w->rank = rank;
    w->longest = 0;
    for (int row = 0; row < s->rows; row++)
        if (s->position[row] >= w->longest) w->longest = s->position[row] + 1;
    w->longest = rounded(w->longest);
#define PART(field, count) (w->field = (void *)(memory + used), used += rounded((int64_t)sizeof(*w->field) * (count)))
    PART(bytes, s->rows * w->wide);
    PART(scale, s->rows);
    PART(narrow, s->rows * w->rank);
    PART(y, s->rows * w->wide);
    PART(z, s->rows * w->wide);
    PART(rotation, (int64_t)s->rows * m->head_dim);
    PART(scores, s->threads * (m->heads / m->kv_heads) * w->longest);
#undef PART
    return used;
}

/* Computes a step in `memory`, of `size` bytes; returns 0, or the bytes that it takes where these are too few. */
int64_t sot_step(const model_t *model, const step_t *step, void *memory, int64_t size) {
    work_t work;
    const int64_t needed = lay_out(model, step, memory, &work);
    if (needed > size) return needed;
    run_t run = {.model = model, .step = step, .work = &work, .threads = 1};
    const int together = step->threads > 1 && !pthread_mutex_trylock(&in_use);
    if (together) {
        start_helpers(step->threads - 1);
        run.threads = step->threads <= helpers ? step->threads : helpers + 1;
        post(&run, run.threads);
    }
    compute(&run, 0);
    if (together) {
        while (atomic_load(&run.left) < run.threads - 1) sched_yield();
        post(NULL, 0);
        pthread_mutex_unlock(&in_use);
    }
    return 0;
}
