// What is on the page of the assembly point, drawn from what this page knows. No network.
//
// `state` is all that this page knows: names are in it, and nowhere else.

import * as clock from "./clock.js";
import { accountOf, around, chosen, draw, inPlace, isMissing, renew, standing } from "./list.js";
import * as outbox from "./outbox.js";
import { get } from "./store.js";
import { identity } from "./tablet.js";

export const part = (id) => document.getElementById(id);
export const words = (key, values = {}) => {
  const text = part("words").querySelector(`[data-word="${key}"]`)?.textContent ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
};
const OUTSIDE = "outside";

export const state = {
  source: null, // "officer", "handed", "roll" or null
  operation: null,
  openedMs: 0,
  opened: null, // what the operation is, where no tablet's word tells: {kind, plan, all_clear_ms}
  persons: new Map(),
  order: [], // ids of the list's persons as they stand
  lists: [],
  me: null,
  board: null,
  told: null,
  lostMs: null,
  pulseAt: 0,
  officerAt: 0,
  closed: null, // the operation whose list was closed here by hand
};

const timeOf = (ms) =>
  new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: state.told?.time_zone })
    .format(new Date(ms));
const areaName = (id) => state.told?.areas.find((area) => area.id === id)?.name ?? (id === OUTSIDE ? words("outside") : id);

export function say(key, values) {
  part("said").textContent = key ? words(key, values) : "";
  part("said").hidden = !key;
}

export function show(name) {
  for (const each of ["unsupported", "enrol", "idle", "list"]) part(each).hidden = each !== name;
}

export function leave(key) {
  state.board?.end(false);
  Object.assign(state, { source: null, operation: null, openedMs: 0, opened: null, persons: new Map(), order: [], lists: [], board: null });
  for (const id of ["persons", "marks"]) part(id).replaceChildren(); // both name people
  part("search").value = "";
  if (key) say(key);
}

export function enter(source, operation, openedMs, persons) {
  const isNew = state.source !== source || state.operation !== operation;
  Object.assign(state, { source, operation, openedMs, persons });
  if (isNew) {
    say("");
    state.order = [];
  }
  places(isNew);
}

function option(value, text) {
  const made = document.createElement("option");
  made.value = value;
  made.textContent = text;
  return made;
}

/** Give a select these choices ([value, text]); what is chosen stays so, unless it is none of them. */
function choices(id, offered) {
  const select = part(id);
  if (offered.map(([value]) => value).join() === [...select.options].map((each) => each.value).join()) return;
  const before = select.value;
  select.replaceChildren(...offered.map(([value, text]) => option(value, text)));
  if (offered.some(([value]) => value === before)) select.value = before;
}

/** Offer the places of all lists that are shown. `isNew`: nothing was chosen in this operation yet. */
function places(isNew) {
  const { areas = [], muster_points: points = [] } = state.told ?? {};
  const handed = state.source === "handed" ? state.lists : [];
  const theirs = handed.some((list) => !list.areas.length) ? [] : handed.flatMap((list) => list.areas);
  const mine = theirs.length ? areas.filter((area) => theirs.some((id) => around(areas, id).includes(area.id))) : areas;
  const named = mine.map((area) => [area.id, area.name]);
  choices("whose", [["", words("everybody")], ...named]);
  choices("here", [
    ...points.map((point) => [`point/${point.id}`, point.name]),
    [`area/${OUTSIDE}`, words("outside")],
    ...named.map(([id, area]) => [`area/${id}`, words("inside-area", { area })]),
  ]);
  choices("swept-area", named);
  if (!isNew) return;
  for (const id of ["whose", "here", "swept-area"]) part(id).selectedIndex = 0;
  const fits = (point) => !point.areas.length || point.areas.some((id) => theirs.includes(id));
  const own = handed.map((list) => list.muster_point).find(Boolean) ?? (handed.length ? points.find(fits)?.id : null);
  if (own) part("here").value = `point/${own}`;
}

/** Say what is open, what people do, which copies these are, and whether people may go back. */
function drawOperation() {
  const open = state.told?.operations.find((each) => each.id === state.operation) ?? state.opened;
  part("operation").hidden = !open;
  if (!open) return;
  part("what").textContent = words(`operation-${open.kind}${open.plan ? ` ${open.plan}` : ""}`);
  part("plan").textContent = open.plan ? words(`plan-${open.plan}`) : "";
  const copies = state.source === "handed" ? state.lists.map((list) => list.copy).join(", ") : "";
  part("copies").textContent = copies && words("copies", { copies });
  const clear = open.all_clear_ms ? words("all-clear", { at: timeOf(open.all_clear_ms) }) : "";
  if (part("clear").textContent !== clear) part("clear").textContent = clear;
  part("clear").hidden = !clear;
}

/** Say why there is nothing to take back of somebody whom this device did not mark. */
export function tell(person) {
  const { means, point, atMs } = accountOf(person);
  const at = atMs ? timeOf(atMs) : "";
  const place = state.told?.muster_points.find((each) => each.id === point)?.name ?? "";
  const how = words(means ? `means-${means}` : `state-${person.state}`);
  part("told").textContent = words({ reader: "told-reader", exit: "told-exit" }[means] ?? "told-other", { at, place, how });
  part("telling").showModal();
}

export async function drawList() {
  if (!state.source) return;
  drawOperation();
  const marks = await outbox.marks();
  const { counting, persons: own } = standing(marks, state.operation, state.persons);
  const whose = part("whose").value;
  const areas = whose ? around(state.told?.areas ?? [], whose) : [];
  const shown = inPlace(chosen(state.persons, areas, part("search").value, own), state.order);
  state.order = shown.map((each) => each.id);
  const missing = chosen(state.persons, areas, "", own).filter((each) => isMissing(each, own.get(each.id))).length;
  part("missing").textContent = missing;
  part("accounted").textContent = chosen(state.persons, areas, "", own).length - missing;
  const more = draw(part("persons"), shown, own, words, areaName);
  part("more").textContent = more ? words("more", { n: more }) : shown.length ? "" : words("nobody");
  drawMarks(counting);
}

function markText(act) {
  const at = timeOf(Date.parse(act.at));
  if (act.what === "unnamed-seen") return words("mark-unnamed", { at, n: act.amount });
  if (act.what === "area-swept") return words("mark-swept", { at, area: areaName(act.area), n: act.amount });
  return words("mark-person", { at, name: state.persons.get(act.holder)?.name || words("no-name") });
}

function drawMarks(counting) {
  const lines = counting.slice(-20).reverse().map((act) => {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.mark = act.act_id;
    button.textContent = words("take-back");
    const text = document.createElement("span");
    text.id = `mark-${act.act_id}`;
    text.textContent = markText(act);
    button.setAttribute("aria-describedby", text.id);
    item.append(text, button);
    return item;
  });
  if (!part("marks").contains(document.activeElement)) renew(part("marks"), lines);
}

export async function drawSync() {
  const marks = await outbox.marks();
  const waits = marks.filter(outbox.waits).length;
  const refused = marks.filter(outbox.refusal);
  const parts = [waits ? words("not-sent", { n: waits }) : words("all-sent")];
  if (state.lostMs) parts.push(words("no-connection", { at: timeOf(state.lostMs) }));
  if (refused.length) parts.push(words("refused", { n: refused.length, why: words(`why-${outbox.refusal(refused.at(-1))}`) }));
  const text = parts.join(" ");
  if (part("sync").textContent !== text) part("sync").textContent = text;
  part("sync").dataset.state = waits || refused.length ? "waiting" : state.lostMs ? "lost" : "sent";
}

async function drawIdle() {
  const own = await identity();
  if (state.source) show("list");
  else show(own ? "idle" : "enrol");
  if (!own) return;
  const opening = await get("keep", "opening");
  const rollAt = await get("keep", "roll_at");
  const told = state.told;
  part("show").hidden = !state.closed;
  part("tablet").textContent = own.tablet;
  part("roll-age").textContent = rollAt && told?.commanders.length ? words("roll-of", { at: timeOf(rollAt) }) : words("no-roll");
  part("open-now").textContent = told?.operations.length ? words("operation-open") : words("nothing-open");
  const commanders = told?.commanders ?? [];
  choices("commander", commanders.map((each) => [each.account, words("key-of", { code: each.code })]));
  part("open-title").textContent = words(state.lostMs ? "open-now-title" : "open-later-title");
  part("open").hidden = !commanders.length;
  part("again").hidden = !opening || state.source === "roll";
  part("why-open").hidden = Boolean(opening);
  part("over").hidden = state.source !== "roll" || !opening || Boolean(opening.reported);
}

export function drawClock() {
  if (!state.source) return;
  const s = Math.max(0, Math.floor((clock.now() - state.openedMs) / 1000));
  const two = (value) => String(value).padStart(2, "0");
  part("since").textContent = `${s >= 3600 ? `${Math.floor(s / 3600)}:` : ""}${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
}

export async function drawAll() {
  await drawIdle();
  await drawList();
  await drawSync();
}
