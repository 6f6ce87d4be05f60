"""The page's one script: search, arrow keys in tables, folds opened by links and for print.

Without it everything can be read. It is the same text on every page, and the page's Content-Security-Policy admits only
this text, by its hash (CSP level 3, 6.7.3.3): whatever else found its way into the page could not run.
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256

SCRIPT = r"""
"use strict";
(() => {
  const all = (what, within = document) => [...within.querySelectorAll(what)];
  const field = document.getElementById("search"), told = document.getElementById("told");
  const tables = all("table.grid"), cells = all("table.map td[data-t]");
  const things = all("[data-q]").map(each => [each, each.dataset.q || each.textContent.toLowerCase()]);
  for (const each of all("[hidden].js")) each.hidden = false;

  const count = (many, one, more = one + "s") => `${many} ${many === 1 ? one : more}`;
  const key = (table, target) => `${table.dataset.s} ${target}`;
  const held = new Map();  // phase and target -> the packages of its set
  for (const table of tables) {
    const names = all("thead th[data-p]", table).map(each => each.dataset.p);
    for (const row of all("tbody tr[data-t]", table)) {
      const own = [...row.cells].slice(2);
      const there = names.filter((_, at) => own[at] && !own[at].classList.contains("n"));
      held.set(key(table, row.dataset.t), new Set(there));
    }
  }

  // The words match targets (rows), packages (columns) or entries of the lists, by all of their letters.
  function search() {
    const wanted = field.value.toLowerCase().split(/\s+/).filter(Boolean), on = wanted.length > 0;
    const fits = text => wanted.every(word => text.includes(word));
    const names = new Set(), targets = new Set();
    for (const table of tables) {
      for (const each of all("thead th[data-p]", table)) if (on && fits(each.dataset.p)) names.add(each.dataset.p);
      for (const each of all("tbody tr[data-t]", table)) if (on && fits(each.dataset.t)) targets.add(each.dataset.t);
    }
    const isFound = (packages, target) => targets.size ? targets.has(target) : packages.some(name => names.has(name));
    for (const table of tables) {
      const hidden = all("thead th[data-p]", table).map(each => names.size > 0 && !names.has(each.dataset.p));
      for (const row of table.rows) {
        const target = row.dataset.t, isHead = target === undefined;
        const own = isHead || row.cells.length > 2 ? [...row.cells].slice(2) : [];
        own.forEach((each, at) => each.classList.toggle("off", hidden[at] === true));
        if (!isHead) row.classList.toggle("off", on && !isFound([...held.get(key(table, target))], target));
      }
    }
    for (const cell of cells) {
      const packages = [...(held.get(key(cell.closest("table"), cell.dataset.t)) || [])];
      cell.classList.toggle("off", on && !isFound(packages, cell.dataset.t));
    }
    let entries = 0;
    for (const [each, text] of things) {
      const off = on && !fits(text);
      each.classList.toggle("off", off);
      entries += off ? 0 : 1;
    }
    const found = [count(targets.size, "target"), count(names.size, "package"), count(entries, "entry", "entries")];
    told.textContent = !on ? "" : targets.size + names.size + entries ? `${found.join(", ")}.` : "Nothing matches.";
  }
  field.addEventListener("input", search);
  field.addEventListener("keydown", press => {
    if (press.key !== "Escape") return;
    field.value = "";
    search();
  });
  document.addEventListener("keydown", press => {
    const at = document.activeElement;
    if (press.key === "/" && !/^(INPUT|TEXTAREA)$/.test(at.tagName) && !press.ctrlKey && !press.metaKey) {
      press.preventDefault();
      field.focus();
      return;
    }
    const cell = at.tagName === "A" && at.closest("table.map td, table.map th, table.grid td, table.grid th");
    const step = {ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0]}[press.key];
    if (!cell || !step || press.altKey || press.ctrlKey || press.metaKey) return;
    const rows = [...cell.closest("table").rows];
    let row = rows.indexOf(cell.parentElement), column = cell.cellIndex;
    for (;;) {
      row += step[0];
      column += step[1];
      const next = rows[row] && rows[row].cells[column];
      if (!next) return;
      const link = next.querySelector("a");
      if (link && link.checkVisibility({visibilityProperty: true})) {
        press.preventDefault();
        link.focus();
        return;
      }
    }
  });

  // Browsers that do not open a fold around the place a link leads to.
  function unfold() {
    const place = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!place) return;
    let opened = false;
    for (let each = place.closest("details"); each; each = each.parentElement.closest("details")) {
      opened = opened || !each.open;
      each.open = true;
    }
    if (opened) place.scrollIntoView();
  }
  addEventListener("hashchange", unfold);
  unfold();
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = all("details:not([open])");
    for (const each of folded) each.open = true;
  });
  addEventListener("afterprint", () => { for (const each of folded) each.open = false; });
})();
"""
HASH = f"sha256-{b64encode(sha256(SCRIPT.encode()).digest()).decode()}"
"""As the policy names it."""
