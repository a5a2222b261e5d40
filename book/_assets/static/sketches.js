// Curves that the reader draws: by finger or mouse anywhere on the plot, or point by point by keys.
(() => {
  // As Sketch.compare in li2_core/show/sketches.py.
  function compare(data, drawn) {
    const near = data.near * (data.high - data.low);
    const sides = { above: [], below: [] };
    data.places.forEach((place, k) => {
      const gap = drawn[k] - data.curve[k];
      if (Math.abs(gap) > near) sides[gap > 0 ? "above" : "below"].push(place);
    });
    const told = Object.entries(sides).filter(([, at]) => at.length)
      .map(([side, at]) => `${side} the measured curve at ${data.x} ${at.join(", ")}`);
    if (!told.length) return "Near the measured curve everywhere.";
    if (sides.above.length + sides.below.length < data.places.length) told.push("near it elsewhere");
    const words = told.join("; ");
    return `${words[0].toUpperCase()}${words.slice(1)}.`;
  }

  function start(drawing) {
    const box = drawing.closest(".li2-guess");
    const data = JSON.parse(drawing.querySelector("script").textContent);
    const svg = drawing.querySelector("svg");
    const line = svg.querySelector(".li2-drawn polyline");
    const handles = [...svg.querySelectorAll("circle")];
    const drawn = handles.map((handle) => Number(handle.getAttribute("aria-valuenow")));
    const across = handles.map((handle) => Number(handle.getAttribute("cx")));
    const step = (data.high - data.low) / 20;
    let done = false;

    function show() {
      handles.forEach((handle, k) => {
        const share = (drawn[k] - data.low) / (data.high - data.low);
        const height = data.bottom - share * (data.bottom - data.top);
        const told = String(Number(drawn[k].toPrecision(2)));
        handle.setAttribute("cy", height);
        handle.setAttribute("aria-valuenow", told);
        handle.setAttribute("aria-valuetext", told);
      });
      line.setAttribute("points", handles.map((h) => `${h.getAttribute("cx")},${h.getAttribute("cy")}`).join(" "));
    }

    function move(k, value) {
      if (done) return;
      drawn[k] = Math.min(data.high, Math.max(data.low, value));
      show();
      box.dispatchEvent(new Event("li2-drawn"));
    }

    function at(event) {
      const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
      const gaps = across.map((x) => Math.abs(x - point.x));
      const share = (data.bottom - point.y) / (data.bottom - data.top);
      move(gaps.indexOf(Math.min(...gaps)), data.low + share * (data.high - data.low));
    }

    svg.addEventListener("pointerdown", (event) => {
      if (done) return;
      event.preventDefault();
      svg.setPointerCapture(event.pointerId);
      at(event);
    });
    svg.addEventListener("pointermove", (event) => {
      if (svg.hasPointerCapture(event.pointerId)) at(event);
    });
    handles.forEach((handle, k) => handle.addEventListener("keydown", (event) => {
      const moves = {
        ArrowUp: drawn[k] + step, ArrowDown: drawn[k] - step, PageUp: drawn[k] + 4 * step,
        PageDown: drawn[k] - 4 * step, Home: data.low, End: data.high,
      };
      const aim = { ArrowRight: handles[k + 1], ArrowLeft: handles[k - 1] }[event.key];
      if (event.key in moves) move(k, moves[event.key]);
      else if (aim) aim.focus();
      else return;
      event.preventDefault();
    }));
    box.addEventListener("li2-committed", () => {
      done = true;
      handles.forEach((handle) => { handle.setAttribute("aria-disabled", "true"); });
      drawing.classList.add("li2-compared");
      box.querySelector(".li2-why").prepend(`${compare(data, drawn)} `);
    });
    show();
  }

  document.addEventListener("DOMContentLoaded", () =>
    document.querySelectorAll(".li2-sketch").forEach(start));
})();
