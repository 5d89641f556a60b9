// Sorts the tables, and shows at once what a browser shows after a second. Without it the page is whole: every title is
// in the document, and the tables stand in the record's order.
"use strict";

// ----- tables

/** The cell of a row in a column; none where a cell spans several. */
function cellOf(row, column) {
  let at = 0;
  for (const cell of row.cells) {
    if (at === column && cell.colSpan === 1) return cell;
    at += cell.colSpan;
  }
}

/** What a row is sorted by: its number, else its text. A bound comes just before its number. */
function keyOf(row, column) {
  const cell = cellOf(row, column);
  const text = cell?.textContent.trim() ?? "";
  const number = cell?.dataset.n;
  if (number === undefined) return text === "—" || text === "" ? undefined : [text, 0];
  return [Number(number), /^[<≤]/.test(text) ? 0 : 1];
}

/** Orders two keys; a row without one comes last, whichever way the others go. */
function compare(a, b, way) {
  if (a === undefined || b === undefined) return (a === undefined) - (b === undefined);
  const place = a.findIndex((part, place) => part !== b[place]);
  return place < 0 ? 0 : (a[place] < b[place] ? -1 : 1) * way;
}

function makeSortable(table) {
  const body = table.tBodies[0];
  const record = [...body.rows];
  const heads = [...table.tHead.rows[table.tHead.rows.length - 1].cells];
  const next = { undefined: "ascending", ascending: "descending" };
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const order = next[head.getAttribute("aria-sort") ?? undefined];
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      table.toggleAttribute("data-sorted", order !== undefined);
      if (order === undefined) return body.append(...record);
      head.setAttribute("aria-sort", order);
      const way = order === "ascending" ? 1 : -1;
      const keyed = record.map((row) => [keyOf(row, column), row]);
      keyed.sort((a, b) => compare(a[0], b[0], way));
      body.append(...keyed.map(([, row]) => row));
    });
  });
}

// ----- what a title says

const tip = document.createElement("div");
tip.id = "tip";
tip.hidden = true;
tip.setAttribute("role", "tooltip");
let shown; // the element that it is about, and how its title is given back

const hasTitle = (element) =>
  element.hasAttribute("title") || (!element.matches("svg") && element.querySelector(":scope > title"));

function titled(element) {
  while (element && element !== shown?.element && !hasTitle(element)) element = element.parentElement;
  return element;
}

/** Takes an element's title out, for the browser would show it, too; returns its text and the way back. */
function takeTitle(element) {
  const text = element.getAttribute("title");
  if (text !== null) {
    element.removeAttribute("title");
    return [text, () => element.setAttribute("title", text)];
  }
  const title = element.querySelector(":scope > title");
  title.remove();
  return [title.textContent, () => element.prepend(title)];
}

function hide() {
  shown?.giveBack();
  shown?.element.removeAttribute("aria-describedby");
  shown = undefined;
  tip.hidden = true;
}

function show(element, pointer) {
  if (element === shown?.element) return;
  hide();
  if (!element || element.closest("head")) return;
  const [text, giveBack] = takeTitle(element);
  shown = { element, giveBack };
  element.setAttribute("aria-describedby", "tip");
  tip.textContent = text;
  tip.hidden = false;
  const box = element.getBoundingClientRect();
  // a long line's box says little about where the pointer met it
  const at = pointer && box.width > 120 ? new DOMRect(pointer.clientX, pointer.clientY - 8, 0, 16) : box;
  const most = document.documentElement.clientWidth - tip.offsetWidth - 8;
  tip.style.left = `${Math.max(8, Math.min(at.left + at.width / 2 - tip.offsetWidth / 2, most))}px`;
  const above = at.top - tip.offsetHeight - 6;
  tip.style.top = `${above > 4 ? above : at.bottom + 6}px`;
}

/** Makes things with a title reachable by keyboard: one stop of Tab's, the arrows go from there. */
function makeReachable(things) {
  things.forEach((thing, place) => {
    thing.setAttribute("tabindex", place ? "-1" : "0");
    thing.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      const next = step && event.target === thing && things[place + step];
      if (!next) return;
      event.preventDefault();
      thing.setAttribute("tabindex", "-1");
      next.setAttribute("tabindex", "0");
      next.focus();
    });
  });
}

// ----- all of it

/** Opens what a link leads into. */
function reveal() {
  const target = document.getElementById(location.hash.slice(1));
  const folded = target?.closest("details:not([open])");
  if (!folded) return;
  folded.open = true;
  target.scrollIntoView();
}

document.body.append(tip);
document.querySelectorAll("main table").forEach((table) => {
  makeReachable([...table.querySelectorAll("tbody td[title]")]);
  makeSortable(table);
});
document.querySelectorAll("main svg").forEach((chart) => {
  makeReachable([...chart.querySelectorAll("title")].map((title) => title.parentElement).filter((e) => e !== chart));
});
document.querySelectorAll(".scripted").forEach((hint) => { hint.hidden = false; });
document.addEventListener("pointerover", (event) => show(titled(event.target), event));
document.documentElement.addEventListener("pointerleave", hide);
document.addEventListener("focusin", (event) => show(titled(event.target)));
document.addEventListener("focusout", hide);
document.addEventListener("scroll", hide, { capture: true, passive: true });
document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
addEventListener("beforeprint", hide);
addEventListener("hashchange", reveal);
reveal();
