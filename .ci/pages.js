// What .ci/pages asks of a page while it stands in the browser. Every function returns faults, as text.

const LEAST_CONTRAST = 4.5;
const SLACK = 0.5; // px: text boxes are rounded

const textOf = (node) => node.textContent.trim().replace(/\s+/g, " ").slice(0, 60);
const visible = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true });

/** Where an element is, as short as it can be told. */
function selectorOf(element) {
  const parts = [];
  for (let e = element; e && e !== document.body; e = e.parentElement) {
    if (e.id) {
      parts.unshift(`#${e.id}`);
      break;
    }
    const alike = [...(e.parentElement?.children ?? [])].filter((other) => other.localName === e.localName);
    parts.unshift(alike.length > 1 ? `${e.localName}:nth-of-type(${alike.indexOf(e) + 1})` : e.localName);
  }
  return parts.join(" > ");
}

const told = (element) => `${selectorOf(element)} "${textOf(element)}"`;

/** Nothing is looked at less closely for being folded. */
function unfold() {
  document.querySelectorAll("details").forEach((details) => { details.open = true; });
}

// ----- layout

function meet(a, b) {
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return width > SLACK && height > SLACK;
}

function chartFaults(chart) {
  const frame = chart.getBoundingClientRect();
  const texts = [...chart.querySelectorAll("text")].filter((text) => textOf(text) !== "" && visible(text));
  const boxes = texts.map((text) => text.getBoundingClientRect());
  const faults = [];
  boxes.forEach((box, place) => {
    const out = [frame.left - box.left, frame.top - box.top, box.right - frame.right, box.bottom - frame.bottom];
    const most = Math.max(...out);
    if (most > SLACK) faults.push(`${told(texts[place])} leaves its chart by ${most.toFixed(1)} px`);
    boxes.slice(place + 1).forEach((other, more) => {
      if (meet(box, other)) faults.push(`${told(texts[place])} meets ${told(texts[place + 1 + more])}`);
    });
  });
  return faults;
}

/** Rectangles of what is written in an element, line by line, but for what scrolls by itself. */
function writtenIn(element) {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  const rects = [];
  while (walker.nextNode()) {
    if (textOf(walker.currentNode) === "" || walker.currentNode.parentElement.closest("pre")) continue;
    range.selectNodeContents(walker.currentNode);
    rects.push(...range.getClientRects());
  }
  return rects;
}

function rowFaults(row) {
  const edge = row.closest("table").getBoundingClientRect().right;
  const written = [...row.cells].map(writtenIn);
  const faults = [];
  written.forEach((rects, place) => {
    const next = written[place + 1] ?? [];
    const out = Math.max(...rects.map((rect) => rect.right - edge));
    if (out > SLACK) faults.push(`${told(row.cells[place])} leaves its table by ${out.toFixed(1)} px`);
    if (rects.some((a) => next.some((b) => meet(a, b)))) {
      faults.push(`${told(row.cells[place])} meets ${told(row.cells[place + 1])}`);
    }
  });
  return faults;
}

function layoutFaults() {
  const root = document.documentElement;
  const faults = [...document.querySelectorAll("svg")].filter(visible).flatMap(chartFaults);
  faults.push(...[...document.querySelectorAll("tr")].filter(visible).flatMap(rowFaults));
  if (root.scrollWidth > root.clientWidth) {
    const wide = [...document.body.querySelectorAll("*")].filter((e) => e.getBoundingClientRect().right > root.clientWidth + SLACK);
    const first = wide.find((e) => !e.closest("svg") && !e.closest(".wide, .panel, pre"));
    faults.push(`the page is ${root.scrollWidth} px wide in ${root.clientWidth} px: ${first ? told(first) : "?"}`);
  }
  for (const link of document.querySelectorAll("a[href^='#']")) {
    if (!document.getElementById(link.getAttribute("href").slice(1))) faults.push(`${told(link)} leads nowhere`);
  }
  const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  ids.filter((id, place) => ids.indexOf(id) !== place).forEach((id) => faults.push(`two elements are #${id}`));
  return faults;
}

function size() {
  const count = (selector) => document.querySelectorAll(selector).length;
  return `${count("svg")} charts, ${count("svg text")} texts in them, ${count("table")} tables`;
}

// ----- contrast

const pixel = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
const colours = new Map();

/** Red, green, blue and opacity, each from 0 to 1, of any CSS colour. */
function rgba(colour) {
  if (!colours.has(colour)) {
    pixel.clearRect(0, 0, 1, 1);
    pixel.fillStyle = colour;
    pixel.fillRect(0, 0, 1, 1);
    colours.set(colour, [...pixel.getImageData(0, 0, 1, 1).data].map((part) => part / 255));
  }
  return colours.get(colour);
}

const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];

function luminance(colour) {
  const [r, g, b] = colour.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a, b) {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

function opacityOf(element) {
  let opacity = 1;
  for (let e = element; e; e = e.parentElement) opacity *= Number(getComputedStyle(e).opacity);
  return opacity;
}

/** What an element's boxes are painted on. */
function paperOf(element) {
  const layers = [];
  for (let e = element; e; e = e.parentElement) {
    const colour = rgba(getComputedStyle(e).backgroundColor);
    layers.push(colour);
    if (colour[3] === 1) break;
  }
  const canvas = matchMedia("(prefers-color-scheme: dark)").matches ? [0.07, 0.07, 0.07, 1] : [1, 1, 1, 1];
  return layers.reduceRight((below, layer) => over(layer, below), canvas);
}

const faded = (colour, opacity) => [...colour.slice(0, 3), colour[3] * opacity];

function filled(shape) {
  const style = getComputedStyle(shape);
  if (style.fill === "none" || style.fill.startsWith("url")) return [0, 0, 0, 0];
  return faded(rgba(style.fill), Number(style.fillOpacity) * opacityOf(shape));
}

function covers(shape, x, y) {
  const at = new DOMPoint(x, y).matrixTransform(shape.getScreenCTM().inverse());
  return shape.isPointInFill(at);
}

/** A chart's text against what is painted below it, at points all over it. */
function chartContrastFaults(chart) {
  const shapes = [...chart.querySelectorAll("rect, circle, ellipse, polygon, path")]
    .map((shape) => ({ shape, box: shape.getBoundingClientRect(), colour: filled(shape) }))
    .filter(({ colour }) => colour[3] > 0);
  const paper = paperOf(chart);
  const faults = [];
  for (const text of chart.querySelectorAll("text")) {
    if (textOf(text) === "" || !visible(text)) continue;
    const box = text.getBoundingClientRect();
    const near = shapes.filter((shape) => meet(shape.box, box));
    let least = Infinity;
    for (const [across, down] of [0.02, 0.25, 0.5, 0.75, 0.98].flatMap((a) => [0.2, 0.5, 0.8].map((d) => [a, d]))) {
      const [x, y] = [box.left + across * box.width, box.top + down * box.height];
      let below = paper;
      for (const { shape, colour } of near) {
        if (!covers(shape, x, y)) continue;
        const later = text.compareDocumentPosition(shape) & Node.DOCUMENT_POSITION_FOLLOWING;
        if (!later) below = over(colour, below);
        else if (colour[3] > 0.1) least = 1; // painted over
      }
      least = Math.min(least, contrast(over(filled(text), below), below));
    }
    if (least < LEAST_CONTRAST) faults.push(`${told(text)} has a contrast of ${least.toFixed(2)}`);
  }
  return faults;
}

function contrastFaults() {
  const faults = [...document.querySelectorAll("svg")].filter(visible).flatMap(chartContrastFaults);
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const seen = new Set();
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (textOf(walker.currentNode) === "" || seen.has(element) || element.closest("svg, script, style")) continue;
    seen.add(element);
    if (visible(element)) faults.push(...elementContrastFaults(element));
  }
  return faults;
}

function elementContrastFaults(element) {
  const below = paperOf(element);
  const colour = faded(rgba(getComputedStyle(element).color), opacityOf(element));
  const found = contrast(over(colour, below), below);
  return found < LEAST_CONTRAST ? [`${told(element)} has a contrast of ${found.toFixed(2)}`] : [];
}

// ----- titles

const tip = () => document.querySelector("[role=tooltip]");
const tipShown = () => tip() !== null && visible(tip());
const titleOf = (element) => element.getAttribute("title") ?? element.querySelector(":scope > title")?.textContent;

/** A frame later, what was scrolled stands and whoever listens to it was told. */
const settled = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));

/** Remembers a few things with a title, of every kind that there is; returns what each is. */
function pointable() {
  const some = (all, most) => all.filter(visible).slice(0, most);
  const charts = [...document.querySelectorAll("main svg")].filter(visible);
  const inCharts = charts.flatMap((chart) => {
    const titles = [...chart.querySelectorAll("title")].map((title) => title.parentElement).filter((e) => e !== chart);
    return some(titles, 2).concat(some(titles.slice(2).reverse(), 1));
  });
  const kinds = ["main td[title]", "main a[title]"].map((kind) => some([...document.querySelectorAll(kind)], 3));
  window.pointed = inCharts.concat(...kinds).map((element) => ({ element, title: titleOf(element) }));
  return window.pointed.map(({ element }) => told(element));
}

/** Brings it into view; a point at which it is what the pointer meets, or that another thing with a title lies upon it. */
async function spotOf(place) {
  const { element } = window.pointed[place];
  element.scrollIntoView({ block: "center", inline: "center" });
  await settled();
  const box = element.getBoundingClientRect();
  const steps = [...Array(41).keys()].map((n) => n / 40);
  for (const down of [0.5, ...steps]) {
    for (const across of [0.5, ...steps]) {
      const [x, y] = [box.left + across * box.width, box.top + down * box.height];
      if (element.contains(document.elementFromPoint(x, y))) return { x, y };
    }
  }
  let met = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  while (met && titleOf(met) === undefined) met = met.parentElement;
  return met ? "covered" : null;
}

async function tipFaults(place) {
  await settled();
  const { element, title } = window.pointed[place];
  if (!tipShown()) return [`${told(element)}: no tooltip appears`];
  const faults = elementContrastFaults(tip());
  const box = tip().getBoundingClientRect();
  const root = document.documentElement;
  if (tip().textContent !== title) faults.push(`${told(element)}: the tooltip says "${textOf(tip())}"`);
  if (titleOf(element) !== undefined) faults.push(`${told(element)}: the browser's own tooltip would appear as well`);
  if (box.left < 0 || box.top < 0 || box.right > root.clientWidth || box.bottom > root.clientHeight) {
    faults.push(`${told(element)}: its tooltip leaves the window`);
  }
  return faults;
}

async function tipGoneFaults(place) {
  await settled();
  const { element, title } = window.pointed[place];
  const faults = tipShown() ? [`${told(element)}: its tooltip stays`] : [];
  return titleOf(element) === title ? faults : [...faults, `${told(element)}: its title is lost`];
}

/** The first thing with a title that the keyboard reaches shows it, too. */
async function focusFaults() {
  const first = [...document.querySelectorAll("main [tabindex='0']")].find((e) => titleOf(e) !== undefined && visible(e));
  if (!first) return ["nothing with a title is reached by keyboard"];
  first.scrollIntoView({ block: "center", inline: "center" });
  await settled();
  first.focus({ preventScroll: true });
  const faults = tipShown() ? [] : [`${told(first)}: no tooltip appears on focus`];
  first.blur();
  return faults;
}

// ----- sorting

const UNITS = { "": 1, ns: 1, "µs": 1e3, ms: 1e6, s: 1e9, B: 1, kB: 1e3, KiB: 1024, MiB: 1 << 20, "%": 0.01, "/s": 1 };

/** What a cell is sorted by has to be what it says. */
function numberFaults(cell) {
  const bare = cell.cloneNode(true);
  bare.querySelectorAll("sup").forEach((mark) => mark.remove());
  const parts = bare.textContent.trim().match(/^[<≤+\s]*(-?[\d,]+(?:\.\d+)?)\s*([a-zA-Zµ%/]*)/);
  const unit = parts && UNITS[parts[2]];
  if (!unit) return [];
  const says = Number(parts[1].replaceAll(",", "")) * unit;
  const wrong = Math.abs(says - Number(cell.dataset.n)) > 0.006 * Math.abs(says);
  return wrong ? [`${told(cell)} is sorted by ${cell.dataset.n}`] : [];
}

/** What stands in a column from top to bottom, where a row has a cell of its own there. */
function columnOf(table, column) {
  return [...table.tBodies[0].rows].map((row) => {
    let at = 0;
    const cell = [...row.cells].find((one) => (at += one.colSpan) > column);
    const text = cell.colSpan === 1 ? cell.textContent.trim() : "";
    if (cell.dataset.n !== undefined) return Number(cell.dataset.n);
    return text === "" || text === "—" ? undefined : text;
  });
}

function ordered(values, way) {
  const there = values.filter((value) => value !== undefined);
  const last = values.slice(0, there.length).every((value) => value !== undefined);
  return last && there.every((value, place) => place === 0 || (way > 0 ? there[place - 1] <= value : there[place - 1] >= value));
}

function headsOf(table) {
  return [...table.tHead.rows[table.tHead.rows.length - 1].cells];
}

function sortFaults() {
  const faults = [...document.querySelectorAll("td[data-n]")].flatMap(numberFaults);
  for (const table of document.querySelectorAll("main table")) {
    const record = [...table.tBodies[0].rows];
    const heads = headsOf(table);
    heads.forEach((head, column) => {
      for (const [sort, way] of [["ascending", 1], ["descending", -1]]) {
        head.querySelector("button")?.click();
        const said = heads.map((other) => other.getAttribute("aria-sort"));
        if (said[column] !== sort || said.filter(Boolean).length !== 1) faults.push(`${told(head)}: aria-sort is ${said}`);
        if (!ordered(columnOf(table, column), way)) faults.push(`${told(head)}: the rows are not ${sort}`);
      }
      head.querySelector("button")?.click();
      const same = [...table.tBodies[0].rows].every((row, place) => row === record[place]);
      if (!same || head.hasAttribute("aria-sort")) faults.push(`${told(head)}: the record's order is not given back`);
    });
  }
  return faults;
}

function focusHeading() {
  const button = document.querySelector("main thead button");
  button?.focus();
  return button !== null && document.activeElement === button && button.tabIndex >= 0;
}

function keyFaults() {
  const head = document.querySelector("main thead th:has(button)");
  return head.getAttribute("aria-sort") === "ascending" ? [] : [`${told(head)}: Enter does not sort`];
}
