// SPDX-License-Identifier: Apache-2.0
// Makes the table's headings buttons that sort, and the numbers above it buttons that filter. Without it the page has all
// the same texts, in the order of attention.
"use strict";
(() => {
  const table = document.querySelector("table");
  if (!table) return;
  document.documentElement.classList.add("script");
  const body = table.tBodies[0];
  const rows = Array.from(body.rows);
  const said = document.querySelector("#said");
  const search = document.querySelector("#search");
  const headings = Array.from(table.tHead.rows[0].cells);
  const words = new Intl.Collator("en", { numeric: true });
  const chosen = new Set();

  const value = (row, column) => row.cells[column].dataset.sort;
  const compare = (column, numbers) => (a, b) =>
    numbers ? Number(value(a, column)) - Number(value(b, column)) : words.compare(value(a, column), value(b, column));

  function sort(heading) {
    const column = heading.cellIndex;
    const down = heading.getAttribute("aria-sort") === "ascending";
    const order = compare(column, heading.dataset.kind === "number");
    // From the order of attention each time, so that equal ones stay in it.
    body.append(...rows.slice().sort((a, b) => (down ? order(b, a) : order(a, b))));
    for (const each of headings) {
      if (each.dataset.kind) each.setAttribute("aria-sort", each === heading ? (down ? "descending" : "ascending") : "none");
    }
    said.textContent = `Sorted by ${heading.textContent.trim()}, ${down ? "descending" : "ascending"}.`;
  }

  function filter() {
    const wanted = search.value.trim().toLowerCase();
    let shown = 0;
    for (const row of rows) {
      const fits = (!chosen.size || chosen.has(row.dataset.state)) && row.dataset.words.toLowerCase().includes(wanted);
      row.hidden = !fits;
      shown += fits;
    }
    const count = shown === rows.length ? `${rows.length}` : `${shown} of ${rows.length}`;
    document.querySelector("#count").textContent = count;
    said.textContent = `${count} shown.`;
  }

  for (const heading of headings) {
    if (!heading.dataset.kind) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    button.addEventListener("click", () => sort(heading));
    heading.append(button);
    if (!heading.hasAttribute("aria-sort")) heading.setAttribute("aria-sort", "none");
  }

  for (const tile of document.querySelectorAll(".tile")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = tile.className;
    button.setAttribute("aria-pressed", "false");
    button.append(...tile.childNodes);
    button.addEventListener("click", () => {
      const state = tile.dataset.state;
      if (!chosen.delete(state)) chosen.add(state);
      button.setAttribute("aria-pressed", String(chosen.has(state)));
      filter();
    });
    tile.replaceWith(button);
  }

  search.addEventListener("input", filter);
  // A link to a row that is filtered away shows it again.
  window.addEventListener("hashchange", () => {
    const row = document.querySelector(`${location.hash || "#-"}`);
    if (!row || !row.hidden) return;
    chosen.clear();
    search.value = "";
    for (const button of document.querySelectorAll("button.tile")) button.setAttribute("aria-pressed", "false");
    filter();
    row.scrollIntoView();
  });
})();
