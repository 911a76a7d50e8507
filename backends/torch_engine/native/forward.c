/* Forward pass of a model of the Llama family with 8-bit weights, on a CPU.

   Compiled on the machine that runs it (see build.py), so that it uses that processor's instructions. Weights
   and activations are 8-bit integers, one scale an output and one a token; everything else is float32. Each
   token is computed by the same operations in the same order, however many others are in the step: what is
   batched together does not change a text. */

#include <pthread.h>

#include "attention.h"
#include "linear.h"

/* --- the step ------------------------------------------------------------------------------------------ */

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
            else
                for (int at = 0; at < m->head_dim / 2; at++) {
                    const float angle = s->position[row] * m->inv_freq[at];
                    w->rotation[(int64_t)row * m->head_dim + at] = cosf(angle) * m->rotary_scale;
                    w->rotation[(int64_t)row * m->head_dim + m->head_dim / 2 + at] =
                        sinf(angle) * m->rotary_scale;
                }
            normalise(z, x, l->norm_in, hidden, m->eps);
            take(w, &l->qkv, z, row, s->adapted[row]);
        });
        multiply(run, &l->qkv, s->adapted, rows, w->y, wide);
        FOR_EACH(run, row, rows, place(run, l, number, row));
        /* Rows that share a prefix take turns with one key head after the other, which stays in the cache. */
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

/* --- helping threads, which live as long as the process ------------------------------------------------ */

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

/* --- calls from Python --------------------------------------------------------------------------------- */

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
#define PART(field, count)                                                                                   \
    (w->field = (void *)(memory + used), used += rounded((int64_t)sizeof(*w->field) * (count)))
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

/* Computes a step in `memory`, of `size` bytes; returns 0, or the bytes it takes where these are too few. */
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
