// The board of one operation: joins what the API tells, the list of persons, places, marks and the keyboard.

import { Acts } from "./acts.js";
import { Feed } from "./feed.js";
import { Marks } from "./marks.js";
import { People } from "./people.js";
import { Places, Timeline } from "./places.js";
import { make, wording } from "./words.js";

const TIMELINE_MS = 2000;

const page = document.querySelector("[data-board]");
const part = (name) => page.querySelector(`[data-board-${name}]`);
const w = wording(page);
const others = document.querySelector("[data-served-by]")?.dataset.others ?? "";
const acts = new Acts(page.dataset.marks, others.split(" ").filter(Boolean), sent);
const people = new People(part("people"), w, { account: accountFor, act: openPerson });
const places = new Places(page, w, { filter: filterArea, sweep: openSweep, unnamed: openUnnamed });
const timeline = new Timeline(part("timeline"), page.dataset.timeline, w, (area, point) =>
  people.pointNames.get(point) ?? people.areaNames.get(area) ?? "",
);
const personDialog = document.querySelector("[data-dialog-person]");
const countDialog = document.querySelector("[data-dialog-count]");
const lostLine = document.querySelector("[data-board-lost]"); // above all: it speaks for the command as well
const marks = new Marks(personDialog.querySelector("[data-marks]"), w, people, (mark, because) =>
  acts.add("withdrawn", { mark, because }),
);
people.within = (area, outer) => places.within(area, outer);

let isStale = false;
let timelineAt = 0;
let timelineWait = 0;

// --- what is told -----------------------------------------------------------------------------------------------------

function told(news) {
  if (news.ended) return ended(news.code);
  if (news.lost) return lost(news.lost);
  if (isStale) lost(null);
  page.hidden = false;
  page.classList.remove("over");
  part("why").textContent = "";
  places.take(news);
  people.areaNames = new Map(places.areas.map((each) => [each.area, each.name]));
  people.pointNames = new Map(places.points.map((each) => [each.id, each.name]));
  people.take(news);
  if (news.isWhole) fillChoices();
  if (news.at) acts.ahead_ms = Date.parse(news.at) - Date.now();
  show();
  if (personDialog.open) fillPerson(people.persons.get(personDialog.dataset.person));
  lookAtTimeline();
}

/** Ask for the timeline soon, and not too often; what comes while that waits is asked for with it. */
function lookAtTimeline() {
  timelineWait ||= setTimeout(() => {
    timelineWait = 0;
    timelineAt = Date.now();
    timeline.look();
  }, Math.max(TIMELINE_MS / 4, timelineAt + TIMELINE_MS - Date.now()));
}

/** Names go at once, with whatever was being done to them. */
function ended(code) {
  page.classList.add("over");
  people.forget();
  places.end();
  for (const dialog of [personDialog, countDialog]) if (dialog.open) dialog.close();
  personDialog.querySelector("[data-title]").replaceChildren();
  marks.show([]);
  document.querySelector("[data-live-fragment='found']")?.replaceChildren(); // the answer to a search goes with them
  part("said").replaceChildren();
  part("shown").textContent = "";
  part("why").textContent = w.of("refusals", code);
  lost(null);
}

function lost(since) {
  isStale = since !== null;
  const sentence = isStale ? w.say("lost", { time: w.clock(since) }) : "";
  if (lostLine.textContent !== sentence) lostLine.textContent = sentence;
  page.classList.toggle("stale", isStale);
}

function show() {
  const { first, last, total, isLast } = people.show();
  part("shown").textContent = w.say("shown", { first: w.number(first), last: w.number(last), total: w.number(total) });
  part("before").disabled = people.page === 0;
  part("next").disabled = isLast;
  part("none").hidden = total > 0;
}

// --- filter -----------------------------------------------------------------------------------------------------------

function filterArea(area) {
  part("area").value = area;
  refilter();
  part("people").scrollIntoView({ block: "nearest" });
}

function refilter() {
  const { filter } = people;
  [filter.state, filter.area, filter.point] = ["state", "area", "point"].map((name) => part(name).value);
  filter.text = part("search").value;
  filter.help = part("help").checked;
  people.page = 0;
  show();
}

function turn(by) {
  people.page = Math.max(0, people.page + by);
  show();
}

function fillChoices() {
  choices(part("area"), places.areas.map((each) => [each.area, each.name]));
  choices(part("point"), places.points.map((each) => [each.id, each.name]));
  const at = [...places.points.map((each) => [`point:${each.id}`, each.name]), ...places.areas.map((each) => [`area:${each.area}`, each.name])];
  for (const select of [part("place"), personDialog.querySelector("[name=place]")]) choices(select, at);
}

/** Choices that stay are not touched: somebody may be choosing. */
function choices(select, pairs) {
  const offered = [...select.options].slice(1).map((each) => [each.value, each.textContent]);
  if (JSON.stringify(offered) === JSON.stringify(pairs)) return;
  const chosen = select.value;
  select.replaceChildren(select.options[0], ...pairs.map(([value, text]) => make("option", "", text, { value })));
  select.value = pairs.some(([value]) => value === chosen) ? chosen : select.options[0].value;
}

// --- marks ------------------------------------------------------------------------------------------------------------

function whereOf(place) {
  const [kind, id] = [place.slice(0, place.indexOf(":")), place.slice(place.indexOf(":") + 1)];
  if (kind === "point") return { area: "", muster_point: id }; // the point knows its area
  return { area: kind === "area" ? id : "", muster_point: "" };
}

function accountFor(person, means = part("means").value, place = part("place").value) {
  const where = means === "phone" ? { area: "", muster_point: "" } : whereOf(place);
  const act = acts.add("accounted-for", { holder: person.id, means, ...where });
  const undo = make("button", "", w.say("undo"), { type: "button" });
  undo.addEventListener("click", () => {
    acts.add("withdrawn", { mark: act.act_id, because: "entered-by-mistake" });
    part("said").replaceChildren();
    part("people").querySelector("[tabindex='0']")?.focus();
  });
  part("said").replaceChildren(make("span", "", w.say("did-account", { name: person.name })), " ", undo);
}

function sent(waiting, refused) {
  part("waiting").textContent = waiting ? w.say("waiting", { num: w.number(waiting) }) : "";
  for (const each of refused) part("said").replaceChildren(make("strong", "severe", `${w.say("refused")} ${refusal(each.reason ?? "")}`));
}

const refusal = (code) => w.all("refused")[code] ?? w.of("refusals", code);

// --- dialogs ----------------------------------------------------------------------------------------------------------

function openPerson(person) {
  personDialog.dataset.person = person.id;
  fillPerson(person);
  personDialog.showModal();
}

function fillPerson(person) {
  if (!person) return personDialog.close();
  personDialog.querySelector("[data-title]").replaceChildren(make("bdi", "", person.name || w.say("nobody")));
  marks.show(person.marks);
  personDialog.querySelector("[data-no-marks]").hidden = person.marks.length > 0;
}

personDialog.querySelector("[data-account]").addEventListener("submit", (event) => {
  event.preventDefault();
  const { means, place } = Object.fromEntries(new FormData(event.target));
  accountFor(people.persons.get(personDialog.dataset.person), means, place);
  personDialog.close();
});
personDialog.querySelector("[data-stays]").addEventListener("click", () => {
  const person = people.persons.get(personDialog.dataset.person);
  acts.add("stays-by-order", { holder: person.id, area: person.area });
  personDialog.close();
});

let counting = null;

function openCount(title, first, then) {
  countDialog.querySelector("[data-title]").textContent = title;
  countDialog.querySelector("[name=amount]").value = first;
  countDialog.querySelector("[name=amount]").min = first;
  counting = then;
  countDialog.showModal();
  countDialog.querySelector("[name=amount]").select();
}

function openSweep(area) {
  openCount(w.say("sweep-title", { area: area.name }), 0, (amount) => acts.add("area-swept", { area: area.area, amount }));
}

function openUnnamed(point) {
  openCount(w.say("unnamed-title", { point: point.name }), 1, (amount) =>
    acts.add("unnamed-seen", { amount, area: "", muster_point: point.id }),
  );
}

countDialog.querySelector("form").addEventListener("submit", (event) => {
  event.preventDefault();
  counting?.(Number(new FormData(event.target).get("amount")));
  countDialog.close();
});
for (const dialog of [personDialog, countDialog]) {
  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
}

// --- keyboard: single keys count only while a row of the list has the focus ---------------------------------------------

const KEYS = {
  ArrowDown: () => people.step(1),
  ArrowUp: () => people.step(-1),
  j: () => people.step(1),
  k: () => people.step(-1),
  PageDown: () => part("next").disabled || turnByKey(1),
  PageUp: () => part("before").disabled || turnByKey(-1),
  Enter: (person) => openPerson(person),
  a: (person) => ["missing", "contradicted", "entered"].includes(person.state) && accountFor(person),
  o: (person) => acts.add("stays-by-order", { holder: person.id, area: person.area }),
  "/": () => part("search").focus(),
};

function turnByKey(by) {
  turn(by);
  part("people").firstElementChild?.focus();
}

part("people").addEventListener("keydown", (event) => {
  const person = people.focused;
  const isInner = event.target !== event.target.closest("[data-person]");
  if (!person || !KEYS[event.key] || event.ctrlKey || event.altKey || event.metaKey || (isInner && event.key === "Enter")) return;
  event.preventDefault();
  KEYS[event.key](person);
});
part("search").addEventListener("keydown", (event) => {
  if (event.key !== "ArrowDown" && event.key !== "Enter") return;
  event.preventDefault();
  part("people").querySelector("[tabindex='0']")?.focus();
});

for (const name of ["state", "area", "point", "help"]) part(name).addEventListener("change", refilter);
part("search").addEventListener("input", refilter);
part("before").addEventListener("click", () => turn(-1));
part("next").addEventListener("click", () => turn(1));
addEventListener("beforeunload", (event) => acts.waiting.length && event.preventDefault());

new Feed(page.dataset.board, () => document.querySelector("[data-names='open']") !== null, told).run();
