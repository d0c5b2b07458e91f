// Keeps an open page live: swaps fragments that the server renders, and says loudly when it hears nothing.
//
// The page names its stream in data-live; each event is JSON: as_of, fragments (name -> HTML), spoken, and lost (a
// sentence, where the server itself is cut off from its source). All text comes from the server, escaped there.

import { swap } from "/static/swap.js";

const SILENT_MS = 6000; // three times the server's beat
const CHECK_MS = 1000;
const SPEAK_MS = 60000; // a screen reader is told at most once a minute

const page = document.querySelector("[data-live]");
const part = (name) => document.querySelector(`[data-live-${name}]`);
const alertLine = part("alert");
const figures = part("figures");
const spokenLine = part("spoken");
const asOf = part("as-of");

let stream = null;
let heardAt = Date.now();
let triedAt = 0;
let lastSpoken = null;
let spokenAt = Date.now();

function warn(sentence) {
  if (alertLine.textContent !== sentence) alertLine.textContent = sentence;
  figures.classList.toggle("stale", sentence !== "");
}

function speak(sentence) {
  lastSpoken ??= sentence; // the page that was just opened has been read already
  if (sentence === lastSpoken || Date.now() - spokenAt < SPEAK_MS) return;
  spokenLine.textContent = sentence;
  lastSpoken = sentence;
  spokenAt = Date.now();
}

function show(update) {
  if (update.ended) location.reload(); // the server sends whoever has no session any more to sign in
  if ("liveEmpty" in page.dataset && update.as_of) location.reload(); // what stands around the fragments came too early
  heardAt = Date.now();
  if (update.as_of) asOf.textContent = update.as_of;
  for (const [name, html] of Object.entries(update.fragments)) {
    const place = document.querySelector(`[data-live-fragment="${CSS.escape(name)}"]`);
    if (place) swap(place, html);
  }
  warn(update.lost ?? "");
  speak(update.spoken);
}

function connect() {
  stream?.close();
  triedAt = Date.now();
  stream = new EventSource(page.dataset.live);
  stream.onmessage = (event) => show(JSON.parse(event.data));
}

function check() {
  if (Date.now() - heardAt < SILENT_MS) return;
  // What the server said last may have been a warning of its own, which stands.
  if (!figures.classList.contains("stale")) warn(page.dataset.liveLost.replace("{time}", asOf.textContent));
  // A browser tries again after a cut, but neither after an error answer nor where a line went dead without a word.
  if (Date.now() - triedAt >= SILENT_MS) connect();
}

connect();
setInterval(check, CHECK_MS);
// A tablet that slept must not show old figures as live, not even for a second.
document.addEventListener("visibilitychange", check);
