"use strict";
// Everything stands in the page without this; it adds sorting, zoom and the slider.

// --- tables: a click on a title sorts by its column, numbers by value -------------------------
function sortTable(header) {
  const table = header.closest("table");
  const column = [...header.parentNode.children].indexOf(header);
  const isNumber = header.classList.contains("number");
  const falling = isNumber ? header.ariaSort !== "descending" : header.ariaSort === "ascending";
  for (const other of header.parentNode.children) other.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", falling ? "descending" : "ascending");
  const body = table.tBodies[0];
  const keyed = [...body.rows].map((row) => [key(row.cells[column], isNumber), row]);
  keyed.sort(([a], [b]) => compare(a, b, falling));
  body.append(...keyed.map(([, row]) => row));
}

function key(cell, isNumber) {
  if (!isNumber) return cell.textContent;
  const value = cell.dataset.value ?? cell.textContent;
  return value === "inf" ? Infinity : parseFloat(value); // NaN where there is no number
}

function compare(a, b, falling) {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) - Number.isNaN(b); // none last
  const order = typeof a === "string" ? a.localeCompare(b, undefined, { numeric: true }) :
    a === b ? 0 : a < b ? -1 : 1;
  return falling ? -order : order;
}

for (const button of document.querySelectorAll("th button")) {
  button.addEventListener("click", () => sortTable(button.closest("th")));
}

// --- pictures: zoom for all versions, a slider between any two --------------------------------
function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function zoomTo(figure, factor) {
  for (const image of figure.querySelectorAll("img")) {
    image.style.width = `${image.getAttribute("width") * factor}px`;
    image.style.height = `${image.getAttribute("height") * factor}px`;
  }
  for (const range of figure.querySelectorAll(".slider input")) {
    range.style.width = range.parentNode.querySelector("img").style.width;
  }
}

function makeSlider(figure) {
  const versions = [...figure.querySelectorAll("figure[data-label]")];
  const under = element("img", { alt: "" });
  const over = element("img", { alt: "" });
  const curtain = element("div", { className: "over" }, over);
  const stage = element("div", { className: "stage" }, under, curtain);
  const range = element("input", { type: "range", min: 0, max: 100, step: 0.1, value: 50 });
  range.setAttribute("aria-label", "How much of the left picture is shown");
  const choices = [0, versions.length - 1].map((chosen) => {
    const options = versions.map((version) => element("option", {}, version.dataset.label));
    return Object.assign(element("select", {}, ...options), { selectedIndex: chosen });
  });
  choices[0].setAttribute("aria-label", "Left picture");
  choices[1].setAttribute("aria-label", "Right picture");
  const slider = element("div", { className: "slider", hidden: true }, range, stage);

  const part = () => { curtain.style.width = `${range.value}%`; };
  const load = () => [over, under].forEach((image, side) => {
    const source = versions[choices[side].selectedIndex].querySelector("img");
    image.src = source.src;
    for (const name of ["width", "height"]) image.setAttribute(name, source.getAttribute(name));
    image.style.cssText = source.style.cssText;
    range.style.width = source.style.width || `${source.getAttribute("width")}px`;
  });
  const follow = (event) => {
    const box = stage.getBoundingClientRect();
    range.value = 100 * (event.clientX - box.left) / box.width;
    part();
  };
  range.addEventListener("input", part);
  stage.addEventListener("pointermove", (event) => {
    if (event.pointerType === "mouse" || event.buttons) follow(event);
  });
  stage.addEventListener("pointerdown", follow);
  for (const choice of choices) choice.addEventListener("change", load);
  part();
  return { slider, choices, load };
}

function makeTools(figure) {
  const tools = element("div", { className: "tools" });
  const zooms = [1, 2, 4].map((factor) => element("button", { type: "button" }, `${factor}:1`));
  zooms.forEach((button, index) => button.addEventListener("click", () => {
    zooms.forEach((other) => other.setAttribute("aria-pressed", other === button));
    zoomTo(figure, 2 ** index);
  }));
  zooms[0].setAttribute("aria-pressed", "true");
  tools.append(...zooms);
  if (figure.querySelectorAll("figure[data-label]").length > 1) {
    const { slider, choices, load } = makeSlider(figure);
    const open = element("button", { type: "button" }, "Slider");
    open.setAttribute("aria-pressed", "false");
    const pair = element("span", { hidden: true }, choices[0], " | ", choices[1]);
    open.addEventListener("click", () => {
      if (slider.hidden) load();
      slider.hidden = pair.hidden = !slider.hidden;
      open.setAttribute("aria-pressed", !slider.hidden);
    });
    tools.append(open, pair);
    figure.querySelector(".versions").before(tools, slider);
    if (figure.dataset.slider === "open") open.click();
  } else {
    figure.querySelector(".versions").before(tools);
  }
}

document.querySelectorAll("figure.comparison").forEach(makeTools);

// --- print: what is folded opens --------------------------------------------------------------
window.addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details")) details.open = true;
});
