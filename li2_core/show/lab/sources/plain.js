// The kernel in plain JavaScript, for a browser without WebAssembly SIMD: the same functions as in
// kernel.c, where each is explained. A table is given by the place of its first byte.
(() => {
  const DEEP = 256; // rows of B that are packed at a time, four columns wide

  function plainKernel() {
    let floats, counts, bytes;
    const strip = new Float64Array(4 * DEEP);

    function reserve(size) {
      const buffer = new ArrayBuffer(16 + size);
      floats = new Float32Array(buffer, 0, buffer.byteLength >> 2);
      counts = new Uint32Array(buffer, 0, buffer.byteLength >> 2);
      bytes = new Uint8Array(buffer);
      return { buffer, start: 16 };
    }

    function pack(b, bRow, width, depth) {
      for (let l = 0; l < depth; l++)
        for (let j = 0; j < 4; j++) strip[4 * l + j] = j < width ? floats[b + l * bRow + j] : 0;
    }

    // Two rows of C and four columns, summed up in eight variables.
    function tile(c, cRow, a, aRow, aStep, tall, width, depth, add) {
      let s00 = 0, s01 = 0, s02 = 0, s03 = 0, s10 = 0, s11 = 0, s12 = 0, s13 = 0;
      const below = tall === 2 ? aRow : 0;
      for (let l = 0, at = 0; l < depth; l++, at += 4, a += aStep) {
        const a0 = floats[a], a1 = floats[a + below];
        const b0 = strip[at], b1 = strip[at + 1], b2 = strip[at + 2], b3 = strip[at + 3];
        s00 += a0 * b0; s01 += a0 * b1; s02 += a0 * b2; s03 += a0 * b3;
        s10 += a1 * b0; s11 += a1 * b1; s12 += a1 * b2; s13 += a1 * b3;
      }
      const sums = [s00, s01, s02, s03, s10, s11, s12, s13];
      for (let i = 0; i < tall; i++)
        for (let j = 0; j < width; j++) {
          const at = c + i * cRow + j;
          floats[at] = (add ? floats[at] : 0) + sums[4 * i + j];
        }
    }

    function product(C, cRow, A, aRow, aStep, B, bRow, m, n, k, add) {
      const c = C >> 2, a = A >> 2, b = B >> 2;
      for (let l = 0; l < k; l += DEEP)
        for (let j = 0; j < n; j += 4) {
          const depth = Math.min(DEEP, k - l), width = Math.min(4, n - j);
          pack(b + l * bRow + j, bRow, width, depth);
          for (let i = 0; i < m; i += 2) {
            const tall = Math.min(2, m - i), from = a + i * aRow + l * aStep;
            tile(c + i * cRow + j, cRow, from, aRow, aStep, tall, width, depth, add || l > 0);
          }
        }
    }

    function features(H, F, W, first, second, n, K, relu) {
      let h = H >> 2, f = F >> 2;
      for (let i = 0; i < n; i++) {
        let a = (W >> 2) + counts[(first >> 2) + i] * K, b = (W >> 2) + counts[(second >> 2) + i] * K;
        for (const end = h + K; h < end; h++, f++, a++, b++) {
          const sum = Math.fround(floats[a] + floats[b]);
          floats[h] = sum;
          floats[f] = relu ? Math.max(sum, 0) : sum * sum;
        }
      }
    }

    function scatter(G, D, H, first, second, n, K, relu) {
      let h = H >> 2, d = D >> 2;
      for (let i = 0; i < n; i++) {
        let a = (G >> 2) + counts[(first >> 2) + i] * K, b = (G >> 2) + counts[(second >> 2) + i] * K;
        for (const end = h + K; h < end; h++, d++, a++, b++) {
          const sum = floats[h];
          const slope = relu ? (sum > 0 ? floats[d] : 0) : 2 * floats[d] * sum;
          floats[a] += slope;
          floats[b] += slope;
        }
      }
    }

    function centre(C, T, V, M, K, tRow, scale) {
      const c = C >> 2, t = T >> 2, v = V >> 2;
      for (let j = 0; j < K; j++) {
        let sum = 0;
        for (let i = 0; i < M; i++) sum += floats[v + i * K + j];
        for (let i = 0; i < M; i++) {
          floats[c + i * K + j] = floats[v + i * K + j] - sum / M;
          floats[t + j * tRow + i] = scale * floats[c + i * K + j];
        }
      }
    }

    function errors(O, answers, n, M, oRow, factor) {
      for (let i = 0, o = O >> 2; i < n; i++, o += oRow) {
        for (let j = 0; j < M; j++) floats[o + j] = factor * (floats[o + j] + 1 / M);
        floats[o + counts[(answers >> 2) + i]] -= factor;
      }
    }

    function judge(right, O, answers, n, M, oRow) {
      let loss = 0;
      for (let i = 0, o = O >> 2; i < n; i++, o += oRow) {
        const answer = counts[(answers >> 2) + i];
        let best = 0;
        for (let j = 0; j < M; j++) {
          const error = floats[o + j] + 1 / M - (j === answer ? 1 : 0);
          loss += error * error;
          if (floats[o + j] > floats[o + best]) best = j;
        }
        bytes[right + i] = best === answer ? 1 : 0;
      }
      return loss;
    }

    function adam(W, G, mean, square, n, rate, level, decay) {
      const w = W >> 2, g = G >> 2, m = mean >> 2, s = square >> 2;
      for (let i = 0; i < n; i++) {
        const slope = floats[g + i] + decay * floats[w + i];
        floats[m + i] += 0.1 * (slope - floats[m + i]);
        floats[s + i] = 0.999 * floats[s + i] + 0.001 * slope * slope;
        floats[w + i] -= (rate * floats[m + i]) / (Math.sqrt(floats[s + i]) * level + 1e-8);
      }
    }

    const functions = { product, features, scatter, centre, errors, judge, adam };
    return { name: "plain", reserve, ...functions };
  }

  Li2Lab.plainKernel = plainKernel;
})();
