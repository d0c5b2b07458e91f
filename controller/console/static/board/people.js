// The list of persons on a board: filtered, in pages, and changed in place without losing the focus.
//
// Rows are told apart by the person's id: a row that did not change is not touched, and where the focused row goes, the
// one in its place is focused.

import { make } from "./words.js";

const ROWS = 50;

export class People {
  /** `place`: the list; `acting`: {account(person), act(person)}: what a row's buttons do. */
  constructor(place, w, acting) {
    this.place = place;
    this.w = w;
    this.acting = acting;
    this.persons = new Map();
    this.sorted = [];
    this.filter = { state: "missing", area: "", point: "", text: "", help: false };
    this.page = 0;
    this.shown = new WeakMap();
    this.areaNames = new Map();
    this.pointNames = new Map();
  }

  take({ persons, gone, isWhole }) {
    if (isWhole) this.persons.clear();
    let isNew = isWhole;
    for (const id of gone ?? []) isNew = this.persons.delete(id) || isNew;
    for (const person of persons) {
      const before = this.persons.get(person.id);
      isNew ||= before === undefined || before.name !== person.name;
      this.persons.set(person.id, { ...person, key: person.name.toLocaleLowerCase() });
    }
    if (isNew) this.sort();
    else this.sorted = this.sorted.map((each) => this.persons.get(each.id));
  }

  sort() {
    const compare = this.w.collator.compare;
    this.sorted = [...this.persons.values()].sort((a, b) => compare(a.name, b.name) || (a.id < b.id ? -1 : 1));
  }

  forget() {
    this.persons.clear();
    this.sorted = [];
    this.place.replaceChildren();
  }

  matching() {
    const { state, area, point, text, help } = this.filter;
    const wanted = text.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    const inside = (each) => area === "" || each.area === area || this.within?.(each.area, area);
    return this.sorted.filter(
      (each) =>
        (state === "" || each.state === state) &&
        inside(each) &&
        (point === "" || each.muster_point === point) &&
        (!help || each.needs_help) &&
        wanted.every((word) => each.key.includes(word)),
    );
  }

  /** Show the page of the list that the filter leaves; return {first, last, total}. */
  show() {
    const found = this.matching();
    this.page = Math.max(0, Math.min(this.page, Math.ceil(found.length / ROWS) - 1));
    const shown = found.slice(this.page * ROWS, (this.page + 1) * ROWS);
    this.reconcile(shown);
    const first = shown.length ? this.page * ROWS + 1 : 0;
    return { first, last: this.page * ROWS + shown.length, total: found.length, isLast: (this.page + 1) * ROWS >= found.length };
  }

  reconcile(shown) {
    const focused = document.activeElement?.closest?.("[data-person]");
    const hadFocus = focused && this.place.contains(focused);
    const at = hadFocus ? [...this.place.children].indexOf(focused) : -1;
    const inner = hadFocus && document.activeElement !== focused ? document.activeElement.dataset.act : null;
    const rows = new Map([...this.place.children].map((row) => [row.dataset.person, row]));
    const wanted = shown.map((person) => this.row(rows.get(person.id), person));
    const kept = new Set(wanted);
    for (const row of [...this.place.children]) if (!kept.has(row)) row.remove();
    wanted.forEach((row, index) => {
      if (this.place.children[index] !== row) this.place.insertBefore(row, this.place.children[index] ?? null);
    });
    if (hadFocus && !this.place.contains(document.activeElement)) {
      const next = kept.has(focused) ? focused : (wanted[Math.min(at, wanted.length - 1)] ?? null);
      (next?.querySelector(inner ? `[data-act="${inner}"]` : null) ?? next ?? this.place).focus({ preventScroll: true });
    }
    const current = wanted.find((row) => row.tabIndex === 0) ?? wanted[0];
    for (const row of wanted) row.tabIndex = row === current ? 0 : -1;
  }

  row(before, person) {
    const signature = JSON.stringify([person, this.areaNames.get(person.area)]);
    if (before && this.shown.get(before) === signature) return before;
    const row = before ?? make("li", "", "", { tabIndex: -1 });
    row.dataset.person = person.id;
    this.shown.set(row, signature);
    row.className = `person ${person.state}`;
    const { w } = this;
    const who = make("div", "who");
    who.append(make("bdi", "name", person.name || w.say("nobody")), " ", make("bdi", "quiet", person.category));
    if (person.needs_help) who.append(" ", make("strong", "help", w.of("needs", person.needs)));
    const state = make("div", "where");
    state.append(make("span", "state", w.of("states", person.state)));
    if (person.area) state.append(" · ", make("bdi", "", this.areaNames.get(person.area) ?? w.of("areas", person.area)));
    if (person.means) state.append(" · ", w.of("means", person.means));
    if (person.muster_point) state.append(" · ", make("bdi", "", this.pointNames.get(person.muster_point) ?? person.muster_point));
    if (person.wrong_point) state.append(" ", make("span", "warn", w.say("wrong-point")));
    if (person.known === "doubtful") state.append(" ", make("span", "warn", w.of("known", person.known)));
    if (person.contradiction) state.append(make("span", "contradiction", w.of("contradictions", person.contradiction)));
    const acts = make("div", "acts");
    const called = (name) => `${w.say(name)}: ${person.name || w.say("nobody")}`;
    if (["missing", "contradicted", "entered"].includes(person.state)) {
      acts.append(this.button("account", w.say("account"), called("account"), () => this.acting.account(this.persons.get(person.id))));
    }
    acts.append(this.button("more", w.say("more"), called("more"), () => this.acting.act(this.persons.get(person.id))));
    const inner = row.contains(document.activeElement) ? document.activeElement.dataset.act : null;
    row.replaceChildren(who, state, acts);
    if (inner) (row.querySelector(`[data-act="${inner}"]`) ?? row).focus({ preventScroll: true });
    return row;
  }

  button(act, text, label, press) {
    const button = make("button", act === "account" ? "first" : "", text, { type: "button", ariaLabel: label });
    button.dataset.act = act;
    button.addEventListener("click", press);
    return button;
  }

  /** The person whose row has the focus. */
  get focused() {
    const row = document.activeElement?.closest?.("[data-person]");
    return row && this.place.contains(row) ? this.persons.get(row.dataset.person) : undefined;
  }

  step(by) {
    const rows = [...this.place.children];
    const row = rows[Math.max(0, Math.min(rows.length - 1, rows.indexOf(document.activeElement?.closest?.("[data-person]")) + by))];
    for (const each of rows) each.tabIndex = each === row ? 0 : -1;
    row?.focus();
  }
}
