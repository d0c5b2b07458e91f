// The time as this device believes it: the controller's, when it was last heard; it never goes back, also not over a
// restart with a wrong clock, for keys that are dead must stay dead.

import { get, put } from "./store.js";

const KEEP_EVERY_MS = 10_000;
let base = Date.now();
let begun = performance.now();
let keptAt = 0;

export const now = () => base + (performance.now() - begun);

function at(ms) {
  base = ms;
  begun = performance.now();
}

/** Begin with the highest time that was used. */
export async function begin() {
  at(Math.max(Date.now() + ((await get("keep", "offset")) ?? 0), (await get("keep", "highest")) ?? 0));
}

/** Take the time that a controller tells. */
export async function heard(ms) {
  await put("keep", "offset", ms - Date.now());
  if (ms > now() - 2_000) at(Math.max(ms, now()));
}

/** Remember the highest time now and then. */
export async function remember() {
  if (now() - keptAt < KEEP_EVERY_MS) return;
  keptAt = now();
  await put("keep", "highest", keptAt);
}
