// Shows what the gate's own server says of this moment, and nothing for a moment longer: when it falls silent, whoever
// was shown goes, and the page says so. All text comes from the server, escaped there.

import { answerIn, askAgain, blank, keepAnswers, keepAsking, laneAct, laneOf, leaveAct, replace, stopAsking, tell } from "./lanes.js";

const SILENT_MS = 3000; // three times the server's beat
const CHECK_MS = 500;

const place = document.querySelector("[data-stream]");
const lanes = document.querySelector("[data-lanes]");
const lost = document.querySelector("[data-lost]");
const said = document.querySelector("[data-said]");
let heardAt = Date.now();
let triedAt = 0;
let stream = null;
let lastPerson = place.querySelector("[data-person]")?.dataset.person;

function show(update) {
  if (update.closed) {
    place.textContent = lanes.textContent = "";
    location.reload();
    return;
  }
  heardAt = Date.now();
  if (lost.textContent) lost.textContent = "";
  if (update.html !== null) showPerson(update.html);
  if (update.lanes !== null) showLanes(update.lanes);
}

function showPerson(html) {
  replace(place, html);
  const person = place.querySelector("[data-person]")?.dataset.person;
  if (person && person !== lastPerson) {
    lastPerson = person; // what was said was about somebody else
    said.textContent = "";
  }
}

function showLanes(html) {
  replace(lanes, html);
  keepAsking(lanes);
  keepAnswers();
  tell(lanes);
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
  blank(place);
  blank(lanes);
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
  const act = { what };
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
  } else if (what !== "silence") {
    return laneAct(button);
  }
  return act;
}

async function send(act) {
  const body = JSON.stringify({ ...act, act_id: drawnId() });
  for (let tried = 0; tried < TRIES; tried += 1) {
    if (tried) await new Promise((resume) => setTimeout(resume, PAUSE_MS));
    try {
      const answer = await fetch("/act", { method: "POST", body });
      if (answer.status === 403) location.reload();
      if (answer.ok) return await answer.json();
    } catch {
      continue;
    }
  }
  return { said: said.dataset.unheard, done: false };
}

// Sends acts one after the other, as long as each is done; says what became of the last.
async function carryOut(button, acts) {
  if (button.getAttribute("aria-disabled") === "true") return false;
  button.setAttribute("aria-disabled", "true");
  const lane = laneOf(button);
  if (lane) answerIn(lane, "", false);
  else said.textContent = "";
  let answer = { said: "", done: true };
  for (const act of acts) if (answer.done) answer = await send(act);
  if (lane) answerIn(lane, answer.said, !answer.done);
  else {
    said.textContent = answer.said;
    said.classList.toggle("refused", !answer.done);
  }
  button.removeAttribute("aria-disabled");
  return answer.done;
}

function isFilled(field, mustBe) {
  if (!field || (field.checkValidity() && !(mustBe && field.value === ""))) return true;
  field.reportValidity();
  field.focus();
  return false;
}

async function press(button) {
  const isUnnamed = button.dataset.what === "unnamed";
  const field = document.getElementById(button.dataset.from ?? (isUnnamed ? "amount-many" : ""));
  if (!isFilled(field, Boolean(button.dataset.from))) return;
  const act = actOf(button);
  if (askAgain(button, act)) return; // it leaves with others than it came with
  const isDone = await carryOut(button, [act]);
  if (isDone && isUnnamed) {
    field.value = "";
    document.querySelector("input[name=amount]").checked = true;
  }
}

function leave(button) {
  const field = button.closest("[data-differs]").querySelector("input");
  if (!isFilled(field, !field.closest("[hidden]"))) return;
  const acts = leaveAct(laneOf(button), field);
  stopAsking(laneOf(button));
  carryOut(button, acts);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.what) press(button);
  else if ("leave" in button.dataset) leave(button);
  else if ("again" in button.dataset) stopAsking(laneOf(button));
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.dataset?.press) document.getElementById(event.target.dataset.press).click();
});

tell(lanes);
connect();
setInterval(check, CHECK_MS);
document.addEventListener("visibilitychange", check);
