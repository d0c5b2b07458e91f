// Goes on at another controller when the one that serves this page falls silent; never back by itself.
//
// The page asks for a sign of life, which goes through the console to the truth behind it. Where the other controllers
// show the same pages it was told with the page. What somebody has typed is not thrown away: then a link is offered.

const SILENT_MS = 6000; // three beats, as the live page waits
const BEAT_MS = 2000;
const PATIENCE_MS = 3000;

const served = document.querySelector("[data-served-by]");
const line = document.querySelector("[data-switch]");
const others = served.dataset.others.split(" ").filter(Boolean);
let heardAt = Date.now();

async function ask(origin) {
  const limit = AbortSignal.timeout(PATIENCE_MS);
  const answer = await fetch(`${origin}/api/controllers`, { cache: "no-store", signal: limit });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.json();
}

function isTouched() {
  return [...document.querySelectorAll("input, textarea, select")].some((field) => {
    if (field.type === "hidden" || field.closest("[data-board] .filters")) return false; // a choice of sight, no work
    if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
    if (field.options) return [...field.options].some((option) => option.selected !== option.defaultSelected && option.index > 0);
    return field.value !== field.defaultValue;
  });
}

function say(sentence) {
  if (line.textContent !== sentence) line.textContent = sentence;
  line.hidden = sentence === "";
}

function offer(address) {
  if (line.querySelector("a")) return;
  say(served.dataset.offer);
  const way = document.createElement("a");
  way.href = address;
  way.textContent = served.dataset.goOn;
  line.append(" ", way);
}

async function goOn() {
  if (!line.querySelector("a")) say(served.dataset.silent);
  const asked = await Promise.allSettled(others.map(ask));
  const alive = others.filter((_, at) => asked[at].status === "fulfilled");
  const known = others.filter((_, at) => asked[at].status === "fulfilled" && !asked[at].value.learning);
  const [origin] = known.length ? known : alive;
  if (!origin) return;
  const address = origin + location.pathname + location.search + location.hash;
  if (isTouched()) offer(address);
  else location.replace(address);
}

async function beat() {
  try {
    const told = await ask("");
    heardAt = Date.now();
    say("");
    const now = told.others.map((other) => other.origin);
    const isNew = now.some((origin) => !others.includes(origin));
    if (isNew && !isTouched()) location.reload(); // a page may ask those alone that it was opened with
  } catch {
    if (others.length && Date.now() - heardAt >= SILENT_MS) await goOn();
  }
  setTimeout(beat, BEAT_MS);
}

setTimeout(beat, BEAT_MS);
