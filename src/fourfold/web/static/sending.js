// Requests that outlive a lost connection, and a rating that outlives a closed page.

const PENDING = "fourfold-pending";
const LONGEST_WAIT = 8000; // milliseconds

/** An answer that refuses: `message` is a sentence for the rater. */
export class Refused extends Error {}

/** Send until there is an answer; `onLost` is told whether the connection is lost. */
export async function send(url, options, onLost) {
  for (let wait = 500; ; wait = Math.min(2 * wait, LONGEST_WAIT)) {
    const response = await attempt(url, options);
    if (response) {
      onLost(false);
      if (response.ok) return response;
      throw new Refused((await response.json()).error);
    }
    onLost(true);
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

/** Send a rating and get what comes next; until then it is kept, should the page be closed. */
export async function sendRating(entry, rater, onLost) {
  localStorage.setItem(PENDING, JSON.stringify({ entry, rater }));
  try {
    const options = { method: "POST", body: JSON.stringify(entry) };
    const response = await send("/study/ratings", options, onLost);
    return await response.json();
  } finally {
    localStorage.removeItem(PENDING);
  }
}

/** Send the rating that a page was closed over; it may be refused, if it came through after all. */
export async function sendPending(rater, onLost) {
  const pending = JSON.parse(localStorage.getItem(PENDING) ?? "null");
  if (!pending) return null;
  if (pending.rater !== rater) {
    localStorage.removeItem(PENDING);
    return null;
  }
  try {
    return await sendRating(pending.entry, rater, onLost);
  } catch (error) {
    if (error instanceof Refused) return null;
    throw error;
  }
}

/** A name that no other entry has. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function attempt(url, options) {
  try {
    const response = await fetch(url, { ...options, headers: { accept: "application/json, image/png" }, cache: "no-store" });
    // From 500: the server cannot save. Neither JSON nor a picture: a proxy says that it is away, or
    // that it has too much to do. What was not answered is sent again.
    const isOurs = /^(application\/json|image\/png)/.test(response.headers.get("content-type") ?? "");
    return response.status >= 500 || !isOurs ? null : response;
  } catch {
    return null;
  }
}
