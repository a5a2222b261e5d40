// Words that explain themselves: a link into the glossary shows its definition where it stands.
(() => {
  const words = window.li2Words ?? {};
  const box = document.createElement("div");
  let link = null;
  let leaving = 0;

  function hide() {
    clearTimeout(leaving);
    link?.removeAttribute("aria-describedby");
    link = null;
    box.hidden = true;
  }

  function show(aim) {
    if (link === aim) return clearTimeout(leaving);
    hide();
    link = aim;
    box.innerHTML = words[aim.hash.slice(1)];
    const more = box.appendChild(document.createElement("a"));
    more.href = aim.href;
    more.tabIndex = -1;
    more.textContent = "In the glossary";
    box.hidden = false;
    link.setAttribute("aria-describedby", box.id);
    window.MathJax?.typesetPromise?.([box]).then(place);
    place();
  }

  // Under the word, or above it where there is no room; never beyond the window's sides.
  function place() {
    if (!link) return;
    const word = link.getClientRects()[0];
    const left = Math.min(word.left, document.documentElement.clientWidth - box.offsetWidth - 8);
    const under = word.bottom + 4 + box.offsetHeight <= innerHeight;
    box.style.left = `${Math.max(8, left)}px`;
    box.style.top = `${under ? word.bottom + 4 : word.top - 4 - box.offsetHeight}px`;
  }

  function later() {
    clearTimeout(leaving);
    leaving = setTimeout(hide, 200);
  }

  function start(aim) {
    let touched = false;
    aim.classList.add("li2-word");
    aim.addEventListener("pointerenter", (event) => { if (event.pointerType === "mouse") show(aim); });
    aim.addEventListener("pointerleave", (event) => { if (event.pointerType === "mouse") later(); });
    aim.addEventListener("pointerdown", (event) => { touched = event.pointerType !== "mouse"; });
    aim.addEventListener("focus", () => { if (aim.matches(":focus-visible")) show(aim); });
    aim.addEventListener("blur", () => { if (!box.matches(":hover")) hide(); });
    // The first tap shows the definition, the second follows the link.
    aim.addEventListener("click", (event) => {
      if (touched && link !== aim) { event.preventDefault(); show(aim); }
      touched = false;
    });
  }

  document.addEventListener("DOMContentLoaded", () => {
    box.id = "li2-definition";
    box.setAttribute("role", "tooltip");
    box.hidden = true;
    box.addEventListener("pointerenter", () => clearTimeout(leaving));
    box.addEventListener("pointerleave", later);
    const links = [...document.querySelectorAll("main a.reference.internal[href*='glossary.html#term-']")]
      .filter((one) => one.hash.slice(1) in words);
    if (!links.length) return;
    document.querySelector("main").append(box);
    links.forEach(start);
    document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
    document.addEventListener("pointerdown", (event) => {
      if (link && !box.contains(event.target) && event.target.closest("a") !== link) hide();
    });
    addEventListener("resize", hide);
    addEventListener("scroll", place, { passive: true, capture: true });
  });
})();
