// The groups of the lab: their tables, and the parts that a function on a group is made of. Clocks
// are made here; the others are in groups.json (`Li2Lab.groupData`), which the library writes.
(() => {
  const LARGEST_CLOCK = 97;

  function clock(M) {
    const table = Array.from({ length: M * M }, (_, i) => (Math.floor(i / M) + i) % M);
    const parts = Array.from({ length: Math.floor(M / 2) }, (_, i) => {
      const k = i + 1, single = 2 * k === M;
      const wave = (x) => (single ? 1 : 2) * Math.cos((2 * Math.PI * ((k * x) % M)) / M);
      const character = Array.from({ length: M }, (_, x) => wave(x));
      return { name: `frequency ${k}`, dimension: single ? 1 : 2, c: single ? 1 : 2, character };
    });
    // The library's order: by dimension, so M/2 comes first.
    return { order: M, table, parts: parts.sort((a, b) => a.dimension - b.dimension) };
  }

  // An orthonormal basis of a part, one function on the group a row, out of the columns of its
  // projector, D / (c M) chi(x^-1 y). The rank left is at least 1, so some column left is long.
  function basis({ dimension, c, character }, M, quotient) {
    const found = [];
    const rank = (dimension * dimension) / c;
    for (let y = 0; found.length < rank; y++) {
      const column = Float64Array.from({ length: M }, (_, x) => character[quotient[x * M + y]]);
      for (let x = 0; x < M; x++) column[x] *= dimension / (c * M);
      for (const row of [...found, ...found]) {
        const along = row.reduce((sum, value, x) => sum + value * column[x], 0);
        for (let x = 0; x < M; x++) column[x] -= along * row[x];
      }
      const length = Math.hypot(...column);
      if (length * length > 0.5 / M) found.push(column.map((value) => value / length));
    }
    return found;
  }

  // x^-1 y in row x, column y.
  function quotients(table, M) {
    const identity = Array.from({ length: M }, (_, x) => x).find((x) => table[x * M + x] === x);
    const found = new Int32Array(M * M);
    for (let x = 0; x < M; x++) {
      const inverse = table.indexOf(identity, x * M) - x * M;
      for (let y = 0; y < M; y++) found[x * M + y] = table[inverse * M + y];
    }
    return found;
  }

  // The table of the group of a name, M^2 products, and its parts but the constant one.
  function groupTable(name) {
    const order = Number(/^Z_([1-9]\d{0,3})$/.exec(name)?.[1]);
    if (order >= 2 && order <= LARGEST_CLOCK) return clock(order);
    if (Object.hasOwn(Li2Lab.groupData, name)) return Li2Lab.groupData[name];
    const others = Object.keys(Li2Lab.groupData).join(", ");
    throw new Error(`group must be Z_2 to Z_${LARGEST_CLOCK} or one of ${others}, got ${name}`);
  }

  // The bases of all parts below each other, and which rows are whose.
  function partBases(group) {
    const quotient = quotients(group.table, group.order), rows = [];
    const parts = group.parts.map((part) => {
      const first = rows.length;
      rows.push(...basis(part, group.order, quotient));
      return { name: part.name, dimension: part.dimension, first, end: rows.length };
    });
    return { parts, rows };
  }

  Object.assign(Li2Lab, { groupTable, partBases });
})();
