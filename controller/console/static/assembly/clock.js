// Two times. `now`: the controllers' time, as well as this device knows it. `latest`: the highest that was ever used, which
// goes on and never goes back, over a restart with a wrong clock either: keys that are dead must stay dead.

import { get, put } from "./store.js";

const KEEP_EVERY_MS = 10_000;
let offset = 0;
let highest = 0;
let countedAt = performance.now();
let keptAt = 0;

export const now = () => Date.now() + offset;

export function latest() {
  const at = performance.now();
  highest = Math.max(highest + at - countedAt, now());
  countedAt = at;
  return highest;
}

/** Begin with what was known before. */
export async function begin() {
  offset = (await get("keep", "offset")) ?? 0;
  highest = (await get("keep", "highest")) ?? 0;
  countedAt = performance.now();
}

/** Count on from the controllers' time, whatever was counted before: only where no key is held that must stay dead.
 *
 * A device whose clock was ahead once would else destroy each new key at once, for as long as it was ahead.
 */
export function restart() {
  highest = now();
  countedAt = performance.now();
  keptAt = 0;
}

/** Take the time that a controller tells. */
export async function heard(ms) {
  offset = ms - Date.now();
  await put("keep", "offset", offset);
}

/** Remember the highest time now and then. */
export async function remember() {
  if (latest() - keptAt < KEEP_EVERY_MS) return;
  keptAt = latest();
  await put("keep", "highest", keptAt);
}
