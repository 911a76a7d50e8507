/* Model, step and the memory of a step; threads that compute it together. */

#pragma once

#include <sched.h>
#include <stdatomic.h>

#include "vectors.h"

/* Linear layer. weight: [blocks][in / 4][LANES][4]; shift: ZERO times the sum of an output's weights. down is
   [rank, in], up [rank, blocks * LANES]: those of all adapters; number n has the ranks from bounds[n - 1] to
   bounds[n]. */
typedef struct {
    const int8_t *weight;
    const float *scale;
    const int32_t *shift;
    const float *bias, *down, *up;
    const int32_t *bounds;
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
    uint8_t *bytes;  /* [rows, wide]: input of a linear layer, quantised */
    float *scale;    /* [rows] */
    float *narrow;   /* [rows, rank]: input of the adapter's second matrix */
    float *y, *z;    /* [rows, wide]: outputs of linear layers; input of the next */
    float *rotation; /* [rows, 2, head_dim / 2] */
    float *scores;   /* [threads, groups, longest] */
    int64_t wide, rank, longest;
} work_t;

typedef struct {
    const model_t *model;
    const step_t *step;
    work_t *work;
    int threads;
    atomic_int next, arrived, round, left;
} run_t;

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
#define FOR_EACH(run, task, tasks, ...)                                                                      \
    do {                                                                                                     \
        for (int task; (task = atomic_fetch_add(&(run)->next, 1)) < (tasks);) {                              \
            __VA_ARGS__;                                                                                     \
        }                                                                                                    \
        barrier(run);                                                                                        \
    } while (0)
