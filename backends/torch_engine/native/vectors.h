/* Vectors of float32 and of 8-bit products, as wide as the processor has them. */

#pragma once

#include <immintrin.h>
#include <stdint.h>

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
    const __m512 ab = _mm512_add_ps(_mm512_unpacklo_ps((__m512)v[0], (__m512)v[1]),
                                    _mm512_unpackhi_ps((__m512)v[0], (__m512)v[1]));
    const __m512 cd = _mm512_add_ps(_mm512_unpacklo_ps((__m512)v[2], (__m512)v[3]),
                                    _mm512_unpackhi_ps((__m512)v[2], (__m512)v[3]));
    const __m512 lo = _mm512_castpd_ps(_mm512_unpacklo_pd(_mm512_castps_pd(ab), _mm512_castps_pd(cd)));
    const __m512 hi = _mm512_castpd_ps(_mm512_unpackhi_pd(_mm512_castps_pd(ab), _mm512_castps_pd(cd)));
    const __m512 whole = _mm512_add_ps(lo, hi);
    const __m256 half = _mm256_add_ps(_mm512_castps512_ps256(whole), _mm512_extractf32x8_ps(whole, 1));
#else
    const __m256 half = _mm256_hadd_ps(_mm256_hadd_ps((__m256)v[0], (__m256)v[1]),
                                       _mm256_hadd_ps((__m256)v[2], (__m256)v[3]));
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
    UNROLL
    for (int lane = 1; lane < LANES; lane++) most = v[lane] > most ? v[lane] : most;
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
