// Guesses of a built page: what shows the answer stays covered until the reader has guessed.
(() => {
  // What shows the answer: from the guess on the figure, what is said of it, and its numbers, in
  // either order. A new section, exercise or guess ends it sooner.
  function covered(cell) {
    const found = [];
    let outputs = 0, told = false;
    for (let next = cell.nextElementSibling; next; next = next.nextElementSibling) {
      if (next.matches("section, .exercise") || next.querySelector(".li2-guess, .li2-answer")) break;
      const isCell = next.matches(".cell");
      if (outputs > 1 && told && (isCell || found.at(-1).matches(".cell"))) break;
      if (outputs && !isCell) told = true;
      if (isCell && next.querySelector(".cell_output")) outputs += 1;
      found.push(next);
    }
    return outputs ? found : [];
  }

  function start(box) {
    const parts = covered(box.closest(".cell") ?? box);
    const radios = [...box.querySelectorAll(".li2-choice input")];
    const commit = box.querySelector(".li2-commit");
    const skip = box.querySelector(".li2-skip");
    const whys = [...box.querySelectorAll(".li2-why")];
    let told = false;

    function open() {
      parts.forEach((part) => part.classList.remove("li2-covered"));
      skip.disabled = true;
    }

    function tell() {
      const place = radios.length ? radios.findIndex((radio) => radio.checked) : 0;
      whys.forEach((why, k) => why.classList.toggle("li2-told-now", k === place));
      return whys[place];
    }

    radios.forEach((radio) => {
      radio.hidden = false;
      radio.checked = false;
      radio.addEventListener("change", () => { commit.disabled = told; if (told) tell(); });
    });
    box.addEventListener("li2-drawn", () => { commit.disabled = told; });
    commit.addEventListener("click", () => {
      told = true;
      open();
      box.dispatchEvent(new Event("li2-committed"));
      box.querySelector(".li2-invite").remove();
      const why = tell();
      commit.disabled = true;
      why.focus({ preventScroll: true });
    });
    skip.addEventListener("click", open);
    // A link to what is covered opens it.
    const follow = () => {
      const aim = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
      if (aim && parts.some((part) => part.contains(aim))) { open(); aim.scrollIntoView(); }
    };
    addEventListener("hashchange", follow);

    parts.forEach((part) => part.classList.add("li2-covered"));
    skip.hidden = !parts.length;
    box.querySelector(".li2-controls").hidden = false;
    box.querySelector(".li2-invite").hidden = false;
    box.classList.add("li2-live");
    follow();
  }

  document.addEventListener("DOMContentLoaded", () =>
    document.querySelectorAll(".li2-guess").forEach(start));
})();
