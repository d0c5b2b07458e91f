// Shows what the gate's own server says of this moment, and nothing for a moment longer: when it falls silent, whoever
// was shown goes, and the page says so. All text comes from the server, escaped there.

const SILENT_MS = 3000; // three times the server's beat
const CHECK_MS = 500;

const place = document.querySelector("[data-stream]");
const lost = document.querySelector("[data-lost]");
const said = document.querySelector("[data-said]");
let heardAt = Date.now();
let triedAt = 0;
let stream = null;
let lastPerson = place.querySelector("[data-person]")?.dataset.person;

function show(update) {
  if (update.closed) {
    place.textContent = "";
    location.reload();
    return;
  }
  heardAt = Date.now();
  if (lost.textContent) lost.textContent = "";
  if (update.html === null) return;
  const focused = place.contains(document.activeElement) ? document.activeElement.id : "";
  place.innerHTML = update.html;
  const person = place.querySelector("[data-person]")?.dataset.person;
  if (person && person !== lastPerson) {
    lastPerson = person; // what was said was about somebody else
    said.textContent = "";
  }
  if (focused) document.getElementById(focused)?.focus();
}

function connect() {
  stream?.close();
  triedAt = Date.now();
  stream = new EventSource(place.dataset.stream);
  stream.onmessage = (event) => show(JSON.parse(event.data));
  stream.onerror = () => {
    if (stream.readyState === EventSource.CLOSED) fetch("/", { method: "HEAD" }).then(() => location.reload(), () => {});
  };
}

function check() {
  if (Date.now() - heardAt < SILENT_MS) return;
  place.textContent = "";
  if (lost.textContent !== lost.dataset.lost) lost.textContent = lost.dataset.lost;
  if (Date.now() - triedAt >= SILENT_MS) connect();
}

// An act has an id of its own, drawn here: sent again because no answer came, it is still one act.
const TRIES = 3;
const PAUSE_MS = 700;

function drawnId() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function actOf(button) {
  const { what, read, point, because, amount, from } = button.dataset;
  const act = { what, act_id: drawnId() };
  if (what === "admit") {
    act.because = because;
    act.read = Number(read ?? 0);
    act.point = point ?? document.querySelector("input[name=way]:checked").value;
  } else if (what === "unnamed") {
    const many = document.getElementById("amount-many");
    act.point = point;
    act.amount = many.valueAsNumber || Number(document.querySelector("input[name=amount]:checked").value);
  } else if (what === "occupants") {
    act.read = Number(read);
    act.amount = from ? document.getElementById(from).valueAsNumber : Number(amount);
  }
  return act;
}

async function send(act) {
  for (let tried = 0; tried < TRIES; tried += 1) {
    if (tried) await new Promise((resume) => setTimeout(resume, PAUSE_MS));
    try {
      const answer = await fetch("/act", { method: "POST", body: JSON.stringify(act) });
      if (answer.status === 403) location.reload();
      if (answer.ok) return await answer.json();
    } catch {
      continue;
    }
  }
  return { said: said.dataset.unheard, done: false };
}

async function press(button) {
  const field = document.getElementById(button.dataset.from ?? (button.dataset.what === "unnamed" ? "amount-many" : ""));
  if (field && (!field.checkValidity() || (button.dataset.from && field.value === ""))) {
    field.reportValidity();
    field.focus();
    return;
  }
  if (button.getAttribute("aria-disabled") === "true") return;
  button.setAttribute("aria-disabled", "true");
  said.textContent = "";
  const answer = await send(actOf(button));
  said.textContent = answer.said;
  said.classList.toggle("refused", !answer.done);
  button.removeAttribute("aria-disabled");
  if (answer.done && button.dataset.what === "unnamed") {
    field.value = "";
    document.querySelector("input[name=amount]").checked = true;
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-what]");
  if (button) press(button);
});

connect();
setInterval(check, CHECK_MS);
document.addEventListener("visibilitychange", check);
