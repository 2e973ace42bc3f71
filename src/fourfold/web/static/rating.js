// The rating page: one picture after another, each shown exactly, looked at, and rated once.

import { hold, isOpen, lift, tell } from "./notice.js";
import { keepOnly, load } from "./pictures.js";
import { arrange, isExact, put, viewing } from "./screen.js";
import { Refused, newKey, send, sendPending, sendRating } from "./sending.js";

const { texts, mode, leastLook, hasCalibration, rater, standing: first } = JSON.parse(
  document.getElementById("start").textContent,
);
const element = (id) => document.getElementById(id);
const stage = element("stage");
const buttons = [...document.querySelectorAll("#scores button")];
const captionTexts = { dcr: ["caption_original", "caption_rated"], pair: ["caption_a", "caption_b"] };
const captions = (captionTexts[mode] ?? []).map((key) =>
  Object.assign(document.createElement("p"), { className: "caption", textContent: texts[key] }),
);

let now = null; // where the rater stands
let images = []; // the pictures on the stage
let layout = null;
let onTop = 0; // in the layout `switch`, which picture shows
let seen = new Set();
let looked = 0; // milliseconds before `since`
let since = null; // when the picture came into view, unless something hides it
let isBusy = true;

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, key) => values[key]);
const get = (url) => send(url, {}, sayLost);

function sayLost(isLost) {
  const status = element("status");
  if (isLost) {
    status.className = "";
    status.textContent = texts.lost;
  } else if (status.textContent === texts.lost) {
    status.textContent = "";
  }
}

function sayQuietly(text) {
  element("status").className = "quiet";
  element("status").textContent = text;
}

async function show(standing) {
  now = standing;
  if (now.isFinished) {
    location.replace("/study/thanks");
    return;
  }
  stage.replaceChildren();
  images = [];
  keepOnly([...now.pictures, ...now.upcoming]);
  sayWhere();
  await tellBefore();
  images = await Promise.all(now.pictures.map((picture) => load(picture, get)));
  images.forEach((image) => (image.alt = fill(texts.picture, place())));
  onTop = 0;
  seen = new Set([0]);
  looked = 0;
  since = null;
  stage.replaceChildren(...captions, ...images);
  await fit();
  isBusy = false;
  now.upcoming.forEach((picture) => load(picture, get).catch(() => {}));
}

const place = () => ({ position: now.position + 1, total: now.total });

function sayWhere() {
  element("progress").textContent = fill(texts.progress, place());
  element("bar").value = now.position / now.total;
  element("undo").hidden = !now.canUndo;
  let hint = now.entry === 2 ? texts.undone : texts[`keys_${mode}`];
  element("hint").className = now.entry === 2 || now.anchor ? "" : "keys";
  if (now.anchor) {
    const label = texts[`scores_${mode}`][now.anchor - 1];
    hint = fill(texts.anchor, { score: now.anchor, label });
  }
  element("hint").textContent = hint;
  buttons.forEach((one) => one.classList.toggle("told", Number(one.dataset.score) === now.anchor));
}

async function tellBefore() {
  if (now.entry === 2) return;
  if (now.position === 0) {
    const example = hasCalibration ? [texts.calibration] : [];
    const told = [texts[`intro_${mode}`], ...example, fill(texts.pseudonym, { rater })];
    await tell(texts.intro_title, told, texts.go_on);
  } else if (now.isCalibrationOver) {
    await tell(texts.calibration_over_title, [texts.calibration_over], texts.go_on);
  } else if (now.isBreak) {
    await tell(texts.break_title, [texts.break], texts.go_on);
  }
}

/** Put the pictures on whole device pixels, or say why that cannot be. */
async function fit() {
  if (!images.length) return;
  const ratio = window.devicePixelRatio;
  const height = captions[0]?.offsetHeight ?? 0;
  layout = arrange(now.pictures, stage.getBoundingClientRect(), ratio, height);
  if (!layout) return refuse("too_small", true);
  if ((window.visualViewport?.scale ?? 1) !== 1) return refuse("pinched");
  images.forEach((image, index) => put(image, layout.places[index], ratio));
  captions.forEach((caption, index) => {
    caption.style.left = `${layout.places[index].left / ratio}px`;
    caption.style.top = `${layout.places[index].top / ratio - height}px`;
  });
  element("switch").hidden = layout.name !== "switch";
  showOnTop();
  const exact = await Promise.all(images.map((image) => isExact(image, ratio)));
  if (!exact.every(Boolean)) return refuse("inexact");
  lift();
  requestAnimationFrame(() => requestAnimationFrame(look));
}

function refuse(reason, offersFullScreen = false) {
  lookAway();
  images.forEach((image) => image.classList.add("hidden"));
  const ratio = window.devicePixelRatio;
  const room = stage.getBoundingClientRect();
  const captioned = Math.ceil((captions[0]?.offsetHeight ?? 0) * ratio);
  const needed = [0, captioned].map((more, side) =>
    more + Math.max(...now.pictures.map((one) => (side ? one.height : one.width))));
  const available = [Math.floor(room.width * ratio), Math.floor(room.height * ratio)];
  const values = { needed: needed.join(" × "), available: available.join(" × ") };
  hold(texts[`${reason}_title`], fill(texts[reason], values), offersFullScreen);
}

function showOnTop() {
  images.forEach((image, index) => {
    const isHidden = layout.name === "switch" && index !== onTop;
    image.classList.toggle("hidden", isHidden);
    if (captions[index]) captions[index].hidden = isHidden;
  });
  if (layout.name !== "switch") seen = new Set(images.keys());
  else seen.add(onTop);
}

function switchPicture() {
  onTop = 1 - onTop;
  showOnTop();
  allow();
}

function look() {
  if (since === null && document.visibilityState === "visible" && !isOpen()) {
    since = performance.now();
    setTimeout(allow, Math.max(0, 1000 * leastLook - looked));
  }
  allow();
}

function lookAway() {
  looked = lookTime();
  since = null;
  allow();
}

const lookTime = () => looked + (since === null ? 0 : performance.now() - since);
const mayRate = () =>
  !isBusy && since !== null && !isOpen() && seen.size === images.length && lookTime() >= 1000 * leastLook;

function allow() {
  buttons.forEach((button) => button.setAttribute("aria-disabled", String(!mayRate())));
  document.body.dataset.ready = String(mayRate()); // for whoever looks from outside
}

async function rate(button) {
  if (!mayRate()) {
    if (!isBusy && seen.size < images.length) element("hint").textContent = texts.switch_first;
    return;
  }
  const { score, choice } = button.dataset;
  const entry = {
    key: newKey(),
    position: now.position,
    entry: now.entry,
    score: score ? Number(score) : null,
    choice: choice ?? null,
    look_ms: Math.round(lookTime()),
    layout: layout.name,
    ...viewing(),
  };
  await leave(async () => {
    const next = await sendRating(entry, rater, sayLost);
    sayQuietly(texts.saved);
    return next;
  });
}

async function undo() {
  if (isBusy || isOpen() || !now.canUndo) return;
  await leave(async () => (await get("/study/standing?undo=true")).json());
}

/** Leave this picture for what `step` brings; a refusal is said, and the page loaded again. */
async function leave(step) {
  isBusy = true;
  lookAway();
  try {
    await show(await step());
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    await tell(texts.refused_title, [error.message], texts.reload);
    location.replace("/study/rate");
  }
}

function byKey(event) {
  if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || isOpen()) return;
  const isOnButton = event.target instanceof HTMLButtonElement;
  if (event.key === "Backspace") {
    event.preventDefault();
    undo();
  } else if (event.key === " " && !isOnButton && layout?.name === "switch") {
    event.preventDefault();
    switchPicture();
  } else {
    const letter = event.code.replace(/^Key/, "").toLowerCase();
    const button = buttons.find((one) => one.dataset.score === event.key || one.dataset.choice === letter);
    if (button) rate(button);
  }
}

document.addEventListener("keydown", byKey);
for (const button of buttons) {
  button.addEventListener("click", (event) => {
    if (event.detail > 0) button.blur(); // by pointer: Space is not to rate with it again
    rate(button);
  });
}
element("undo").addEventListener("click", undo);
element("switch").addEventListener("click", switchPicture);
window.addEventListener("resize", fit);
window.visualViewport?.addEventListener("resize", fit);
document.addEventListener("fullscreenchange", fit);
document.addEventListener("visibilitychange", () =>
  document.visibilityState === "visible" ? look() : lookAway(),
);
allow();
leave(async () => (await sendPending(rater, sayLost)) ?? first);
