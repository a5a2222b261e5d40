// The sliders of a built page: each position of the range inputs names one drawn frame.
(() => {
  const still = matchMedia("(prefers-reduced-motion: reduce)");

  function start(box) {
    const data = JSON.parse(box.querySelector("script").textContent);
    const image = box.querySelector("img");
    const call = box.querySelector(".li2-call");
    const onPaper = box.querySelector(".li2-still") ?? image;
    const values = document.createElement("p");
    const inputs = [...box.querySelectorAll("input")];
    const url = (i) => `${data.url}/${data.frames[i]}`;
    const label = (name) => name.replaceAll("_", " ");
    let fetched = false;

    function show() {
      const places = inputs.map((input) => Number(input.value));
      const texts = places.map((place, k) => data.values[k][place]);
      const frame = places.reduce((sum, place, k) => sum * data.values[k].length + place, 0);
      image.src = url(frame);
      image.alt = `${data.alt} Shown: ${texts.map((t, k) => `${label(data.names[k])} ${t}`).join(", ")}.`;
      values.textContent = onPaper.alt.slice(onPaper.alt.lastIndexOf("Shown: "));
      call.textContent = `${data.draw}(${texts.map((t, k) => `${data.names[k]}=${t}`).join(", ")})`;
      inputs.forEach((input, k) => {
        input.setAttribute("aria-valuetext", texts[k]);
        input.closest(".li2-control").querySelector("output").textContent = texts[k];
      });
    }

    function fetchAll() {
      if (fetched) return;
      fetched = true;
      data.frames.forEach((_, i) => { new Image().src = url(i); });
    }

    inputs.forEach((input) => input.addEventListener("input", show));
    for (const sign of ["pointerenter", "focusin", "touchstart"])
      box.addEventListener(sign, fetchAll, { passive: true });
    const button = box.querySelector(".li2-play");
    if (button) player(button, button.closest(".li2-control").querySelector("input"), show);
    values.className = "li2-shown";
    box.append(values);
    box.querySelector(".li2-controls").hidden = false;
    call.hidden = false;
    show();
  }

  function player(button, input, show) {
    const name = button.getAttribute("aria-label").replace("Play ", "");
    let timer = null;

    function set(playing) {
      button.textContent = playing ? "\u23F8" : "\u25B6";
      button.setAttribute("aria-label", `${playing ? "Pause" : "Play"} ${name}`);
    }

    function stop() {
      clearInterval(timer);
      timer = null;
      set(false);
    }

    function step() {
      if (input.value === input.max) return stop();
      input.value = Number(input.value) + 1;
      show();
    }

    button.addEventListener("click", () => {
      if (timer) return stop();
      if (input.value === input.max) input.value = 0;
      set(true);
      // Who asks for less motion gets fewer, slower changes.
      timer = setInterval(step, still.matches ? 1500 : 300);
      step();
    });
    input.addEventListener("pointerdown", () => timer && stop());
  }

  document.addEventListener("DOMContentLoaded", () =>
    document.querySelectorAll(".li2-explorer").forEach(start));
})();
