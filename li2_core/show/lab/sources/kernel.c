// What a training step of the two-layer network spends its time on. Numbers are float32, tables
// of numbers lie row by row, and a name that ends in _row says how far apart rows are. plain.js
// holds the same functions in JavaScript. `make kernel` compiles this file.

#define EXPORT(name) __attribute__((export_name(#name))) void name

typedef unsigned int count;
typedef float four __attribute__((vector_size(16)));
typedef float four_anywhere __attribute__((vector_size(16), aligned(4)));

enum { TALL = 4, WIDE = 8, DEEP = 256 };

// A strip of B, WIDE columns of DEEP rows, packed so that it stays in the cache.
static float strip[DEEP * WIDE] __attribute__((aligned(16)));

static void pack(const float *B, count B_row, count width, count depth) {
  for (count l = 0; l < depth; l++)
    for (count j = 0; j < WIDE; j++) strip[l * WIDE + j] = j < width ? B[l * B_row + j] : 0;
}

// A tile of C, `tall` rows by WIDE columns, is summed up in registers: eight sums of four numbers,
// while each number that is loaded serves in several products. A(i, l) is A[i A_row + l A_step].
static inline __attribute__((always_inline)) void tile(
    float *C, count C_row, const float *A, count A_row, count A_step,
    const count tall, count width, count depth, int add) {
  four sum[TALL][2];
  for (count i = 0; i < tall; i++) sum[i][0] = sum[i][1] = (four){0, 0, 0, 0};
  for (count l = 0; l < depth; l++) {
    const four *b = (const four *)(strip + l * WIDE);
    for (count i = 0; i < tall; i++) {
      float a = A[i * A_row + l * A_step];
      sum[i][0] += a * b[0];
      sum[i][1] += a * b[1];
    }
  }
  for (count i = 0; i < tall; i++) {
    float *c = C + i * C_row;
    if (width == WIDE) {
      four_anywhere *whole = (four_anywhere *)c;
      whole[0] = add ? whole[0] + sum[i][0] : sum[i][0];
      whole[1] = add ? whole[1] + sum[i][1] : sum[i][1];
    } else {
      for (count j = 0; j < width; j++) c[j] = (add ? c[j] : 0) + sum[i][j / 4][j % 4];
    }
  }
}

// C = A B, or C += A B: C is (m, n), A (m, k), B (k, n).
EXPORT(product)(float *C, count C_row, const float *A, count A_row, count A_step,
                const float *B, count B_row, count m, count n, count k, int add) {
  for (count l = 0; l < k; l += DEEP) {
    count depth = k - l < DEEP ? k - l : DEEP;
    for (count j = 0; j < n; j += WIDE) {
      count width = n - j < WIDE ? n - j : WIDE, i = 0;
      pack(B + l * B_row + j, B_row, width, depth);
      const float *a = A + l * A_step;
      for (; i + TALL <= m; i += TALL)
        tile(C + i * C_row + j, C_row, a + i * A_row, A_row, A_step, TALL, width, depth, add || l);
      for (; i < m; i++)
        tile(C + i * C_row + j, C_row, a + i * A_row, A_row, A_step, 1, width, depth, add || l);
    }
  }
}

// H = X W and F = s(H) for n pairs, whose rows of W are `first` and `second`; s is x^2 or ReLU.
EXPORT(features)(float *restrict H, float *restrict F, const float *restrict W,
                 const count *first, const count *second, count n, count K, int relu) {
  for (count i = 0; i < n; i++, H += K, F += K) {
    const float *a = W + first[i] * K, *b = W + second[i] * K;
    for (count j = 0; j < K; j++) H[j] = a[j] + b[j];
    if (relu) for (count j = 0; j < K; j++) F[j] = H[j] > 0 ? H[j] : 0;
    else for (count j = 0; j < K; j++) F[j] = H[j] * H[j];
  }
}

// G += X' (D s'(H)): what each pair says is added to the two rows of W that it read.
EXPORT(scatter)(float *restrict G, const float *restrict D, const float *restrict H,
                const count *first, const count *second, count n, count K, int relu) {
  for (count i = 0; i < n; i++, H += K, D += K) {
    for (count half = 0; half < 2; half++) {
      float *g = G + (half ? second[i] : first[i]) * K;
      if (relu) for (count j = 0; j < K; j++) g[j] += H[j] > 0 ? D[j] : 0;
      else for (count j = 0; j < K; j++) g[j] += 2 * D[j] * H[j];
    }
  }
}

// C = V minus its mean over the M classes, and T = scale C', whose rows are T_row long.
EXPORT(centre)(float *C, float *T, const float *V, count M, count K, count T_row, float scale) {
  for (count j = 0; j < K; j++) C[j] = 0;
  for (count i = 0; i < M; i++)
    for (count j = 0; j < K; j++) C[j] += V[i * K + j];
  for (count j = 0; j < K; j++) {
    float mean = C[j] / M;
    for (count i = 0; i < M; i++) {
      C[i * K + j] = V[i * K + j] - mean;
      T[j * T_row + i] = scale * C[i * K + j];
    }
  }
}

// Outputs O become factor (O - Y), with Y the one-hot answers minus their mean 1/M.
EXPORT(errors)(float *O, const count *answers, count n, count M, count O_row, float factor) {
  for (count i = 0; i < n; i++, O += O_row) {
    for (count j = 0; j < M; j++) O[j] = factor * (O[j] + 1.0f / M);
    O[answers[i]] -= factor;
  }
}

// The sum of |O - Y|^2, and for each pair whether its largest output is at the answer.
__attribute__((export_name("judge"))) double judge(
    unsigned char *right, const float *O, const count *answers, count n, count M, count O_row) {
  double loss = 0;
  for (count i = 0; i < n; i++, O += O_row) {
    count best = 0;
    for (count j = 0; j < M; j++) {
      double error = (double)O[j] + 1.0 / M - (j == answers[i]);
      loss += error * error;
      if (O[j] > O[best]) best = j;
    }
    right[i] = best == answers[i];
  }
  return loss;
}

// Adam with decay in the gradient G; `rate` is lr / (1 - .9^t), `level` is 1 / sqrt(1 - .999^t).
EXPORT(adam)(float *restrict W, const float *restrict G, float *restrict mean,
             float *restrict square, count n, float rate, float level, float decay) {
  for (count i = 0; i < n; i++) {
    float g = G[i] + decay * W[i];
    mean[i] += 0.1f * (g - mean[i]);
    square[i] = 0.999f * square[i] + 0.001f * (g * g);
    W[i] -= rate * mean[i] / (__builtin_sqrtf(square[i]) * level + 1e-8f);
  }
}
