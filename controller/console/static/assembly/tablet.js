// This device as a tablet of the site: enrolment, signed requests, the word that it gives every minute, keys that die.

import { encode, hex, named } from "./bytes.js";
import * as clock from "./clock.js";
import { all, change, clear, get, put, remove } from "./store.js";

const TOLD = ["site", "site_name", "time_zone", "commanders", "areas", "muster_points", "operations"];

/** A controller answered, and refused. `code`: why. */
export class Refused extends Error {
  constructor(status, code, body) {
    super(code || String(status));
    this.status = status;
    this.code = code;
    this.body = body;
  }
}

export const identity = () => get("keep", "identity");

const PATIENCE_MS = 10_000;
const AWAY = [502, 503, 504]; // a page's server answers, and no controller behind it

/** Ask a controller. Throws Refused; another error where it does not answer. */
export async function call(origin, path, options = {}) {
  const credentials = origin === location.origin ? "same-origin" : "include";
  const answer = await fetch(origin + path, { credentials, signal: AbortSignal.timeout(PATIENCE_MS), ...options });
  if (AWAY.includes(answer.status)) throw new TypeError("away");
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(answer.status, body.code ?? "", body);
  return body;
}

/** All controllers that this device knows, the one of this page first. */
export const origins = async () => [location.origin, ...((await get("keep", "origins")) ?? [])];

/** Do something at the first controller that answers. Throws Refused; another error where none answers. */
async function atFirst(act) {
  let away = new TypeError("away");
  for (const origin of await origins()) {
    try {
      return await act(origin);
    } catch (error) {
      if (error instanceof Refused) throw error;
      away = error;
    }
  }
  throw away;
}

/** Learn where the others are from the controller of this page, which knows them; where it is silent, nothing changes.
 *
 * Return whether they are others than before: this page may ask them only after it was kept anew.
 */
export async function learnOthers() {
  const told = await call(location.origin, "/api/controllers").catch(() => null);
  const before = (await get("keep", "origins")) ?? [];
  const others = told?.others.map((other) => other.origin) ?? before;
  if (others.join() === before.join()) return false;
  await put("keep", "origins", others);
  return true;
}

/** Enrol by a one-time code. Throws Refused; another error where no controller answers. */
export async function enrol(code) {
  const pair = await crypto.subtle.generateKey({ name: "Ed25519" }, false, ["sign", "verify"]);
  const key = encode(await crypto.subtle.exportKey("raw", pair.publicKey));
  const { tablet } = await call(location.origin, "/api/tablet/enrolment", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ code, key }),
  });
  await forget();
  await put("keep", "identity", { tablet, signKey: pair.privateKey });
  return tablet;
}

/** Forget the enrolment and all that came with it; marks that were not sent stay. */
export async function forget() {
  for (const name of ["identity", "told", "opening", "handed", "roll_at"]) await remove("keep", name);
  await clear("periods");
  await clear("parts");
}

/** Ask the first controller that answers as this tablet. Throws Refused; another error where none answers. */
export const ask = (path, value) => atFirst((origin) => askAt(origin, path, value));

/** Ask one controller as this tablet. */
export async function askAt(origin, path, value) {
  const own = await identity();
  if (!own) throw new Refused(401, "not-enrolled", {});
  const body = JSON.stringify(value);
  const send = async () => {
    const at = String(Math.round(clock.now()));
    const digest = hex(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(body)));
    const signed = named("sacs/1", "tablet-request", own.tablet, at, "POST", path, digest);
    const signature = encode(await crypto.subtle.sign("Ed25519", own.signKey, signed));
    const headers = { "content-type": "application/json", "x-sacs-tablet": own.tablet, "x-sacs-at": at };
    return call(origin, path, { method: "POST", headers: { ...headers, "x-sacs-signature": signature }, body });
  };
  try {
    return await send();
  } catch (error) {
    if (error.code !== "tablet-clock") throw error;
    await clock.heard(error.body.now_ms);
    return send();
  }
}

/** Return this tablet's key pair of a period, if it holds one still. */
export async function pairOf(periodS) {
  const found = await get("periods", periodS);
  return found && found.dies_at_s * 1000 > clock.latest() ? found : null;
}

/** Destroy the keys and parts whose limit has come: by this device alone, network or not. Return whether any did. */
export async function destroyExpired() {
  const nowS = clock.latest() / 1000;
  const dead = (await all("periods")).filter(([, pair]) => pair.dies_at_s <= nowS).map(([period]) => period);
  const parts = (await all("parts")).filter(([, part]) => part.dies_at_s <= nowS).map(([key]) => key);
  if (dead.length) await change("periods", [], dead);
  if (parts.length) await change("parts", [], parts);
  return dead.length + parts.length > 0;
}

async function makeKeys(wanted) {
  const there = new Set((await all("periods")).map(([period]) => period));
  const made = [];
  for (const { period_s, dies_at_s } of wanted) {
    if (there.has(period_s) || dies_at_s * 1000 <= clock.latest()) continue;
    const pair = await crypto.subtle.generateKey({ name: "X25519" }, false, ["deriveBits"]);
    const publicRaw = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
    made.push([period_s, { dies_at_s, privateKey: pair.privateKey, publicRaw }]);
  }
  if (made.length) await change("periods", made, []);
  return made.length > 0;
}

async function word(dropped) {
  const keys = {};
  for (const [period, pair] of await all("periods")) keys[period] = encode(pair.publicRaw);
  return { keys, dropped, roll_made_s: Math.floor(((await get("keep", "roll_at")) ?? 0) / 1000) };
}

/** Replace the sealed parts of one kind, whose keys begin with `kind`, by these. */
async function keepParts(kind, parts) {
  const gone = (await all("parts")).map(([key]) => key).filter((key) => key.startsWith(kind) && !parts.has(key));
  await change("parts", [...parts], gone);
}

async function keepRoll({ parts, controller, commanders, now_ms: madeMs }) {
  if (!parts) return;
  await keepParts("roll/", new Map(parts.map((part) => [`roll/${part.period_s}`, { ...part, controller }])));
  await put("keep", "roll_at", commanders.length ? madeMs : null);
}

async function keepLists({ handed, controller }) {
  const parts = handed.flatMap((list) =>
    list.parts.map((part) => [`list/${list.copy}/${part.period_s}`, { ...part, controller }]),
  );
  await keepParts("list/", new Map(parts));
}

async function commandersOf(answer) {
  const before = (await get("keep", "told"))?.commanders ?? [];
  return answer.commanders
    .map((each) => {
      const known = before.find((other) => other.account === each.account && other.roll === each.roll);
      return each.wrapped ? each : { ...each, wrapped: known?.wrapped ?? "" };
    })
    .filter((each) => each.wrapped);
}

/** Give this tablet's word and keep what it is told. Throws Refused; another error where none answers. */
export async function pulse() {
  await destroyExpired();
  const held = (await get("keep", "handed")) ?? [];
  const dropped = held.filter((list) => list.over).map((list) => list.copy);
  let answer = await ask("/api/tablet/pulse", await word(dropped));
  await clock.heard(answer.now_ms);
  if (!(await all("periods")).length) clock.restart();
  if (await makeKeys(answer.wanted)) {
    await put("keep", "roll_at", null); // of periods without a key there was no part
    answer = await ask("/api/tablet/pulse", await word([]));
  }
  const told = Object.fromEntries(TOLD.map((name) => [name, answer[name]]));
  told.commanders = await commandersOf(answer);
  await keepRoll(answer);
  await keepLists(answer);
  const open = answer.handed.map(({ parts: _, ...list }) => list);
  const over = held
    .filter((list) => !list.over && !open.some((other) => other.copy === list.copy))
    .map((list) => ({ ...list, over: true }));
  await put("keep", "handed", [...open, ...over]);
  await put("keep", "told", told);
  return answer;
}

