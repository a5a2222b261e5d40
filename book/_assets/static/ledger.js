// The ledger's filter: a row stays if it is of every kind that is asked for.
(() => {
  function start(form) {
    const rows = [...document.querySelectorAll(".li2-ledger tbody tr")];
    const selects = [...form.querySelectorAll("select")];
    const shown = form.querySelector("output");

    function filter() {
      const kinds = selects.map((select) => select.value).filter(Boolean);
      for (const row of rows)
        row.hidden = !kinds.every((kind) => row.classList.contains(kind));
      const left = rows.filter((row) => !row.hidden).length;
      shown.textContent = `${left} of ${rows.length} statements`;
    }

    function reset() {
      selects.forEach((select) => { select.value = ""; });
      filter();
    }

    function reveal() {
      const target = document.getElementById(location.hash.slice(1));
      if (!target?.closest("tr")?.hidden) return;
      reset();
      target.scrollIntoView();
    }

    form.addEventListener("change", filter);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", (event) => { event.preventDefault(); reset(); });
    addEventListener("hashchange", reveal);
    form.hidden = false;
    filter(); // a browser may have kept what was chosen before a reload
  }

  document.addEventListener("DOMContentLoaded", () =>
    document.querySelectorAll(".li2-filter").forEach(start));
})();
