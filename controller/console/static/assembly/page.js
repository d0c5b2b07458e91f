// The page of the assembly point: what each touch does, and what is asked of controllers when.
//
// Three ways to names: an officer's session, a list that a commander handed to this tablet, and the sealed roll. In each
// of them names are in this page's memory only; a reload without network needs the list's key or the passphrase again.

import * as clock from "./clock.js";
import { isMissing, standing } from "./list.js";
import { Board, operations, session } from "./officer.js";
import * as outbox from "./outbox.js";
import { endOpening, forgetOpening, openLists, openSealedRoll } from "./roll.js";
import { get, put } from "./store.js";
import { ask, destroyExpired, enrol, forget, identity, learnOthers, pulse, Refused } from "./tablet.js";
import { drawAll, drawClock, drawList, drawSync, enter, leave, part, say, show, state, tell } from "./view.js";

const TICK_MS = 1000;
const RETRY_MS = 5_000;
const OFFICER_EVERY_MS = 5_000;

function dropExpired() {
  for (const [id, person] of state.persons) {
    if (person.dies_at_s && person.dies_at_s * 1000 <= clock.latest()) state.persons.delete(id);
  }
}

async function mark(fields) {
  await outbox.add(state.operation, fields);
  await drawList();
  await exchange();
}

function where() {
  const [kind, id] = part("here").value.split(/\/(.*)/s);
  return kind === "point" ? { muster_point: id } : { area: id };
}

const means = () => (state.source === "handed" ? "warden" : "officer");

/** Send what waits; what fails is tried again with the next word. */
async function exchange() {
  const asOfficer = Boolean(state.me?.deeds.includes("mark")) && state.source !== "handed" && state.source !== "roll";
  if (await outbox.send(asOfficer)) state.lostMs = null;
  else state.lostMs ??= clock.now();
  await drawSync();
}

async function lookForOthers() {
  if (await learnOthers()) await (await navigator.serviceWorker.getRegistration("/assembly"))?.update();
}

async function report() {
  const opening = await get("keep", "opening");
  if (!opening || (opening.reported && !opening.ended_ms)) return;
  const { operation: before, reported: _, ...told } = opening;
  const { operation } = await ask("/api/tablet/openings", told);
  if (operation && operation !== (before ?? opening.id)) await outbox.move(before ?? opening.id, operation);
  if (operation && state.source === "roll") state.operation = operation;
  if (operation && !opening.ended_ms) await put("keep", "opening", { ...opening, operation, reported: true });
  else {
    await forgetOpening();
    if (state.source === "roll") leave("operation-over");
  }
}

async function endWhatIsOver(answer) {
  const open = answer.operations.map((each) => each.id);
  const opening = await get("keep", "opening");
  if (opening?.reported && !open.includes(opening.operation)) {
    await forgetOpening();
    if (state.source === "roll") leave("operation-over");
  }
  await outbox.forgetOver([...open, ...(opening ? [opening.id] : [])]);
}

async function reportIfOwed() {
  try {
    await report();
  } catch (error) {
    if (!(error instanceof Refused) || error.code === "not-enrolled") throw error;
    say("opening-refused"); // and told again with each word: it is on record here, and must come on record there
  }
}

async function word() {
  try {
    await reportIfOwed();
    const answer = await pulse();
    state.told = await get("keep", "told");
    await lookForOthers();
    state.lostMs = null;
    state.pulseAt = performance.now() + answer.next_s * 1000;
    await exchange();
    await endWhatIsOver(answer);
    await showHanded();
  } catch (error) {
    state.pulseAt = performance.now() + RETRY_MS;
    if (error instanceof Refused && error.code === "not-enrolled") {
      await forget();
      leave("revoked");
    } else if (!(error instanceof Refused)) state.lostMs ??= clock.now();
  }
}

async function showHanded() {
  if (state.source && state.source !== "handed") return;
  const lists = await openLists();
  if (!lists.length) {
    if (state.source !== "handed") return;
    leave("operation-over");
    state.pulseAt = 0; // to say that the copy is destroyed
    return;
  }
  state.lists = lists;
  if (state.closed === lists[0].operation) return;
  const persons = new Map(lists.flatMap((list) => list.persons.map((person) => [person.id, person])));
  enter("handed", lists[0].operation, lists[0].opened_ns / 1e6, persons);
}

async function followOfficer() {
  state.officerAt = performance.now() + OFFICER_EVERY_MS;
  try {
    state.me = await session();
    state.lostMs = null;
    part("sign-in").hidden = Boolean(state.me);
    if (!state.me?.deeds.includes("see-roll")) {
      if (state.source === "officer") leave("signed-out");
      return;
    }
    const { atMs, open } = await operations();
    if (atMs) await clock.heard(atMs);
    const found = open.find((each) => each.id === state.operation) ?? open[0];
    if (!found) {
      if (state.source === "officer") leave("operation-over");
      return;
    }
    if (state.source === "officer" && state.board?.operation === found.id) {
      state.opened = opened(found);
      return;
    }
    if ((state.source && state.source !== "officer") || state.closed === found.id) return;
    await follow(found);
  } catch {
    state.lostMs ??= clock.now();
    await exchange(); // another controller may answer
  }
}

const opened = ({ kind, plan, all_clear_at: at }) => ({ kind, plan, all_clear_ms: at ? Date.parse(at) : null });

async function follow(operation) {
  if (!state.told) await learnPlaces(operation.id);
  state.board?.end(false);
  const openedMs = Date.parse(operation.opened_at);
  state.board = new Board(
    operation.id,
    (persons) => {
      if (state.source !== "officer" || state.operation !== operation.id) state.opened = opened(operation);
      enter("officer", operation.id, openedMs, persons);
      drawAll();
    },
    () => leave("operation-over"),
  );
  await state.board.begin();
}

async function learnPlaces(operation) {
  const answer = await fetch(`/api/operations/${operation}/board`);
  if (!answer.ok) return;
  const board = await answer.json();
  const points = board.muster_points.map((point) => ({ ...point, areas: [] }));
  state.told = { areas: board.areas.map((area) => ({ ...area, id: area.area })), muster_points: points, commanders: [], operations: [] };
}

part("enrol-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    await enrol(new FormData(event.target).get("code"));
    event.target.reset();
    say("");
    await navigator.storage?.persist?.();
    await word();
  } catch (error) {
    say(error instanceof Refused ? "bad-code" : "unreachable");
  }
  await drawAll();
});

part("open").addEventListener("submit", (event) => {
  event.preventDefault();
  part("sure").hidden = false;
  part("yes").focus();
});
part("no").addEventListener("click", () => {
  part("sure").hidden = true;
  part("passphrase").value = "";
});
part("yes").addEventListener("click", async () => {
  part("sure").hidden = true;
  say("opening");
  const fields = Object.fromEntries(new FormData(part("open")));
  part("passphrase").value = "";
  try {
    const { persons, opening, unread } = await openSealedRoll(fields.commander, fields.passphrase, fields.plan, fields.reason);
    state.lists = [];
    state.closed = null;
    state.opened = { kind: "emergency", plan: opening.plan, all_clear_ms: null };
    enter("roll", opening.operation ?? opening.id, opening.opened_ms, new Map(persons.map((each) => [each.id, each])));
    if (unread) say("parts-unread", { n: unread });
    state.pulseAt = 0;
  } catch {
    say("bad-passphrase");
  }
  await drawAll();
});

part("persons").addEventListener("click", async (event) => {
  const holder = event.target.closest("[data-holder]")?.dataset.holder;
  if (!holder) return;
  const own = standing(await outbox.marks(), state.operation, state.persons).persons.get(holder);
  const person = state.persons.get(holder);
  if (own) askBack(own.act_id);
  else if (isMissing(person, null)) await mark({ what: "accounted-for", holder, means: means(), ...where() });
  else tell(person);
});
part("marks").addEventListener("click", (event) => {
  const id = event.target.closest("[data-mark]")?.dataset.mark;
  if (id) askBack(id);
});

function askBack(id) {
  part("back").dataset.mark = id;
  part("back").showModal();
}
part("back-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const because = new FormData(event.target).get("because");
  part("back").close();
  part("back").blur();
  await mark({ what: "withdrawn", mark: part("back").dataset.mark, because });
});
part("back-not").addEventListener("click", () => part("back").close());

for (const [id, step] of [["fewer", -1], ["plus", 1]]) {
  part(id).addEventListener("click", () => {
    part("amount").value = Math.max(1, Number(part("amount").value) + step);
  });
}
part("unnamed-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  await mark({ what: "unnamed-seen", amount: Number(part("amount").value), ...where() });
  part("amount").value = 1;
});
part("swept-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  await mark({ what: "area-swept", area: part("swept-area").value, amount: Number(part("swept-amount").value) });
  part("swept-amount").value = 0;
});
async function missingFirst() {
  state.order = [];
  await drawList();
}
for (const id of ["search", "whose"]) part(id).addEventListener("input", missingFirst);
part("sort").addEventListener("click", missingFirst);
part("close").addEventListener("click", async () => {
  state.closed = state.operation;
  leave("closed");
  await drawAll();
});
part("over").addEventListener("click", () => part("really").showModal());
part("really-not").addEventListener("click", () => part("really").close());
part("really-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  part("really").close();
  await endOpening();
  leave("closed");
  state.pulseAt = 0;
  await drawAll();
});
part("show").addEventListener("click", async () => {
  state.closed = null;
  await showHanded();
  await followOfficer();
  await drawAll();
});

for (const [target, event] of [[window, "online"], [document, "visibilitychange"]]) {
  target.addEventListener(event, () => Object.assign(state, { pulseAt: 0, officerAt: 0 }));
}

async function tick() {
  drawClock();
  await clock.remember();
  if (await destroyExpired()) await showHanded();
  dropExpired();
  await outbox.destroyOld();
  if ((await identity()) && performance.now() >= state.pulseAt) await word();
  if (performance.now() >= state.officerAt) await followOfficer();
  await drawAll();
}

async function loop() {
  try {
    await tick();
  } finally {
    setTimeout(loop, TICK_MS);
  }
}

async function start() {
  if (!window.isSecureContext || !navigator.serviceWorker) {
    show("unsupported");
    return;
  }
  await navigator.serviceWorker.register("/assembly-worker.js", { scope: "/assembly" });
  await clock.begin();
  await destroyExpired();
  state.told = (await get("keep", "told")) ?? null;
  const code = new URLSearchParams(location.hash.slice(1)).get("code");
  if (code) {
    part("code").value = code;
    history.replaceState(null, "", location.pathname);
  }
  await showHanded();
  await drawAll();
  await loop();
}

await start();
