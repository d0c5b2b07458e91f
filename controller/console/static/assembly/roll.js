// Names in this page's memory, and nowhere else: from the sealed roll, a handed list, or an officer's board.

import { drawn, encode, hex, named } from "./bytes.js";
import * as clock from "./clock.js";
import { openHanded, openPart, unlocked } from "./sealed.js";
import { all, get, put, remove } from "./store.js";
import { identity, pairOf } from "./tablet.js";

/** Open the sealed roll with a commander's passphrase: {persons, opening}. Throws if the passphrase is not his.
 *
 * `plan` and `reason`: of the emergency that this opens, unless one is open on this tablet already.
 */
export async function openSealedRoll(account, passphrase, plan, reason) {
  const told = await get("keep", "told");
  const { tablet } = await identity();
  const commander = told.commanders.find((each) => each.account === account);
  const own = await unlocked(commander, passphrase);
  const opening = (await get("keep", "opening")) ?? (await newOpening(tablet, account, own.signKey, plan, reason));
  await put("keep", "opening", opening); // before a name is shown: it is reported, whatever becomes of this page
  const persons = [];
  let unread = 0;
  for (const [key, part] of await all("parts")) {
    if (!key.startsWith("roll/")) continue;
    const pair = await pairOf(part.period_s);
    if (!pair || !part.commanders[account]) {
      unread += 1;
      continue;
    }
    const found = await openPart(told.site, tablet, part, pair, account, own);
    persons.push(...found.map((each) => ({ ...each, dies_at_s: part.dies_at_s })));
  }
  return { persons, opening, unread };
}

async function newOpening(tablet, account, signKey, plan, reason) {
  const id = hex(drawn(12));
  const openedMs = Math.round(clock.now());
  const signed = named("sacs/1", "sealed-roll-opened", tablet, id, account, plan, reason, String(openedMs));
  const signature = encode(await crypto.subtle.sign("Ed25519", signKey, signed));
  return { id, by: account, plan, reason, opened_ms: openedMs, signature, ended_ms: null, operation: null };
}

/** End what was opened here: it is reported with its end, then forgotten. */
export async function endOpening() {
  const opening = await get("keep", "opening");
  if (opening) await put("keep", "opening", { ...opening, ended_ms: Math.round(clock.now()) });
}

export const forgetOpening = () => remove("keep", "opening");

/** Open the lists that were handed to this tablet and are not over: [{...list, persons}]. */
export async function openLists() {
  const told = await get("keep", "told");
  const own = await identity();
  if (!told || !own) return [];
  const parts = await all("parts");
  const lists = ((await get("keep", "handed")) ?? []).filter((list) => !list.over);
  for (const list of lists) {
    list.persons = [];
    for (const [key, part] of parts) {
      const pair = key.startsWith(`list/${list.copy}/`) ? await pairOf(part.period_s) : null;
      if (!pair) continue;
      const found = await openHanded(told.site, own.tablet, list.copy, part, pair);
      list.persons.push(...found.map((each) => ({ ...each, dies_at_s: part.dies_at_s })));
    }
  }
  return lists;
}
