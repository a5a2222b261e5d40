// One lab in a page: its controls, its Worker, and what it says in words.
(() => {
  const PACES = [[2, "2 steps a second"], [10, "10 steps a second"], [30, "30 steps a second"],
    [100, "100 steps a second"], [1e9, "as fast as it can"]];
  const VALUES = {
    p: Array.from({ length: 99 }, (_, i) => (i + 1) / 100),
    lr: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1],
    decay: [0, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 0.1],
    scale: [0.1, 0.2, 0.5, 1, 2, 5, 10],
  };
  const LIVE = { p: "share of the table shown", decay: "weight decay", lr: "learning rate", scale: "output scale" };
  const COLOURS = ["ink", "line", "train", "test", "first", "second", "pick"];
  const KEYS = [["wrong-unseen", "unseen, wrong"], ["right-unseen", "unseen, right"],
    ["wrong-shown", "shown, wrong"], ["right-shown", "shown, right"]];

  const figure = (name, words, caption = words) => `<figure class="li2-lab-${name}">
    <canvas role="img" aria-label="${words}"></canvas><figcaption>${caption}</figcaption></figure>`;
  const lines = (words) => `${words}: <span class="li2-lab-line-train">shown pairs</span> <span class="li2-lab-line-test">the others</span>`;
  const slider = (name) => `<label><span>${LIVE[name]}</span>
    <input type="range" min="0" step="1" data-live="${name}"><output></output></label>`;
  const key = ([name, words]) => `<span class="li2-lab-key li2-lab-${name}">${words}</span>`;
  const option = ([value, words]) => `<option value="${value}">${words}</option>`;

  const groups = () => ["Z_23", "Z_31", "Z_59", "Z_71", "Z_97", ...Object.keys(Li2Lab.groupData)];

  const page = (number, map) => `
    <div class="li2-lab-bar">
      <button type="button" data-do="run">Start</button>
      <button type="button" data-do="step">One step</button>
      <button type="button" data-do="reset">Start anew</button>
      <label>pace <select data-do="pace">${PACES.map(option).join("")}</select></label>
    </div>
    <p class="li2-lab-now"></p>
    <p class="li2-lab-event"></p>
    <p class="li2-lab-said" role="status"></p>
    <div class="li2-lab-views">
      ${figure("accuracy", "Accuracy", lines("Accuracy"))}
      ${figure("loss", "Loss", `${lines("Loss")} dotted: a silent network`)}
      <fieldset><legend>Change while it trains</legend>${Object.keys(LIVE).map(slider).join("")}</fieldset>
      ${figure("nodes", "Nodes and their parts", "A column is a node, a row a frequency (or irrep), bright where the node lies; the dead are grey. Click to choose both.")}
      <div class="li2-lab-break">
        <label>node <input type="range" min="0" step="1" data-do="node"></label>
        <button type="button" data-do="remove-node">Remove this node</button>
      </div>
      <div class="li2-lab-break">
        <label>part <select data-do="part"></select></label>
        <button type="button" data-do="remove-part">Remove this part from all nodes</button>
      </div>
      ${figure("wave", "The weights of a node")}
      ${figure("table", "The table of all pairs", KEYS.map(key).join(""))}
      ${map ? figure("coast", "The coast of the book, and your runs") : ""}
    </div>
    <fieldset><legend>These start anew</legend>
        <label><span>group</span><input list="li2-groups-${number}" data-new="group" autocomplete="off" spellcheck="false"></label>
        <datalist id="li2-groups-${number}">${groups().map((name) => `<option value="${name}">`).join("")}</datalist>
        <label><span>nodes K</span><input type="number" min="1" max="1024" data-new="K"></label>
        <label><span>activation</span><select data-new="s"><option value="x2">x²</option><option value="relu">ReLU</option></select></label>
        <label><span>seed</span><input type="number" min="0" max="4294967295" data-new="seed"></label>
    </fieldset>
    <div class="li2-lab-take">
      <code tabindex="0"></code>
      <button type="button" data-do="copy-call">Copy the Python call</button>
      <button type="button" data-do="copy-link">Copy a link to this set-up</button>
    </div>`;

  const percent = (x) => (x > 0.99 && x < 1 ? "99" : x > 0 && x < 0.005 ? "under 1" : String(Math.round(100 * x)));
  const shown = (x) => (x === 1 ? "all shown pairs" : `${percent(x)}% of the shown pairs`);
  const others = (x) => (x === 1 ? " and all the others" : `; ${percent(x)}% of the others`);
  const sentence = (m) => `Step ${m.step}: knows ${shown(m.trainAccuracy)}${others(m.testAccuracy)}.`;

  function start(box, number, bundle) {
    const still = matchMedia("(prefers-reduced-motion: reduce)");
    const own = Li2Lab.parseState(box.dataset.state);
    const options = { pace: 100, ...JSON.parse(box.dataset.options || "{}") };
    const inPage = location.protocol !== "about:";
    let state = own, worker = null, last = null, points = [], marks = [], dots = [], changed = false;
    let node = 0, part = 0, order = [], spoken = 0, reached = 0, before = null, asked = 0, awake = true, chosen = false;

    box.innerHTML = page(number, options.coast);
    const find = (selector) => box.querySelector(selector);
    const control = (name) => find(`[data-do="${name}"]`);
    const canvas = (name) => find(`.li2-lab-${name} canvas`);
    const caption = (name, words) => { find(`.li2-lab-${name} figcaption`).textContent = words; };
    const say = (words) => { find(".li2-lab-said").textContent = words; spoken = performance.now(); };
    const report = (words) => { say(words); find(".li2-lab-event").textContent = words; };
    const post = (kind, more = {}) => worker?.postMessage({ kind, ...more });

    // --- the Worker, made when it is first needed, of the very script that made this page part
    function wake() {
      if (worker) return;
      const address = URL.createObjectURL(new Blob([`(${bundle})()`], { type: "text/javascript" }));
      worker = new Worker(address);
      URL.revokeObjectURL(address);
      worker.onmessage = ({ data }) => (data.kind === "frame" ? receive(data) : report(`${data.sentence}.`));
      make();
    }

    function make() {
      points = [];
      marks = [];
      reached = 0;
      before = null;
      changed = false;
      chosen = false;
      const settings = { pace: options.pace, stop: options.stop, interval: still.matches ? 500 : 25 };
      post("make", { state, settings });
      post("sight", { awake });
      fill();
    }

    // A new network, of which nothing has been told.
    function anew() {
      find(".li2-lab-event").textContent = "";
      if (worker) make(); else wake();
    }

    function fill() {
      for (const input of box.querySelectorAll("[data-live]")) {
        const name = input.dataset.live;
        const values = [...new Set([...VALUES[name], state[name]])].sort((a, b) => a - b);
        input.li2Values = values;
        input.max = values.length - 1;
        input.value = values.indexOf(state[name]);
        show(input);
      }
      for (const input of box.querySelectorAll("[data-new]")) input.value = state[input.dataset.new];
      print();
    }

    function print() {
      const call = `reproduce("${Li2Lab.printState(state)}", steps=${Math.max(last?.step ?? 0, 100)})`;
      const remark = changed ? "\n# You changed this run on its way; the call starts with what is set now." : "";
      find("code").textContent = `from li2_core.show.lab import reproduce\n${call}${remark}`;
    }

    function show(input) {
      const value = input.li2Values[input.value];
      input.nextElementSibling.textContent = String(value);
      input.setAttribute("aria-valuetext", String(value));
    }

    // --- what comes back
    function receive(frame) {
      const fresh = !last || last.M !== frame.M || last.K !== frame.K || last.parts.length !== frame.parts.length;
      last = frame;
      points.push(...frame.points);
      if (points.length > 800) points = points.filter((_, i) => i % 2 === 0 || i === points.length - 1);
      if (fresh) furnish();
      control("run").textContent = frame.running ? "Pause" : "Start";
      asked ||= requestAnimationFrame(draw);
      tellTheFinding();
    }

    // Controls that depend on the group and the width.
    function furnish() {
      node = Math.min(node, last.K - 1);
      part = Math.min(part, last.parts.length - 1);
      control("node").max = last.K - 1;
      control("part").innerHTML = last.parts.map(({ name }, r) => option([r, name])).join("");
      control("part").value = part;
    }

    function draw() {
      asked = 0;
      post("drawn");
      if (!last || !points.length) return;
      const now = points.at(-1), { M, K, parts, shares, weights } = last, R = parts.length;
      const style = getComputedStyle(box);
      const colours = Object.fromEntries(COLOURS.map((name) => [name, style.getPropertyValue(`--li2-${name}`).trim()]));
      colours.cells = KEYS.map(([name]) => getComputedStyle(find(`.li2-lab-key.li2-lab-${name}`), "::before").backgroundColor);
      const own = Array.from({ length: K }, (_, j) => shares.subarray(j * R, (j + 1) * R));
      const best = own.map((mine) => mine.indexOf(Math.max(...mine)));
      const lengths = own.map((mine) => mine.reduce((sum, x) => sum + x, 0));
      const least = 1e-3 * Math.max(...lengths); // below it a node has died
      const purity = own.map((mine, j) => (lengths[j] > least ? mine[best[j]] / lengths[j] : 0));
      const place = (j) => (purity[j] ? best[j] : R); // the dead stand at the end
      order = own.map((_, j) => j).sort((i, j) => place(i) - place(j) || i - j);
      find(".li2-lab-now").textContent = sentence(now);
      for (const what of ["Accuracy", "Loss"])
        Li2Lab.draw.curves(canvas(what.toLowerCase()), colours, { points, marks, M, what });
      Li2Lab.draw.nodes(canvas("nodes"), colours, { shares, lengths, least, order, K, parts, node, part });
      Li2Lab.draw.wave(canvas("wave"), colours, { weights, M });
      Li2Lab.draw.table(canvas("table"), colours, last);
      if (options.coast) Li2Lab.draw.coast(canvas("coast"), colours, { known: options.coast, dots });
      const holds = purity[node] ? `${percent(purity[node])}% on ${parts[best[node]].name}` : "dead";
      caption("wave", `Node ${node}, ${holds}: its weights for the first element, and for the second (dashed).`);
      control("node").value = order.indexOf(node);
      control("node").setAttribute("aria-valuetext", `node ${node}, ${holds}`);
      // Until the reader chooses one, the purest node is shown.
      const purest = purity.indexOf(Math.max(...purity));
      if (!chosen && purity[purest] > purity[node] + 0.05) look(purest);
    }

    // In words, for those who do not look: what is new at once, the rest every five seconds.
    function tellTheFinding() {
      const now = points.at(-1);
      if (!now) return;
      const steps = [now.trainAccuracy >= 0.99, now.testAccuracy >= 0.99].filter(Boolean).length;
      if (before) {
        const from = (x) => `${percent(x.testAccuracy)}%, with a loss of ${Number(x.testLoss.toPrecision(2))}`;
        report(`${before.what} The others were right to ${from(before.was)}; now to ${from(now)}.`);
        before = null;
      } else if (steps !== reached || !last.running || performance.now() - spoken > 5000) {
        const forgot = steps < reached ? "It forgets. " : "";
        say(forgot + sentence(now));
      }
      reached = steps;
      if (last.step === options.stop && !changed && !dots.some((dot) => dot.state === state)) {
        dots.push({ state, M: last.M, p: state.p, accuracy: now.testAccuracy });
        asked ||= requestAnimationFrame(draw);
      }
      describe(now);
    }

    function describe(now) {
      const words = sentence(now);
      canvas("accuracy").setAttribute("aria-label", `Accuracy over the steps. ${words}`);
      canvas("loss").setAttribute("aria-label", `Loss over the steps: ${now.trainLoss.toPrecision(2)} on the shown pairs, ${now.testLoss.toPrecision(2)} on the others.`);
      canvas("table").setAttribute("aria-label", `The table of all pairs. ${words}`);
      print();
    }

    // --- what the reader does
    function pick(column) {
      chosen = true;
      look(order[Math.min(Math.max(column, 0), last.K - 1)]);
    }

    function look(at) {
      node = at;
      post("look", { node });
    }

    function cut(isPart) {
      const now = points.at(-1);
      before = { what: isPart ? `${last.parts[part].name} is gone.` : `Node ${node} is gone.`, was: now };
      marks.push(now.step);
      changed = true;
      post("remove", { part: isPart, index: isPart ? part : node });
    }

    const copy = (text) => navigator.clipboard.writeText(text).then(() => report("Copied."), () => report(`Your browser does not let this page copy. Here it is: ${text}`));
    const actions = {
      run: () => { wake(); post(last?.running ? "pause" : "run"); },
      step: () => { wake(); post("step"); },
      reset: anew,
      "remove-node": () => cut(false),
      "remove-part": () => cut(true),
      "copy-call": () => copy(find("code").textContent),
      "copy-link": () => copy(link()),
    };

    function link() {
      const which = number ? `lab=${number + 1}&` : "";
      return `${location.href.split("#")[0]}#${which}${Li2Lab.printState(state).slice(1)}`;
    }

    function change(input) {
      show(input);
      const name = input.dataset.live;
      state = { ...state, [name]: input.li2Values[input.value] };
      if (last?.step) { changed = true; marks.push(last.step); }
      if (!last) return anew(); // what was set before was refused
      post("change", { values: { [name]: state[name] } });
      print();
      report(`${LIVE[name]} is now ${state[name]}${changed ? `, from step ${last.step} on` : ""}.`);
    }

    function renew(input) {
      try {
        state = { ...state, [input.dataset.new]: Li2Lab.stateValue(input.dataset.new, input.value) };
        input.removeAttribute("aria-invalid");
        anew();
      } catch (error) {
        input.setAttribute("aria-invalid", "true");
        report(`${error.message}.`);
      }
    }

    box.addEventListener("click", ({ target }) => {
      const name = target.closest("button")?.dataset.do;
      if (name) actions[name]();
    });
    box.addEventListener("input", ({ target }) => {
      if (target.dataset.live) change(target);
      else if (target.dataset.do === "node" && last) pick(Number(target.value));
    });
    box.addEventListener("change", ({ target }) => {
      if (target.dataset.new) renew(target);
      else if (target.dataset.do === "part") { part = Number(target.value); asked ||= requestAnimationFrame(draw); }
      else if (target.dataset.do === "pace") { options.pace = Number(target.value); post("pace", { pace: options.pace }); }
    });
    canvas("nodes").addEventListener("click", (event) => {
      if (!last) return;
      const { left, top, width, height } = Li2Lab.draw.nodesPlace({ width: event.target.clientWidth, height: event.target.clientHeight });
      const x = (event.offsetX - left) / width, y = 1 - (event.offsetY - top) / height;
      part = Math.min(Math.max(Math.floor(y * last.parts.length), 0), last.parts.length - 1);
      control("part").value = part;
      pick(Math.floor(x * last.K));
    });

    // --- when nobody looks nothing runs
    let inSight = false;
    function watch() {
      awake = inSight && !document.hidden;
      if (awake) wake();
      post("sight", { awake });
    }
    new IntersectionObserver((entries) => { inSight = entries.at(-1).isIntersecting; watch(); }).observe(box);
    document.addEventListener("visibilitychange", watch);
    addEventListener("pagehide", () => { worker?.terminate(); worker = null; last = null; });
    addEventListener("pageshow", ({ persisted }) => { if (persisted) watch(); });
    const redraw = () => { asked ||= requestAnimationFrame(draw); };
    new ResizeObserver(redraw).observe(box);
    new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);

    // --- a set-up that came in the address
    function read() {
      const asks = new URLSearchParams(location.hash.slice(1));
      if (!location.hash.includes("=") || Number(asks.get("lab") ?? 1) !== number + 1) return;
      asks.delete("lab");
      try {
        state = Li2Lab.parseState(asks.toString(), own);
        if (worker) make();
        box.scrollIntoView({ block: "nearest" });
      } catch (error) {
        report(`The link asks for something else: ${error.message}. Here is the lab's own start.`);
      }
    }
    control("pace").value = options.pace;
    control("copy-link").hidden = !inPage;
    fill();
    addEventListener("hashchange", read);
    read();
  }

  Li2Lab.start = (bundle) => document.querySelectorAll(".li2-lab").forEach((box, number) => start(box, number, bundle));
})();
