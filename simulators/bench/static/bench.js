// Does acts for the buttons of the bench's page, and keeps its trace.
//
// A button names its act in data-bench-act, the fields of its form that go with it in data-bench-fields, and what else
// is to be set in data-bench-set (JSON). The trace comes as lists of rendered entries: number, source, html, said.

const MOST_ENTRIES = 500;

const answerLine = document.querySelector("[data-bench-answer]");
const saidLine = document.querySelector("[data-bench-said]");
const list = document.querySelector("[data-bench-trace]");
const pauseButton = document.querySelector("[data-bench-pause]");
const routineTick = document.querySelector("[data-bench-routine]");
const sourceTicks = document.querySelectorAll("[data-bench-source]");

function answer(text, failed, near) {
  near?.after(answerLine); // where somebody looks who has just pressed a button
  answerLine.textContent = text;
  answerLine.classList.toggle("severe", failed);
  if (text) saidLine.textContent = text;
  if (text) answerLine.scrollIntoView({ block: "center" }); // the trace covers the lower part of a phone
}

async function ask(path, body, near) {
  answer("", false, near);
  try {
    const response = await fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (response.ok) return await response.text();
    answer((await response.json()).detail, true);
  } catch {
    answer(answerLine.dataset.failed, true);
  }
  return null;
}

function valueOf(field) {
  if (field.type === "checkbox") return field.checked;
  return "benchNumber" in field.dataset ? Number(field.value) : field.value;
}

async function act(button) {
  const form = button.closest("form");
  const body = { act: button.dataset.benchAct };
  for (const name of (button.dataset.benchFields ?? "").split(" ").filter(Boolean)) {
    const field = form.elements[name];
    if (!field.reportValidity() || (field.name === "keys" && !field.value)) {
      field.focus();
      return;
    }
    body[name] = valueOf(field);
  }
  Object.assign(body, JSON.parse(button.dataset.benchSet ?? "{}"));
  button.setAttribute("aria-busy", "true");
  const told = await ask("/api/acts", body, button.closest(".row"));
  button.removeAttribute("aria-busy");
  if (told !== null && form.elements.keys && body.keys) form.elements.keys.value = "";
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.benchAct) act(button);
  if (button.dataset.benchRecording) record(button);
});

for (const form of document.querySelectorAll("[data-bench-form]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault(); // Enter in the field for keys types them
    const keys = form.querySelector('[data-bench-act="pin"]');
    if (keys) act(keys);
  });
}

document.querySelector("[data-bench-play]").addEventListener("submit", async (event) => {
  event.preventDefault();
  await ask("/api/play", { name: event.target.elements.name.value }, event.target);
});

async function record(button) {
  const form = button.closest("form");
  const fields = form.elements;
  const running = button.dataset.benchRecording === "true";
  if (!running && (!fields.name.value || !fields.name.checkValidity())) {
    answer(form.dataset.nameless, true, form);
    fields.name.focus();
    return;
  }
  const body = running ? { running } : { running, name: fields.name.value, title: fields.title.value };
  const told = await ask("/api/recording", body, form);
  if (told === null) return;
  const saved = JSON.parse(told).saved ?? "";
  if (saved) answer(`${form.dataset.saved} ${saved}`, false, form);
  const choice = document.querySelector("[data-bench-play] select");
  if (saved && ![...choice.options].some((each) => each.value === fields.name.value)) {
    choice.add(new Option(`${fields.title.value || fields.name.value} (${fields.name.value})`, fields.name.value));
  }
}

// --- the trace ---

let stream = null;
let newest = 0;
let isAtEnd = true; // until somebody scrolls up to read

function stayAtEnd() {
  if (isAtEnd) list.scrollTop = list.scrollHeight;
}

function follow() {
  stream?.close();
  newest = 0;
  stream = new EventSource(list.dataset.benchTrace + (routineTick.checked ? "&routine=1" : ""));
  stream.onopen = () => {
    newest = 0;
    list.replaceChildren();
  };
  stream.onmessage = (event) => show(JSON.parse(event.data));
}

// A frame that was there since the last row that is no frame is counted in its row, so that what repeats itself for
// ever pushes nothing out of sight.
let repeated = new Map();

function add(entry) {
  const row = entry.same && repeated.get(entry.same);
  if (row?.isConnected) {
    const count = Number(row.dataset.count ?? 1) + 1;
    row.dataset.count = count;
    const badge = row.querySelector(".times") ?? row.querySelector(".words").appendChild(document.createElement("b"));
    badge.className = "times";
    badge.textContent = ` ×${count}`;
    return;
  }
  list.insertAdjacentHTML("beforeend", entry.html);
  if (entry.same) repeated.set(entry.same, list.lastElementChild);
  else repeated = new Map();
}

function show(entries) {
  if (!entries.length || pauseButton.getAttribute("aria-pressed") === "true") return;
  entries.forEach(add);
  while (list.childElementCount > MOST_ENTRIES) list.firstElementChild.remove();
  stayAtEnd();
  const said = entries.findLast((each) => each.said);
  if (said && newest) saidLine.textContent = said.said;
  newest = entries.at(-1).number;
}

function choose() {
  for (const tick of sourceTicks) list.classList.toggle(`without-${tick.dataset.benchSource}`, !tick.checked);
}

for (const tick of sourceTicks) tick.addEventListener("change", choose);
routineTick.addEventListener("change", follow);
pauseButton.addEventListener("click", () => {
  const paused = pauseButton.getAttribute("aria-pressed") !== "true";
  pauseButton.setAttribute("aria-pressed", String(paused));
  if (!paused) follow();
});
document.querySelector("[data-bench-clear]").addEventListener("click", () => list.replaceChildren());
const foldButton = document.querySelector("[data-bench-fold]");
const FOLDED = "bench-trace-folded";

function fold(isFolded) {
  foldButton.setAttribute("aria-expanded", String(!isFolded));
  foldButton.closest(".trace").classList.toggle("folded", isFolded);
}

foldButton.addEventListener("click", () => {
  const isFolded = foldButton.getAttribute("aria-expanded") === "true";
  localStorage.setItem(FOLDED, String(isFolded));
  fold(isFolded);
});
fold(localStorage.getItem(FOLDED) === "true");

list.addEventListener("scroll", () => {
  isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
});
new ResizeObserver(stayAtEnd).observe(list);
choose(); // a browser keeps ticks over a reload
follow();
