// A two-layer network of the book that trains in the page, as the library trains it: Adam on the
// whole training set, decay in the gradient, outputs centred. The work is done by a kernel.
(() => {
  const BLOCK = 2 ** 17; // so many features at a time stay in a processor's cache
  const NAMES = "product features scatter centre errors judge adam".split(" ");

  // The kernel from the bytes of kernel.wasm; in plain JavaScript without them, or without SIMD.
  // A kernel serves one network at a time.
  async function loadKernel(bytes, pages = 0) {
    if (!bytes || typeof WebAssembly !== "object" || !WebAssembly.validate(bytes))
      return Li2Lab.plainKernel();
    const { exports } = (await WebAssembly.instantiate(bytes)).instance;
    const { memory, __heap_base: heap } = exports;
    if (pages) memory.grow(pages);
    const reserve = (size) => {
      const start = (heap.value + 15) & ~15, lacking = start + size - memory.buffer.byteLength;
      if (lacking > 0) memory.grow(Math.ceil(lacking / 65536));
      new Uint8Array(memory.buffer, start, size).fill(0);
      return { buffer: memory.buffer, start };
    };
    return { name: "wasm", reserve, ...Object.fromEntries(NAMES.map((name) => [name, exports[name]])) };
  }

  const padded = (count) => 8 * Math.ceil(count / 8);

  // round(p M^2) as Python rounds: halves to the even side.
  function trainCount(p, M) {
    const exact = p * (M * M), whole = Math.floor(exact), rest = exact - whole;
    const count = whole + (rest > 0.5 || (rest === 0.5 && whole % 2) ? 1 : 0);
    if (count > 0 && count < M * M) return count;
    const empty = count ? "test" : "training";
    throw new Error(`p must leave a pair to train on and one to test on: ${p} of ${M * M} pairs leaves an empty ${empty} set`);
  }

  class Network {
    #kernel; #at; #view; #values; #order; #group; #rows; #block; #found = null;

    // Throws an Error, one sentence, for a state that is not allowed.
    constructor(kernel, state) {
      for (const name of Object.keys(state)) Li2Lab.stateValue(name, state[name]);
      this.#group = Li2Lab.groupTable(state.group);
      this.M = this.#group.order;
      this.numTrain = trainCount(state.p, this.M);
      [this.K, this.step, this.#kernel, this.#values] = [state.K, 0, kernel, { ...state }];
      const { parts, rows } = Li2Lab.partBases(this.#group);
      [this.parts, this.#rows] = [parts, rows];
      this.#allocate();
      this.#fill(state.seed);
    }

    // Nodes are padded to a multiple of eight, and so are classes: what is added stays zero.
    #allocate() {
      const { M, K } = this, P = padded(M), Q = padded(K), pairs = M * M;
      this.#block = Math.min(pairs, Math.max(64, Math.floor(BLOCK / Q)));
      const sizes = {
        W: 2 * M * Q, V: M * Q, gradW: 2 * M * Q, gradV: M * Q, meanW: 2 * M * Q, meanV: M * Q,
        squareW: 2 * M * Q, squareV: M * Q, centred: M * Q, turned: Q * P, H: this.#block * Q,
        F: this.#block * Q, O: this.#block * P, basis: M * M, waves: M * Q,
        first: pairs, second: pairs, answers: pairs, right: Math.ceil(pairs / 4),
      };
      const aligned = (count) => 16 * Math.ceil(count / 4);
      const total = Object.values(sizes).reduce((sum, count) => sum + aligned(count), 0);
      const { buffer, start } = this.#kernel.reserve(total);
      const integers = { first: Uint32Array, second: Uint32Array, answers: Uint32Array };
      [this.#at, this.#view] = [{}, {}];
      let place = start;
      for (const [name, count] of Object.entries(sizes)) {
        this.#at[name] = place;
        this.#view[name] = new (integers[name] ?? Float32Array)(buffer, place, count);
        place += aligned(count);
      }
      this.#view.right = new Uint8Array(buffer, this.#at.right, pairs);
    }

    #fill(seed) {
      const { M, K } = this, Q = padded(K), view = this.#view;
      this.#order = Li2Lab.pairOrder(M, seed);
      this.#order.forEach((pair, i) => {
        view.first[i] = Math.floor(pair / M);
        view.second[i] = M + (pair % M);
        view.answers[i] = this.#group.table[pair];
      });
      const hidden = Li2Lab.firstWeights(1, seed, 2 * M, 2 * M * K);
      const readout = Li2Lab.firstWeights(2, seed, K, M * K);
      for (let i = 0; i < 2 * M; i++) view.W.set(hidden.subarray(i * K, (i + 1) * K), i * Q);
      for (let i = 0; i < M; i++) view.V.set(readout.subarray(i * K, (i + 1) * K), i * Q);
      this.#rows.forEach((row, i) => view.basis.set(row, i * M));
    }

    get #relu() { return this.#values.s === "relu" ? 1 : 0; }

    // Outputs of the pairs from number `begin` of the order to before `end`, block by block.
    #forward(begin, end, use) {
      const at = this.#at, kernel = this.#kernel, P = padded(this.M), Q = padded(this.K);
      kernel.centre(at.centred, at.turned, at.V, this.M, Q, P, this.#values.scale);
      for (let i = begin; i < end; i += this.#block) {
        const n = Math.min(this.#block, end - i);
        kernel.features(at.H, at.F, at.W, at.first + 4 * i, at.second + 4 * i, n, Q, this.#relu);
        kernel.product(at.O, P, at.F, Q, 1, at.turned, P, n, P, Q, 0);
        use(i, n);
      }
    }

    #gradient() {
      const at = this.#at, kernel = this.#kernel, { M } = this, P = padded(M), Q = padded(this.K);
      const factor = (2 * this.#values.scale) / this.numTrain;
      this.#view.gradW.fill(0);
      this.#view.gradV.fill(0);
      this.#forward(0, this.numTrain, (i, n) => {
        kernel.errors(at.O, at.answers + 4 * i, n, M, P, factor);
        kernel.product(at.gradV, Q, at.O, 1, P, at.F, Q, M, Q, n, 1);
        kernel.product(at.F, Q, at.O, P, 1, at.centred, Q, n, Q, M, 0); // now dLoss/dF
        kernel.scatter(at.gradW, at.F, at.H, at.first + 4 * i, at.second + 4 * i, n, Q, this.#relu);
      });
    }

    // Trains for so many steps.
    advance(count) {
      const at = this.#at, view = this.#view;
      for (let i = 0; i < count; i++) {
        this.#gradient();
        this.step += 1;
        const rate = this.#values.lr / (1 - 0.9 ** this.step), level = 1 / Math.sqrt(1 - 0.999 ** this.step);
        for (const layer of ["W", "V"]) {
          const places = [at[layer], at[`grad${layer}`], at[`mean${layer}`], at[`square${layer}`]];
          this.#kernel.adam(...places, view[layer].length, rate, level, this.#values.decay);
        }
      }
      this.#found = null;
    }

    // Other values of lr, decay, p and scale from now on; weights and Adam's memory stay.
    change(values) {
      for (const [name, value] of Object.entries(values)) {
        if (!["lr", "decay", "p", "scale"].includes(name))
          throw new Error(`only lr, decay, p and scale change in mid-run, got ${name}`);
        Li2Lab.stateValue(name, value);
      }
      if ("p" in values) this.numTrain = trainCount(values.p, this.M);
      Object.assign(this.#values, values);
      this.#found = null;
    }

    // Losses and accuracies of the present weights.
    measure() {
      if (this.#found) return this.#found;
      const at = this.#at, { M, numTrain } = this, P = padded(M), right = this.#view.right;
      const part = (begin, end) => {
        let loss = 0;
        this.#forward(begin, end, (i, n) => {
          loss += this.#kernel.judge(at.right + i, at.O, at.answers + 4 * i, n, M, P);
        });
        const known = right.subarray(begin, end).reduce((sum, one) => sum + one, 0);
        return [loss / (end - begin), known / (end - begin)];
      };
      const [trainLoss, trainAccuracy] = part(0, numTrain);
      const [testLoss, testAccuracy] = part(numTrain, M * M);
      this.#found = { step: this.step, trainLoss, testLoss, trainAccuracy, testAccuracy, numTrain };
      return this.#found;
    }

    // Which pairs are trained on, row a, column b.
    get shown() {
      const found = new Uint8Array(this.M * this.M);
      for (let i = 0; i < this.numTrain; i++) found[this.#order[i]] = 1;
      return found;
    }

    // Which pairs are answered right.
    right() {
      this.measure();
      const found = new Uint8Array(this.M * this.M);
      this.#order.forEach((pair, i) => { found[pair] = this.#view.right[i]; });
      return found;
    }

    // How much of the squared length of node j lies on part r, at place j R + r.
    shares() {
      const { M, K } = this, Q = padded(K), R = this.parts.length, at = this.#at, { waves } = this.#view;
      const found = new Float32Array(K * R);
      for (const half of [0, 1]) {
        this.#kernel.product(at.waves, Q, at.basis, M, 1, at.W + 4 * half * M * Q, Q, M - 1, Q, M, 0);
        this.parts.forEach(({ first, end }, r) => {
          for (let i = first; i < end; i++)
            for (let j = 0; j < K; j++) found[j * R + r] += waves[i * Q + j] ** 2;
        });
      }
      return found;
    }

    // The 2M weights of node j.
    node(j) {
      return Float32Array.from({ length: 2 * this.M }, (_, i) => this.#view.W[i * padded(this.K) + j]);
    }

    // Takes a node away: its weights, and what Adam remembers of them.
    removeNode(j) {
      const Q = padded(this.K);
      for (const name of ["W", "V", "meanW", "meanV", "squareW", "squareV"])
        for (let i = j; i < this.#view[name].length; i += Q) this.#view[name][i] = 0;
      this.#found = null;
    }

    // Takes a part out of both halves of W, out of V, and out of where Adam was heading.
    removePart(r) {
      const { M } = this, Q = padded(this.K), at = this.#at, view = this.#view;
      const { first, end } = this.parts[r], rank = end - first, rows = at.basis + 4 * first * M;
      const tables = ["W", "meanW"].flatMap((name) => [at[name], at[name] + 4 * M * Q]);
      for (const table of [...tables, at.V, at.meanV]) {
        this.#kernel.product(at.waves, Q, rows, M, 1, table, Q, rank, Q, M, 0);
        for (let i = 0; i < rank * Q; i++) view.waves[i] = -view.waves[i];
        this.#kernel.product(table, Q, rows, 1, M, at.waves, Q, M, Q, rank, 1);
      }
      this.#found = null;
    }

    // The present weights, hidden (2M, K) and readout by class (M, K).
    weights() {
      const { M, K } = this, Q = padded(K);
      const table = (view, rows) => Float32Array.from({ length: rows * K }, (_, i) => view[Math.floor(i / K) * Q + (i % K)]);
      return { hidden: table(this.#view.W, 2 * M), readout: table(this.#view.V, M) };
    }

    // The network ends; its kernel is for another.
    free() {
      [this.#at, this.#view, this.#kernel] = [null, null, null];
    }
  }

  Object.assign(Li2Lab, { loadKernel, Network });
})();
