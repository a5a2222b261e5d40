// The Worker of one lab: it trains in short slices, and tells what the page asked to see.
(() => {
  const SLICE = 8; // ms of training before it listens again

  function work() {
    let kernel = null, net = null, options = {};
    let running = false, awake = true, undrawn = 0, looping = false;
    let node = 0, points = [], next = 0, owed = 0, before = 0, told = 0, cost = 0;
    const turn = new MessageChannel();
    turn.port1.onmessage = slice;

    const kinds = {
      async make({ state, settings }) {
        kernel ??= await Li2Lab.loadKernel(Li2Lab.kernelBytes());
        net?.free();
        net = null; // of a state that is refused nothing is left
        net = new Li2Lab.Network(kernel, state);
        options = settings;
        running = false;
        points = [];
        next = 0;
        note();
        tell();
      },
      run() { running = true; go(); },
      pause() { running = false; tell(); },
      step() { running = false; advance(); tell(); },
      change({ values }) { net.change(values); next = net.step; note(); tell(); },
      remove({ part, index }) {
        if (part) net.removePart(index);
        else net.removeNode(index);
        next = net.step;
        note();
        tell();
      },
      look(message) { node = message.node; if (!running) tell(); },
      pace({ pace }) { options.pace = pace; },
      sight(message) { awake = message.awake; go(); },
      drawn() { undrawn = 0; },
    };

    function note() {
      if (net.step < next) return;
      points.push({ ...net.measure(), step: net.step });
      next = net.step + Math.max(1, Math.floor(net.step / 50));
    }

    function advance() {
      net.advance(1);
      note();
      if (net.step !== options.stop) return;
      running = false;
      if (points.at(-1)?.step !== net.step) { next = net.step; note(); }
    }

    function go() {
      if (looping || !running || !awake) return;
      looping = true;
      before = performance.now();
      owed = 1;
      slice();
    }

    function slice() {
      const began = performance.now();
      // Time that was lost is not caught up on.
      owed = Math.min(owed + ((began - before) * options.pace) / 1000, 1 + options.pace / 20);
      before = began;
      while (running && awake && owed >= 1 && performance.now() - began < SLICE) {
        advance();
        owed -= 1;
      }
      // A frame costs too: it gets half of the time, and waits while two are not drawn yet.
      const since = performance.now() - told;
      if (!running || (undrawn < 2 && since > Math.max(options.interval, 2 * cost))) tell();
      looping = running && awake;
      if (!looping) return;
      if (owed >= 1) turn.port2.postMessage(0);
      else setTimeout(slice, 4);
    }

    function tell() {
      if (!net) return;
      told = performance.now();
      undrawn += 1;
      const arrays = {
        shares: net.shares().slice(),
        weights: net.node(Math.min(node, net.K - 1)).slice(),
        shown: net.shown.slice(),
        right: net.right().slice(),
      };
      const facts = { M: net.M, K: net.K, parts: net.parts, step: net.step, running };
      const buffers = Object.values(arrays).map((array) => array.buffer);
      postMessage({ kind: "frame", ...facts, points, ...arrays }, buffers);
      points = [];
      cost = performance.now() - told;
    }

    let queue = Promise.resolve();
    self.onmessage = ({ data }) => {
      queue = queue
        .then(() => (net || data.kind === "make" || data.kind === "sight") && kinds[data.kind](data))
        .catch((error) => postMessage({ kind: "trouble", sentence: error.message }));
    };
  }

  Li2Lab.work = work;
})();
