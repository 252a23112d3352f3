"use strict";
// The page is whole without this: it adds the search, and says how many rows are shown.
const search = document.getElementById("search");
const shown = document.getElementById("shown");
const none = document.getElementById("none");
const form = document.querySelector(".filters");
const rows = Array.from(document.querySelectorAll(".row"), (element) => ({
  element,
  text: Array.from(element.querySelectorAll("h2, .reason b, dd"), (part) => part.textContent)
    .join("\n")
    .toLocaleLowerCase(),
}));

function update() {
  const words = search.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const state = form.elements.state.value;
  let count = 0;
  for (const { element, text } of rows) {
    const isFound = words.every((word) => text.includes(word));
    element.hidden = !isFound;
    if (isFound && (state === "all" || element.classList.contains(state))) count += 1;
  }
  shown.textContent = `${count.toLocaleString("en")} of ${rows.length.toLocaleString("en")} shown`;
  none.hidden = count > 0 || rows.length === 0;
}

search.addEventListener("input", update);
form.addEventListener("change", update);
form.addEventListener("submit", (event) => event.preventDefault());
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && event.target !== search && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    search.focus();
  }
});
search.parentElement.hidden = false;
shown.hidden = false;
update();
