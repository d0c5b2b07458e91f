// The list on the screen: whom it shows, what was marked of them here, and how it is drawn. No network, no storage.

import { refusal } from "./outbox.js";

const MOST_SHOWN = 200;

/** Marks that were taken back on whatever device, as the list or board tells of its persons. */
function takenBack(persons) {
  const there = [...persons.values()];
  const onBoard = there.flatMap((person) => person.marks ?? []).filter((mark) => mark.withdrawn_because);
  return [...there.flatMap((person) => person.withdrawn ?? []), ...onBoard.map((mark) => mark.act_id)];
}

/** Which marks of this device count, by what they are about. `entries`: see outbox.marks; `known`: by the list's word. */
export function standing(entries, operation, known) {
  const acts = entries.filter((entry) => entry.operation === operation && !refusal(entry)).map((entry) => entry.act);
  const taken = new Set([...takenBack(known), ...acts.filter((act) => act.what === "withdrawn").map((act) => act.mark)]);
  const counting = acts.filter((act) => act.what !== "withdrawn" && !taken.has(act.act_id));
  const persons = new Map();
  for (const act of counting) if (act.holder) persons.set(act.holder, act);
  return { counting, persons };
}

const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/** Whether somebody has to be accounted for still. `own`: this device's mark of him, if it made one. */
export const isMissing = (person, own) => !own && ["missing", "contradicted"].includes(person.state);

/** Return whom the list shows: of these areas (none: all), with this text in the name; the missing first. */
export function chosen(persons, areas, text, own) {
  const wanted = plain(text.trim());
  const found = [...persons.values()].filter(
    (person) => (!areas.length || areas.includes(person.area)) && (!wanted || plain(person.name).includes(wanted)),
  );
  const rank = (person) => (isMissing(person, own.get(person.id)) ? 0 : 1);
  return found.sort((one, other) => rank(one) - rank(other) || one.name.localeCompare(other.name));
}

/** Return persons in the order in which they stood (`before`: ids), others behind them: no name moves under a finger. */
export function inPlace(persons, before) {
  const places = new Map(before.map((id, at) => [id, at]));
  const place = (person) => places.get(person.id) ?? before.length;
  return [...persons].sort((one, other) => place(one) - place(other));
}

/** Return how, where and when somebody was accounted for, by the list's word: {means, point, atMs}. */
export function accountOf(person) {
  const last = person.marks?.findLast((mark) => !mark.withdrawn_because);
  return { means: person.means ?? "", point: person.muster_point, atMs: last ? Date.parse(last.at) : person.accounted_ms };
}

/** Return an area and all areas inside it. */
export function around(areas, id) {
  const found = [id];
  for (const each of found) found.push(...areas.filter((area) => area.within === each).map((area) => area.id));
  return found;
}

function line(person, own, words, areaName) {
  const item = document.createElement("li");
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.holder = person.id;
  button.setAttribute("aria-pressed", String(!isMissing(person, own)));
  const name = document.createElement("bdi");
  name.textContent = person.name || words("no-name");
  const about = document.createElement("span");
  about.className = "about";
  const parts = [person.category, areaName(person.area)];
  if (person.needs_help) parts.push(words("needs-help"));
  about.textContent = parts.filter(Boolean).join(" · ");
  const state = document.createElement("span");
  state.className = "state";
  state.textContent = words(own ? "seen-here" : `state-${person.state}`);
  button.append(name, about, state);
  item.append(button);
  return item;
}

/** Put lines into a list where others stand: a finger that rests on a line while it goes has touched nothing. */
export function renew(list, lines) {
  const focused = document.activeElement?.dataset?.holder;
  lines.forEach((each, at) => {
    const before = list.children[at];
    if (!before) list.append(each);
    else if (!each.isEqualNode(before)) before.replaceWith(each);
  });
  while (list.children.length > lines.length) list.lastElementChild.remove();
  if (focused && document.activeElement?.dataset?.holder !== focused) list.querySelector(`[data-holder="${CSS.escape(focused)}"]`)?.focus();
}

/** Draw the list; keep the focus where it was. Return how many are not drawn. */
export function draw(list, persons, own, words, areaName) {
  renew(list, persons.slice(0, MOST_SHOWN).map((each) => line(each, own.get(each.id), words, areaName)));
  return Math.max(0, persons.length - MOST_SHOWN);
}
