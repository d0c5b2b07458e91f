// Keeps what stands of the alarms on every page, calls with a sound while one is loud, and acknowledges in place.
//
// It asks again and again instead of following a stream: a browser keeps few streams to one server, and an open board
// needs its own. A mute lasts for the alarms that are loud now; the next one is heard again.

import { swap } from "/static/swap.js";

const ASK_MS = 3000;
const CALL_MS = 4000;
const MUTED = "sacs-muted-alarms";

const place = document.querySelector("[data-alarms]");
const list = document.querySelector("[data-alarm-list]");
const sound = document.querySelector("[data-alarm-sound]");

let loud = [];
let audio = null;

const muted = () => new Set(JSON.parse(sessionStorage.getItem(MUTED) ?? "[]"));

function beep(at, pitch) {
  const tone = new OscillatorNode(audio, { frequency: pitch });
  const gain = new GainNode(audio, { gain: 0.25 });
  tone.connect(gain).connect(audio.destination);
  tone.start(at);
  tone.stop(at + 0.3);
}

function call() {
  const silenced = muted();
  const calling = loud.filter((id) => !silenced.has(id));
  document.querySelector("[data-alarm-mute]")?.toggleAttribute("hidden", loud.length > 0 && calling.length === 0);
  if (calling.length === 0) {
    sound.dataset.alarmSound = loud.length ? "muted" : "silent";
  } else if (audio?.state === "running") {
    sound.dataset.alarmSound = "calling";
    beep(audio.currentTime, 880);
    beep(audio.currentTime + 0.35, 660);
  } else {
    sound.dataset.alarmSound = "blocked"; // until somebody has touched the page, browsers play nothing
  }
}

function allowSound() {
  audio ??= new AudioContext();
  audio.resume().then(() => sound.dataset.alarmSound === "blocked" && call());
}

/** Ask once; tell whether there is somebody to ask for. */
async function look() {
  const answer = await fetch(`${place.dataset.alarms}?here=${encodeURIComponent(place.dataset.here)}`);
  if (answer.ok) {
    const now = await answer.json();
    swap(place, now.bar);
    if (list) swap(list, now.list);
    const isNews = now.loud.join() !== loud.join();
    loud = now.loud;
    if (isNews) call();
  }
  return answer.status !== 401;
}

async function ask() {
  try {
    if (!(await look())) return; // whoever signed out is called no more
  } catch {
    // The page itself says that it has lost its server.
  }
  setTimeout(ask, ASK_MS);
}

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-alarm-form]");
  if (!form) return;
  event.preventDefault();
  try {
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
    if (answer.ok) return void (await look());
  } catch {
    // Sent as a form it says what is wrong.
  }
  form.submit();
});

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-alarm-mute]")) return;
  sessionStorage.setItem(MUTED, JSON.stringify(loud));
  call();
});
for (const kind of ["pointerdown", "keydown"]) document.addEventListener(kind, allowSound, { once: true });

if (place) {
  ask();
  setInterval(call, CALL_MS);
}
