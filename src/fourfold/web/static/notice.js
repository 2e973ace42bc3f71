// What stands in the way of the picture: instructions, breaks, and what the screen lacks.

const dialog = document.getElementById("notice");
const button = document.getElementById("notice-button");
const full = document.getElementById("notice-full");
let close = () => {};

full.addEventListener("click", () => document.documentElement.requestFullscreen());
button.addEventListener("click", () => close());
dialog.addEventListener("cancel", (event) => {
  event.preventDefault(); // Escape goes on where the button would, and nowhere else
  if (!button.hidden) close();
});

/** Whether a notice is open. */
export function isOpen() {
  return dialog.open;
}

/** Show a notice until its button is pressed. */
export function tell(title, paragraphs, label) {
  open(title, paragraphs);
  button.textContent = label;
  button.hidden = false;
  button.focus();
  return new Promise((resolve) => {
    close = () => {
      dialog.close();
      resolve();
    };
  });
}

/** Show what is wrong until `lift` is called. */
export function hold(title, text, offersFullScreen) {
  open(title, [text]);
  button.hidden = true;
  full.hidden = !(offersFullScreen && document.fullscreenEnabled && !document.fullscreenElement);
}

/** Take away what `hold` shows. */
export function lift() {
  if (dialog.open && button.hidden) dialog.close();
}

function open(title, paragraphs) {
  full.hidden = true;
  document.getElementById("notice-title").textContent = title;
  document.getElementById("notice-text").replaceChildren(
    ...paragraphs.map((text) => Object.assign(document.createElement("p"), { textContent: text })),
  );
  if (!dialog.open) dialog.showModal();
}
