// Puts new HTML from our server into a part of an open page, and leaves the focus where it was.
//
// Whatever shall keep the focus has an id that stays the same. The same HTML is not put in twice: a screen reader would
// begin anew. All text comes from the server, escaped there.

const shown = new WeakMap();

export function swap(place, html) {
  if (shown.get(place) === html) return;
  shown.set(place, html);
  const focused = place.contains(document.activeElement) ? document.activeElement.id : "";
  const open = [...place.querySelectorAll("details[open][id]")].map((each) => each.id);
  place.innerHTML = html;
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}
