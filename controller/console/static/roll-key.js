// A commander's key for sealed rolls, made in his browser: the private halves leave it under his passphrase only.

import { drawn } from "./assembly/bytes.js";
import { newCommander } from "./assembly/sealed.js";

const SHORTEST = 12;
const SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"; // none that is taken for another
const form = document.getElementById("roll-key");

function proposal() {
  // 31 signs: bytes of 248 and above are drawn again, so that all are equally likely.
  const signs = [];
  while (signs.length < 16) signs.push(...[...drawn(16)].filter((byte) => byte < 248).map((byte) => SIGNS[byte % 31]));
  return signs.slice(0, 16).join("").replace(/(.{4})(?=.)/g, "$1-");
}

function say(text) {
  const said = form.querySelector("[data-said]");
  said.textContent = text;
  said.hidden = !text;
}

async function set(passphrase) {
  const made = await newCommander(form.dataset.account, passphrase);
  const answer = await fetch("/api/roll-key", {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(made),
  });
  if (!answer.ok) throw new Error(String(answer.status));
  location.assign("/tablets?said=roll-key-set");
}

if (form) {
  // Who has a key is proposed no other passphrase than his, until he asks for one: he would write down the wrong one.
  const change = form.closest("details");
  const propose = () => {
    form.querySelector("[data-drawn]").textContent = proposal();
  };
  if (change) change.addEventListener("toggle", () => change.open && propose());
  else propose();
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { passphrase, again } = Object.fromEntries(new FormData(form));
    if (passphrase.length < SHORTEST) return say(form.dataset.short);
    if (passphrase !== again) return say(form.dataset.differ);
    say(form.dataset.working);
    try {
      await set(passphrase);
    } catch {
      say(form.dataset.failed);
    }
    return undefined;
  });
}
