// Marks that were made here: each with its id from the first moment, kept sealed until its operation is over, sent to
// every controller that answers. A repeated one is one mark, so whoever is not sure sends again.

import { drawn, hex } from "./bytes.js";
import * as clock from "./clock.js";
import { keep, kept, ownKey } from "./sealed.js";
import { all, change, get, put } from "./store.js";
import { askAt, call, origins, Refused } from "./tablet.js";

const AT_ONCE = 200;
const OLDEST_MS = 24 * 3600 * 1000; // no record of who was where is kept longer (L1), and no controller takes it then
const LATER = ["no-such-operation"]; // a controller may hear of an operation after us: it is asked again
const NEVER = ["nothing-handed", "operation-over"];

async function key() {
  const found = await get("keep", "outbox");
  if (found) return found;
  const drawnKey = await ownKey();
  await put("keep", "outbox", drawnKey);
  return drawnKey;
}

/** Keep a mark of an operation. `fields`: what it says; see controller/api/muster.py. */
export async function add(operation, fields) {
  const act = { act_id: hex(drawn(12)), at: new Date(clock.now()).toISOString(), ...fields };
  await put("acts", act.act_id, { operation, answered: {}, ...(await keep(await key(), act)) });
  return act;
}

/** Return all marks that are kept: [{operation, act, answered}], the earliest first. */
export async function marks() {
  const own = await key();
  const found = [];
  for (const [, entry] of await all("acts")) found.push({ ...entry, act: await kept(own, entry) });
  return found.sort((one, other) => (one.act.at < other.act.at ? -1 : 1));
}

/** Why no controller that answered takes a mark; "" unless that is so. `answered`: by origin, "" for taken. */
export function refusal(entry) {
  const reasons = Object.values(entry.answered);
  return reasons.length && reasons.every(Boolean) ? reasons.at(-1) : "";
}

/** Whether no controller has answered yet. */
export const waits = (entry) => Object.keys(entry.answered).length === 0;

async function post(origin, operation, acts, asOfficer) {
  if (!asOfficer) return (await askAt(origin, "/api/tablet/marks", { operation, acts })).results;
  const path = `/api/operations/${operation}/marks`;
  const headers = { "content-type": "application/json" };
  return (await call(origin, path, { method: "POST", headers, body: JSON.stringify({ acts }) })).results;
}

/** Send what waits to every controller. `asOfficer`: somebody who may mark is signed in. Return whether any answered. */
export async function send(asOfficer) {
  const sent = await Promise.allSettled((await origins()).map((origin) => sendTo(origin, asOfficer)));
  return sent.some((each) => each.status === "fulfilled" || each.reason instanceof Refused);
}

async function sendTo(origin, asOfficer) {
  const groups = new Map();
  for (const entry of await marks()) {
    if (!(origin in entry.answered)) groups.set(entry.operation, [...(groups.get(entry.operation) ?? []), entry]);
  }
  for (const [operation, entries] of groups) {
    for (let at = 0; at < entries.length; at += AT_ONCE) {
      await sendSome(origin, operation, entries.slice(at, at + AT_ONCE), asOfficer);
    }
  }
  if (!groups.size) await call(origin, "/api/controllers");
}

async function sendSome(origin, operation, entries, asOfficer) {
  const acts = entries.map((entry) => entry.act);
  let results;
  try {
    results = await post(origin, operation, acts, asOfficer);
  } catch (error) {
    if (!(error instanceof Refused) || !NEVER.includes(error.code)) throw error;
    results = acts.map(({ act_id: id }) => ({ act_id: id, result: "refused", reason: error.code }));
  }
  for (const { act_id: id, result, reason } of results) {
    if (result === "refused" && LATER.includes(reason)) continue;
    const entry = await get("acts", id); // another controller may have answered meanwhile
    if (entry) await put("acts", id, { ...entry, answered: { ...entry.answered, [origin]: result === "refused" ? reason : "" } });
  }
}

/** Call marks of one operation those of another: what was opened here has become part of it. */
export async function move(from, to) {
  const changed = (await all("acts"))
    .filter(([, entry]) => entry.operation === from)
    .map(([id, entry]) => [id, { ...entry, operation: to, answered: {} }]);
  if (changed.length) await change("acts", changed, []);
}

/** Destroy what is too old, sent or not, on whatever device: a tablet that was revoked, or an officer's phone. */
export async function destroyOld() {
  const isOld = ({ act }) => Date.parse(act.at) + OLDEST_MS <= clock.now();
  const gone = (await marks()).filter(isOld).map(({ act }) => act.act_id);
  if (gone.length) await change("acts", [], gone);
}

/** Forget what was sent of operations that are over. */
export async function forgetOver(open) {
  const gone = (await all("acts"))
    .filter(([, entry]) => !open.includes(entry.operation) && !waits(entry))
    .map(([id]) => id);
  if (gone.length) await change("acts", [], gone);
}
