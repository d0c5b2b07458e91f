// Rows that stand for things with a key: one that stays the same is not touched, and the focus stays where it is.

import { make } from "./words.js";

const drawn = new WeakMap();

/** Show one row for each of `all`. `fill(row, each)`: draws one anew. `look`: what else its look depends on. */
export function keyed(place, all, key, fill, tag = "tr", look = "") {
  const rows = new Map([...place.children].map((row) => [row.dataset.key, row]));
  const focused = place.contains(document.activeElement) ? document.activeElement.id : "";
  const wanted = all.map((each) => {
    const row = rows.get(key(each)) ?? make(tag);
    const signature = JSON.stringify([each, look]);
    if (drawn.get(row) !== signature) fill(row, each);
    row.dataset.key = key(each);
    drawn.set(row, signature);
    return row;
  });
  if (wanted.length !== place.children.length || wanted.some((row, at) => place.children[at] !== row)) place.replaceChildren(...wanted);
  if (focused && document.activeElement?.id !== focused) document.getElementById(focused)?.focus({ preventScroll: true });
}
