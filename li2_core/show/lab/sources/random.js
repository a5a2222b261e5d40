// splitmix64 in halves of 32 bits: the same order of the pairs and the same first weights as in
// twin.py, to the last bit.
(() => {
  class Stream {
    // One stream for each number and seed.
    constructor(number, seed) {
      [this.high, this.low] = [number, seed];
      const [high, low] = this.next();
      [this.high, this.low] = [high, low];
    }

    // The next 64 bits, as two halves.
    next() {
      const low = this.low + 0x7f4a7c15;
      this.high = (this.high + 0x9e3779b9 + (low > 0xffffffff ? 1 : 0)) >>> 0;
      this.low = low >>> 0;
      let z = shifted(this.high, this.low, 30);
      z = shifted(...times(...z, 0xbf58476d, 0x1ce4e5b9), 27);
      return shifted(...times(...z, 0x94d049bb, 0x133111eb), 31);
    }

    // The next number from 0 to 1, of 53 bits.
    uniform() {
      const [high, low] = this.next();
      return (high * 2 ** 21 + (low >>> 11)) / 2 ** 53;
    }
  }

  // z ^ (z >>> bits)
  function shifted(high, low, bits) {
    return [(high ^ (high >>> bits)) >>> 0, (low ^ ((low >>> bits) | (high << (32 - bits)))) >>> 0];
  }

  // The low 64 bits of a product.
  function times(aHigh, aLow, bHigh, bLow) {
    const [a1, a0, b1, b0] = [aLow >>> 16, aLow & 0xffff, bLow >>> 16, bLow & 0xffff];
    const outer = a1 * b0, inner = a0 * b1;
    const middle = ((a0 * b0) >>> 16) + (outer & 0xffff) + (inner & 0xffff);
    const carried = a1 * b1 + (outer >>> 16) + (inner >>> 16) + (middle >>> 16);
    const high = carried + Math.imul(aHigh, bLow) + Math.imul(aLow, bHigh);
    return [high >>> 0, Math.imul(aLow, bLow) >>> 0];
  }

  // All pairs in the order in which they are trained on: those with the smallest keys first.
  function pairOrder(M, seed) {
    const stream = new Stream(0, seed);
    const keys = Array.from({ length: M * M }, (_, pair) => [...stream.next(), pair]);
    keys.sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]);
    return keys.map((key) => key[2]);
  }

  // The first weights of a layer (1 hidden, 2 readout), uniform within 1 / sqrt(fan-in).
  function firstWeights(layer, seed, fanIn, count) {
    const stream = new Stream(layer, seed), bound = 1 / Math.sqrt(fanIn);
    return Float32Array.from({ length: count }, () => (2 * stream.uniform() - 1) * bound);
  }

  Object.assign(Li2Lab, { pairOrder, firstWeights });
})();
