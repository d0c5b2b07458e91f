// Lanes of vehicles on the gate officer's screen: what is typed outlives a change of the page as long as it is about the
// same vehicle, and whoever leaves with others than he came with is asked about before it is sent.

const heard = document.querySelector("[data-heard]");
const told = new Map(); // what each lane said last
const stashes = new Map(); // of each place that was emptied
const SETTLES_MS = 1500; // so long a change of the panel is what the act itself has brought about
const answers = new Map(); // what the gate answered last to an act in each lane
let asking = null; // { id, visit, act }: a lane's question that is not answered yet

export function laneOf(element) {
  return element.closest("[data-lane]");
}

// What was typed, opened and focused in a place.
function stash(place) {
  const stashed = stashes.get(place) ?? { fields: new Map(), focused: null, around: null };
  for (const each of place.querySelectorAll("input[id], details[id]")) stashed.fields.set(each.id, each);
  if (place.contains(document.activeElement)) {
    stashed.focused = document.activeElement.id;
    stashed.around = laneOf(document.activeElement)?.id;
  }
  stashes.set(place, stashed);
  return stashed;
}

// Empties a place that nothing is known of for the moment.
export function blank(place) {
  stash(place);
  place.textContent = "";
}

// Puts new markup in the place of the old. Fields, focus and pictures stay: their ids name lane and visit, so that
// nothing of one vehicle is left for the next.
export function replace(place, html) {
  const { fields, focused, around } = stash(place);
  const pictures = new Map([...place.querySelectorAll("img")].map((each) => [each.getAttribute("src"), each]));
  place.innerHTML = html;
  for (const [id, was] of fields) {
    const now = document.getElementById(id);
    if (now?.localName === "details") now.open = was.open;
    else if (now?.type === "checkbox") now.checked = was.checked;
    else if (now) now.value = was.value;
  }
  stashes.delete(place);
  for (const now of place.querySelectorAll("img")) {
    const was = pictures.get(now.getAttribute("src"));
    if (was) now.replaceWith(was); // else it flickers
  }
  if (document.activeElement !== document.body) return;
  (document.getElementById(focused) ?? document.getElementById(around))?.focus({ preventScroll: true });
}

// Reads out what has changed, and only that.
export function tell(place) {
  const news = [];
  for (const lane of place.querySelectorAll("[data-lane]")) {
    if (told.get(lane.id) !== lane.dataset.tells) news.push(lane.dataset.tells);
    told.set(lane.id, lane.dataset.tells);
  }
  if (news.length) heard.textContent = news.join(". ");
}

// Shows what the gate answered inside the panel of its own lane, and reads it out.
// What was done is about the vehicle of then; that it was not is said whatever stands there now.
export function answerIn(lane, text, isRefused) {
  const now = document.getElementById(lane.id);
  const visit = isRefused && now ? now.dataset.visit : lane.dataset.visit;
  answers.set(lane.id, { visit, text, isRefused, at: Date.now(), panel: "" });
  if (text) heard.textContent = `${lane.dataset.name}: ${text}`;
  keepAnswers();
  if (text) now?.querySelector("[data-answer]").scrollIntoView({ block: "nearest" }); // the touch may have been far below
}

// The panels were made anew: an answer stands there still, until the next thing happens in its lane.
export function keepAnswers() {
  for (const [id, answer] of answers) {
    const lane = document.getElementById(id);
    if (!lane) continue; // nothing is known of the gate for the moment
    const panel = [...lane.querySelectorAll(".headline, .missing, .vehicle .plate, .driver")].map((each) => each.textContent).join();
    if (Date.now() - answer.at < SETTLES_MS) answer.panel = panel;
    const isOver = lane.dataset.visit !== answer.visit || panel !== answer.panel;
    if (isOver) answers.delete(id);
    const line = lane.querySelector("[data-answer]");
    line.textContent = isOver ? "" : answer.text;
    line.classList.toggle("refused", answer.isRefused);
  }
}

// What an officer does about the vehicle in a lane.
export function laneAct(button) {
  const lane = laneOf(button);
  const { what, because, amount, from } = button.dataset;
  const act = { what, lane: lane.dataset.lane, visit: Number(lane.dataset.visit) };
  const field = from && document.getElementById(from);
  if (what === "vehicle-occupants") {
    act.amount = field ? field.valueAsNumber : Number(amount);
    act.trailer = lane.querySelector("[data-trailer]").checked;
  } else if (what === "vehicle-plate") {
    act.plate = field ? field.value : button.dataset.text;
  } else {
    act.because = because;
  }
  if (what === "vehicle-pass") {
    act.amount = Number(lane.dataset.occupants);
    act.trailer = lane.dataset.hasTrailer === "yes";
  }
  return act;
}

function missing(lane, act) {
  return Number(lane.dataset.cameWith) - Number(lane.dataset.badged) - act.amount;
}

// Asks first where a vehicle leaves with others than it came with; returns whether it does.
export function askAgain(button, act) {
  const lane = laneOf(button);
  if (act.what !== "vehicle-occupants" || !lane.dataset.cameWith || missing(lane, act) === 0) return false;
  asking = { id: lane.id, visit: lane.dataset.visit, act };
  ask(lane, act);
  lane.querySelector("[data-differs] p").focus();
  return true;
}

// The page was made anew: the question stands there still, if it is about the same vehicle.
export function keepAsking(place) {
  const lane = asking && document.getElementById(asking.id);
  if (!lane || !place.contains(lane) || lane.dataset.visit !== asking.visit) asking = null;
  else ask(lane, asking.act);
}

function ask(lane, act) {
  const question = lane.querySelector("[data-differs]");
  if (!question) return;
  const text = question.querySelector("p");
  const fewer = missing(lane, act);
  const words = fewer > 0 ? text.dataset.fewer : text.dataset.more;
  const leaving = act.amount + Number(lane.dataset.badged);
  text.textContent = words.replace("{entered}", lane.dataset.cameWith).replace("{leaving}", leaving);
  const remaining = question.querySelector("[data-remaining]");
  const field = remaining.querySelector("input");
  remaining.hidden = fewer <= 0;
  field.max = Math.max(fewer, 0);
  if (field.value === "" && fewer > 0) field.value = fewer;
  question.hidden = false;
}

export function stopAsking(lane) {
  asking = null;
  const question = lane.querySelector("[data-differs]");
  question.hidden = true;
  question.querySelector("input").value = "";
  lane.focus({ preventScroll: true });
}

// What is sent for the answer: who leaves in it, and who of the others is gone already.
export function leaveAct(lane, field) {
  const act = asking.act;
  const gone = field.closest("[hidden]") ? 0 : missing(lane, act) - field.valueAsNumber;
  const acts = [act];
  if (gone > 0) acts.push({ what: "unnamed", point: lane.dataset.point, amount: gone });
  return acts;
}
