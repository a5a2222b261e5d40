// The lab's pictures. Each takes a canvas, the last frame, and the colours of the page.
(() => {
  const VIRIDIS = [[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]];
  const DEAD = [128, 128, 128];
  const FONT = "12px system-ui, sans-serif";

  function viridis(x) {
    const at = Math.min(Math.max(x, 0), 1) * 4;
    const left = Math.min(Math.floor(at), 3);
    return VIRIDIS[left].map((low, i) => low + (at - left) * (VIRIDIS[left + 1][i] - low));
  }

  // A context in CSS pixels, cleared, as sharp as the screen.
  function sheet(canvas, colours) {
    const sharp = devicePixelRatio || 1;
    const width = canvas.clientWidth, height = canvas.clientHeight;
    if (canvas.width !== Math.round(width * sharp) || canvas.height !== Math.round(height * sharp)) {
      canvas.width = Math.round(width * sharp);
      canvas.height = Math.round(height * sharp);
    }
    const pen = canvas.getContext("2d");
    pen.setTransform(sharp, 0, 0, sharp, 0, 0);
    pen.clearRect(0, 0, width, height);
    Object.assign(pen, { font: FONT, fillStyle: colours.ink, lineWidth: 2, lineJoin: "round" });
    return { pen, width, height };
  }

  // A frame with its ends named, [from, to, words for from, for the axis, for to]; gives the
  // functions that place a value.
  function axes({ pen, width, height }, colours, x, y) {
    const left = 8 + Math.max(...[y[2], y[4]].map((words) => pen.measureText(words).width));
    const right = width - 8, top = 10, bottom = height - 20, low = height - 5;
    pen.strokeStyle = colours.line;
    pen.lineWidth = 1;
    pen.strokeRect(left, top, right - left, bottom - top);
    const write = (words, align, across, up) => { pen.textAlign = align; pen.fillText(words, across, up); };
    write(y[4], "right", left - 4, top + 8);
    write(y[2], "right", left - 4, bottom);
    write(x[2], "left", left, low);
    write(x[3], "center", (left + right) / 2, low);
    write(x[4], "right", right, low);
    return {
      across: (value) => left + ((value - x[0]) / (x[1] - x[0] || 1)) * (right - left),
      up: (value) => bottom - ((Math.min(value, y[1]) - y[0]) / (y[1] - y[0])) * (bottom - top),
      left, right, top, bottom,
    };
  }

  function path(pen, points, colour, dash = []) {
    pen.strokeStyle = colour;
    pen.setLineDash(dash);
    pen.beginPath();
    for (const [x, y] of points) pen.lineTo(x, y);
    pen.stroke();
    pen.setLineDash([]);
  }

  // Accuracy or loss over the steps: the shown pairs dashed, the others solid.
  function curves(canvas, colours, { points, marks, M, what }) {
    const page = sheet(canvas, colours);
    const last = Math.max(20, points.at(-1)?.step ?? 0);
    const loss = what === "Loss";
    const most = loss ? Math.max(1.2, ...points.map((point) => point.testLoss)) : 1;
    const place = axes(page, colours, [0, last, 0, "step", last], [0, most, 0, "", loss ? most.toFixed(1) : 1]);
    const { pen } = page;
    for (const step of marks)
      path(pen, [place.top, place.bottom].map((y) => [place.across(step), y]), colours.line);
    if (loss) {
      const silence = place.up(1 - 1 / M);
      path(pen, [[place.left, silence], [place.right, silence]], colours.ink, [1, 4]);
    }
    pen.lineWidth = 2;
    const line = (name) => points.map((point) => [place.across(point.step), place.up(point[name])]);
    path(pen, line(`test${what}`), colours.test);
    path(pen, line(`train${what}`), colours.train, [6, 4]);
  }

  // Nodes across, their frequencies up: bright where the length of a node lies.
  function nodes(canvas, colours, { shares, lengths, least, order, K, parts, node, part }) {
    const page = sheet(canvas, colours), { pen } = page, R = parts.length;
    const image = new ImageData(K, R);
    order.forEach((j, column) => {
      for (let r = 0; r < R; r++) {
        const pixel = 4 * ((R - 1 - r) * K + column);
        const colour = lengths[j] > least ? viridis(shares[j * R + r] / lengths[j]) : DEAD;
        image.data.set([...colour, 255], pixel);
      }
    });
    const place = nodesPlace(page);
    stretch(pen, image, place, K > place.width);
    pen.fillStyle = colours.pick;
    const x = place.left + ((order.indexOf(node) + 0.5) / K) * place.width;
    const y = place.top + (1 - (part + 0.5) / R) * place.height;
    const { left, bottom } = place;
    fill(pen, [[x, bottom + 1], [x - 6, bottom + 10], [x + 6, bottom + 10]]);
    fill(pen, [[left - 1, y], [left - 10, y - 6], [left - 10, y + 6]]);
  }

  function fill(pen, points) {
    pen.beginPath();
    for (const [x, y] of points) pen.lineTo(x, y);
    pen.fill();
  }

  function nodesPlace({ width, height }) {
    return { left: 14, top: 2, width: width - 16, height: height - 16, bottom: height - 14 };
  }

  function stretch(pen, image, { left, top, width, height }, smooth) {
    const small = new OffscreenCanvas(image.width, image.height);
    small.getContext("2d").putImageData(image, 0, 0);
    pen.imageSmoothingEnabled = smooth;
    pen.drawImage(small, left, top, width, height);
  }

  // The weights of one node: for the first element of a pair, and for the second.
  function wave(canvas, colours, { weights, M }) {
    const page = sheet(canvas, colours), { pen } = page;
    const most = Math.max(1e-6, ...weights.map(Math.abs));
    const end = Number(most.toPrecision(1));
    const place = axes(page, colours, [0, M - 1, 0, "element", M - 1], [-most, most, -end, "", end]);
    path(pen, [[place.left, place.up(0)], [place.right, place.up(0)]], colours.line);
    [[0, colours.first, [], 2.2], [M, colours.second, [4, 3], 1.6]].forEach(([from, colour, dash, radius]) => {
      const points = Array.from({ length: M }, (_, i) => [place.across(i), place.up(weights[from + i])]);
      pen.lineWidth = 1.5;
      path(pen, points, colour, dash);
      pen.fillStyle = colour;
      for (const [x, y] of points) {
        pen.beginPath();
        pen.arc(x, y, radius, 0, 7);
        pen.fill();
      }
    });
  }

  // The table: a cell is full where the network is right, and has the colour of its kind.
  function table(canvas, colours, { shown, right, M }) {
    const page = sheet(canvas, colours);
    const cells = colours.cells.map((colour) => colour.match(/\d+/g).slice(0, 3).map(Number));
    const image = new ImageData(M, M);
    for (let i = 0; i < M * M; i++) image.data.set([...cells[2 * shown[i] + right[i]], 255], 4 * i);
    const side = Math.min(page.width, page.height);
    stretch(page.pen, image, { left: (page.width - side) / 2, top: 0, width: side, height: side }, false);
  }

  // The coast of the book's map, and the reader's own runs.
  function coast(canvas, colours, { known, dots }) {
    const page = sheet(canvas, colours), { pen } = page;
    const place = axes(page, colours, [Math.log(10), Math.log(100), 10, "order M", 100], [0, 0.8, 0, "", "p = 0.8"]);
    const at = (M, p) => [place.across(Math.log(M)), place.up(p)];
    pen.lineWidth = 2;
    path(pen, known.map(([M, p]) => at(M, p)), colours.ink);
    for (const { M, p, accuracy } of dots) {
      const [x, y] = at(M, p);
      pen.fillStyle = `rgb(${viridis(accuracy).map(Math.round)})`;
      pen.strokeStyle = colours.ink;
      pen.lineWidth = 1;
      pen.beginPath();
      pen.arc(x, y, 6, 0, 7);
      pen.fill();
      pen.stroke();
    }
  }

  Li2Lab.draw = { curves, nodes, nodesPlace, wave, table, coast };
})();
