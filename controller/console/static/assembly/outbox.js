// Marks that were made here: each with its id from the first moment, kept sealed until its operation is over, sent to
// every controller that answers. A repeated one is one mark, so whoever is not sure sends again.

import { drawn, hex } from "./bytes.js";
import * as clock from "./clock.js";
import { keep, kept, ownKey } from "./sealed.js";
import { all, change, get, put } from "./store.js";
import { ask, Refused } from "./tablet.js";

const AT_ONCE = 200;

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
  const entry = { operation, answered: {}, refused: "", ...(await keep(await key(), act)) };
  await put("acts", act.act_id, entry);
  return act;
}

/** Return all marks that are kept: [{operation, act, answered, refused}], the earliest first. */
export async function marks() {
  const own = await key();
  const found = [];
  for (const [, entry] of await all("acts")) found.push({ ...entry, act: await kept(own, entry) });
  return found.sort((one, other) => (one.act.at < other.act.at ? -1 : 1));
}

const waits = (entry, origin) => !entry.answered[origin] && !entry.refused;

/** How many marks wait for this controller. */
export const waiting = async (origin = location.origin) =>
  (await all("acts")).filter(([, entry]) => waits(entry, origin)).length;

async function post(operation, acts, asOfficer, origin) {
  if (!asOfficer) return (await ask("/api/tablet/marks", { operation, acts }, origin)).results;
  const answer = await fetch(`${origin}/api/operations/${operation}/marks`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ acts }),
  });
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(answer.status, body.code ?? "", body);
  return body.results;
}

/** Send what waits. `asOfficer`: somebody who may mark is signed in. Throws Refused; TypeError where none answers. */
export async function send(asOfficer, origin = location.origin) {
  const groups = new Map();
  for (const entry of await marks()) {
    if (waits(entry, origin)) groups.set(entry.operation, [...(groups.get(entry.operation) ?? []), entry]);
  }
  for (const [operation, entries] of groups) {
    for (let at = 0; at < entries.length; at += AT_ONCE) {
      const some = entries.slice(at, at + AT_ONCE);
      await sendSome(operation, some, asOfficer, origin);
    }
  }
}

async function sendSome(operation, entries, asOfficer, origin) {
  const acts = entries.map((entry) => entry.act);
  let results;
  try {
    results = await post(operation, acts, asOfficer, origin);
  } catch (error) {
    if (!(error instanceof Refused) || !["nothing-handed", "operation-over"].includes(error.code)) throw error;
    results = acts.map(({ act_id }) => ({ act_id, result: "refused", reason: error.code })); // no controller will take them
  }
  const byId = new Map(results.map((each) => [each.act_id, each]));
  const changed = entries.map(({ act, ...entry }) => {
    const { result, reason } = byId.get(act.act_id);
    const answered = { ...entry.answered, [origin]: result };
    return [act.act_id, { ...entry, answered, refused: result === "refused" ? reason : "" }];
  });
  await change("acts", changed, []);
}

/** Call marks of one operation those of another: what was opened here has become part of it. */
export async function move(from, to) {
  const changed = (await all("acts"))
    .filter(([, entry]) => entry.operation === from)
    .map(([id, entry]) => [id, { ...entry, operation: to, answered: {}, refused: "" }]);
  if (changed.length) await change("acts", changed, []);
}

/** Forget what was sent of operations that are over. */
export async function forgetOver(open) {
  const gone = (await all("acts"))
    .filter(([, entry]) => !open.includes(entry.operation) && !waits(entry, location.origin))
    .map(([id]) => id);
  if (gone.length) await change("acts", [], gone);
}
