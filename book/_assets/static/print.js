// A page that goes to paper has light colours and nothing folded; afterwards it is as before.
(() => {
  const undo = [];

  addEventListener("beforeprint", () => {
    const root = document.documentElement;
    const theme = root.dataset.theme;
    root.dataset.theme = "light";
    undo.push(() => { root.dataset.theme = theme; });
    // The toggle button's own script opens, and closes, its details.
    for (const folded of document.querySelectorAll("details:not([open], .toggle-details)")) {
      folded.open = true;
      undo.push(() => { folded.open = false; });
    }
  });

  addEventListener("afterprint", () => undo.splice(0).forEach((step) => step()));
})();
