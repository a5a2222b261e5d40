// Fields of exercises: compare what is typed or chosen with what the page holds, and say so.
(() => {
  // "0.21", "0,21", "-3e4", "1/3", "21 %"
  function number(text) {
    const tidy = text.trim().replace("\u2212", "-").replace(",", ".");
    const found = tidy.match(/^([-+]?[\d.]+(?:e[-+]?\d+)?)(?:\s*\/\s*([\d.]+))?\s*(%?)$/i);
    if (!found) return NaN;
    return Number(found[1]) / Number(found[2] ?? 1) / (found[3] ? 100 : 1);
  }

  function start(box) {
    const data = JSON.parse(box.dataset.asks);
    const form = box.querySelector("form");
    const field = box.querySelector("input[type=text]");
    const radios = [...box.querySelectorAll("input[type=radio]")];
    const reply = box.querySelector(".li2-reply");
    const lines = [...reply.children];
    const stray = document.createElement("p");
    stray.hidden = true;
    reply.append(stray);

    function line() {
      if (!field) {
        const place = radios.findIndex((radio) => radio.checked);
        stray.textContent = "Pick one first.";
        return lines[place] ?? stray;
      }
      const value = number(field.value);
      stray.textContent = "Type a number, such as 0.25, 1/4 or 25 %.";
      if (!Number.isFinite(value)) return stray;
      const near = (aim, within) => Math.abs(value - aim) <= within * (1 + 1e-12) + 1e-12;
      if (near(data.value, data.within)) return reply.querySelector("[data-right]");
      const place = data.wrong.findIndex(([aim, within]) => near(aim, within));
      return reply.querySelector(place < 0 ? "[data-other]" : `[data-wrong="${place}"]`);
    }

    form.addEventListener("submit", (event) => {
      event.preventDefault();
      [...lines, stray].forEach((one) => { one.hidden = true; });
      line().hidden = false;
    });
    if (field) { field.hidden = false; field.value = ""; }
    radios.forEach((radio) => { radio.hidden = false; radio.checked = false; });
    box.querySelector(".li2-controls").hidden = false;
  }

  document.addEventListener("DOMContentLoaded", () =>
    document.querySelectorAll(".li2-answer").forEach(start));
})();
