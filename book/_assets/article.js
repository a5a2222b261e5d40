// What a built page says, for a book of its own: without buttons, its links turned to the other
// pages of the same book. Runs in the page, once its formulas are set; see book/_ext/articles.py.
({ root, page, pages, mathml }) => {
  dispatchEvent(new Event("beforeprint"));
  const place = (name, anchor) => `${name.replace(/\W/g, "-")}--${anchor || "top"}`;
  const plain = (element) => element.textContent.trim().replace(/\s+/g, " ");
  const named = (words) => {
    const paragraph = document.createElement("p");
    paragraph.append(document.createElement("strong"));
    paragraph.firstChild.append(words);
    return paragraph;
  };

  const formulas = window.MathJax?.startup?.document?.math ?? [];
  if (mathml)
    for (const formula of [...formulas])
      formula.typesetRoot.outerHTML = MathJax.startup.toMML(formula.root);
  const sheet = document.getElementById("MJX-CHTML-styles")?.sheet;
  const styles = mathml || !sheet ? "" : [...sheet.cssRules].map((rule) => rule.cssText).join("\n");

  const article = document.querySelector("article.bd-article").cloneNode(true);
  article.id = "top";
  for (const box of article.querySelectorAll(".li2-explorer")) {
    const still = box.querySelector(".li2-still") ?? box.querySelector("img");
    still.removeAttribute("class");
    box.replaceChildren(still, box.querySelector(".li2-shown"));
  }
  for (const folded of article.querySelectorAll("details")) {
    const title = folded.querySelector("summary");
    // What only says that there is more to see; other titles name what follows.
    if (folded.matches(".hide, .toggle-details, .li2-tests")) title.remove();
    // The set-up is the same in every chapter, and does nothing on paper.
    if (plain(folded).startsWith("# Set-up, the same in every chapter")) folded.closest(".cell").remove();
    const open = document.createElement("div");
    open.className = folded.className;
    if (title.parentNode) title.replaceWith(named(plain(title)));
    open.append(...folded.childNodes);
    folded.replaceWith(open);
  }
  for (const lab of article.querySelectorAll(".li2-lab"))
    lab.replaceWith(named("On a screen a network trains here."));
  article.querySelectorAll(".li2-covered").forEach((part) => part.classList.remove("li2-covered"));
  const pressed = "script, style, button, form, input, .headerlink, .copybtn, .li2-controls, .li2-invite, .li2-pause, svg:has(#li2-dark)";
  article.querySelectorAll(mathml ? `${pressed}, .li2-film` : pressed).forEach((element) => element.remove());

  for (const image of article.querySelectorAll("img")) {
    image.src = image.src.replace(root, "");
    image.removeAttribute("loading");
  }
  for (const link of article.querySelectorAll("a")) {
    const [address, anchor] = link.href.split("#");
    const name = address.replace(root, "").replace(/\.html$/, "");
    if (pages.includes(name)) link.setAttribute("href", `#${place(name, anchor)}`);
    else if (address.startsWith(root) || !address) link.replaceWith(...link.childNodes);
  }
  // A section's names go to its heading: on paper the section may begin at the foot of the page
  // before, with an empty line that holds a name, and its heading stand on the next.
  for (const section of article.querySelectorAll("section[id]")) {
    const heading = section.querySelector(":scope > :is(h1, h2, h3, h4)");
    if (!heading) continue;
    while (heading.previousElementSibling?.matches("span[id]:empty"))
      heading.prepend(heading.previousElementSibling);
    heading.id = section.id;
    section.removeAttribute("id");
  }
  const sections = [...article.querySelectorAll("h2")].map((heading) => ({
    title: plain(heading), place: place(page, heading.id),
  }));
  const seen = new Set();
  for (const element of [article, ...article.querySelectorAll("[id]")]) {
    if (seen.has(element.id)) element.removeAttribute("id");
    else seen.add(element.id) && (element.id = place(page, element.id));
  }
  for (const name of ["aria-labelledby", "aria-describedby", "tabindex", "for", "onclick"])
    article.querySelectorAll(`[${name}]`).forEach((element) => element.removeAttribute(name));

  return {
    page, sections, styles, title: plain(article.querySelector("h1")), place: article.id,
    sheets: [...document.querySelectorAll("link[rel=stylesheet]")].map((l) => l.href.replace(root, "")),
    html: mathml ? new XMLSerializer().serializeToString(article) : article.outerHTML,
  };
}
