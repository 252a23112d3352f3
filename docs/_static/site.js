// What the theme leaves out: numbers in the search, menus by keyboard, and buttons that copy a block.
"use strict";

// Sphinx passes over the numbers of a query. People look for 413 and 429, which _site puts into the index.
function searchNumbers() {
  const parse = Search._parseQuery;
  Search._parseQuery = (query) => {
    const parsed = parse(query);
    const [, searchTerms, , highlightTerms] = parsed;
    for (const [number] of query.matchAll(/(?<![\w-])\d{3}(?!\w)/g)) {
      searchTerms.add(number);
      highlightTerms.add(number);
    }
    return parsed;
  };
}

// The menu and the contents of a page are hidden where there is no room, and opened by labels, which have no keys.
function makeButton(label) {
  const toggle = document.getElementById(label.htmlFor);
  const drawer = document.querySelector(toggle.id === "__toc" ? ".toc-drawer" : ".sidebar-drawer");
  const show = () => label.setAttribute("aria-expanded", String(toggle.checked));
  const set = (isOpen) => {
    toggle.checked = isOpen;
    toggle.dispatchEvent(new Event("change"));
  };
  label.tabIndex = 0;
  label.setAttribute("role", "button");
  label.setAttribute("aria-label", toggle.id === "__toc" ? "Contents of this page" : "Menu");
  show();
  toggle.addEventListener("change", show);
  label.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      set(!toggle.checked);
      if (toggle.checked) (drawer.querySelector("input") ?? drawer.querySelector("a")).focus();
    }
  });
  drawer.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && toggle.checked && label.offsetParent !== null) {
      set(false);
      label.focus();
    }
  });
}

function addCopyButton(block) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(block.querySelector("pre").textContent);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Not allowed";
    }
    setTimeout(() => (button.textContent = "Copy"), 2000);
  });
  block.append(button);
}

document.addEventListener("DOMContentLoaded", () => {
  if (typeof Search !== "undefined") searchNumbers(); // it begins after this
  document.querySelectorAll("label.nav-overlay-icon, label.toc-overlay-icon").forEach(makeButton);
  document.querySelectorAll("div.highlight").forEach(addCopyButton);
});
