// What a lab starts from, as values and as text: "#group=Z_23&K=128&p=0.6&...".
(() => {
  const START = { group: "Z_23", K: 128, p: 0.6, s: "x2", lr: 0.01, decay: 0.001, scale: 1, seed: 0 };
  const WHOLE = { K: [1, 1024], seed: [0, 2 ** 32 - 1] };
  const REAL = {
    p: ["above 0 and below 1", (x) => x > 0 && x < 1],
    lr: ["above 0 and at most 1", (x) => x > 0 && x <= 1],
    decay: ["from 0 to 1", (x) => x >= 0 && x <= 1],
    scale: ["from 0.01 to 100", (x) => x >= 0.01 && x <= 100],
  };

  function refuse(name, allowed, value) {
    throw new Error(`${name} must be ${allowed}, got ${value}`);
  }

  // The value of one name from text or from itself; an Error that says what is allowed.
  function value(name, given) {
    const text = String(given).trim();
    const number = text === "" ? NaN : Number(text);
    if (name in WHOLE) {
      const [least, most] = WHOLE[name];
      const fits = Number.isInteger(number) && number >= least && number <= most;
      return fits ? number : refuse(name, `a whole number from ${least} to ${most}`, text);
    }
    if (name in REAL) {
      const [allowed, fits] = REAL[name];
      return fits(number) ? number : refuse(name, `a number ${allowed}`, text);
    }
    if (name === "s" && text !== "x2" && text !== "relu") refuse("s", "x2 or relu", text);
    if (name === "group") Li2Lab.groupTable(text);
    if (!(name in START)) refuse("a name", `one of ${Object.keys(START).join(", ")}`, name);
    return text;
  }

  // A whole state from a fragment; what it does not name is taken from `start`.
  function parse(fragment, start = START) {
    const state = { ...start };
    for (const [name, text] of new URLSearchParams(fragment.replace(/^#/, "")))
      if (name === "M") state.group = value("group", `Z_${text}`);
      else state[name] = value(name, text);
    return state;
  }

  function print(state) {
    const text = (name) => String(state[name]).replaceAll(" ", "+");
    return `#${Object.keys(START).map((name) => `${name}=${text(name)}`).join("&")}`;
  }

  Object.assign(Li2Lab, { parseState: parse, printState: print, stateValue: value });
})();
