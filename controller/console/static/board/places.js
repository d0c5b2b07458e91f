// What a board says of places and of time: figures, areas, muster points, the curve, the timeline. No persons.

import { keyed } from "./keyed.js";
import { make } from "./words.js";

export class Places {
  /** `page`: the board's element. `acting`: {filter(area), sweep(area), unnamed(point)}: what buttons do. */
  constructor(page, w, acting) {
    this.lists = page.dataset.lists; // where a warden's list of an area is ordered, for whoever may
    this.part = (name) => page.querySelector(`[data-board-${name}]`);
    this.w = w;
    this.acting = acting;
    this.areas = [];
    this.points = [];
    this.figures = null;
    this.isOver = false;
  }

  /** Nothing can be done any more: figures stand, buttons go. */
  end() {
    this.isOver = true;
    this.showAreas(this.areas);
    this.showPoints(this.points);
  }

  take({ figures, areas, points, curve }) {
    this.isOver = false;
    if (figures) this.showFigures(figures);
    if (areas) this.showAreas(areas);
    if (points) this.showPoints(points);
    if (curve) this.curve = curve;
    else if (figures) this.follow(figures);
    this.showCurve();
  }

  /** Whether an area is, or lies in, another one. */
  within(area, outer) {
    const around = new Map(this.areas.map((each) => [each.area, each.within]));
    for (let each = area; each; each = around.get(each)) if (each === outer) return true;
    return false;
  }

  showFigures(figures) {
    this.figures = figures;
    for (const place of this.part("figures").querySelectorAll("[data-figure]")) {
      place.textContent = this.w.number(figures[place.dataset.figure]);
    }
    this.part("nameless").hidden = !figures.nameless;
    const reckoned = figures.expected ? figures.accounted / figures.expected : 1;
    this.part("done").value = reckoned;
  }

  showAreas(areas) {
    this.areas = areas;
    keyed(this.part("areas"), areas, (each) => each.area, (row, each) => this.areaRow(row, each), "tr", this.isOver);
  }

  areaRow(row, each) {
    const { w } = this;
    const name = make("th", "", "", { scope: "row" });
    const depth = this.depth(each);
    if (depth) name.append(make("span", "quiet", "› ".repeat(depth)));
    if (this.isOver) name.append(make("bdi", "", each.name));
    else name.append(this.button(`area-${each.area}`, each.name, w.say("show-area", { area: each.name }), () => this.acting.filter(each.area)));
    const missing = make("td", each.missing ? "num missing" : "num", w.number(each.missing));
    const cells = [each.expected, each.accounted, each.staying].map((value) => make("td", "num", w.number(value)));
    const unnamed = make("td", "num", `${w.number(each.unnamed_found)} / ${w.number(each.unnamed_expected)}`);
    const now = make("td", "num", each.best === null ? w.say("unknown") : w.number(each.best));
    if (each.best !== null && each.lowest !== each.highest) {
      now.append(" ", make("span", "quiet", `${w.number(each.lowest)}–${w.number(each.highest)}`));
    }
    const swept = make("td", "swept", each.swept_at ? w.say("swept-at", { time: w.clock(each.swept_at) }) : "");
    if (!this.isOver) this.acts(swept, each);
    const cellsOfRow = [missing, ...cells, unnamed, now, swept];
    const labels = this.part("areas").closest("table").tHead.rows[0].cells;
    cellsOfRow.forEach((cell, at) => (cell.dataset.label = labels[at + 1].textContent)); // a phone stacks them
    row.replaceChildren(name, ...cellsOfRow);
  }

  acts(swept, each) {
    const { w } = this;
    swept.append(" ", this.button(`sweep-${each.area}`, w.say("sweep"), `${w.say("sweep")}: ${each.name}`, () => this.acting.sweep(each)));
    if (this.lists) {
      const href = this.lists + encodeURIComponent(each.area);
      swept.append(" ", make("a", "", w.say("list"), { href, ariaLabel: w.say("list-of", { area: each.name }) }));
    }
  }

  depth(area) {
    const around = new Map(this.areas.map((each) => [each.area, each.within]));
    let depth = 0;
    for (let each = area.within; each && depth < 9; each = around.get(each)) depth += 1;
    return depth;
  }

  showPoints(points) {
    this.points = points;
    this.part("no-points").hidden = points.length > 0;
    keyed(this.part("points"), points, (each) => each.id, (row, each) => {
      const { w } = this;
      const facts = [w.say("accounted-here", { num: w.number(each.accounted) }), w.say("unnamed-here", { num: w.number(each.unnamed_seen) })];
      if (each.wrong_point) facts.push(w.say("wrong-here", { num: w.number(each.wrong_point) }));
      const add = this.button(`unnamed-${each.id}`, w.say("add-unnamed"), `${w.say("add-unnamed")}: ${each.name}`, () => this.acting.unnamed(each));
      row.replaceChildren(make("bdi", "name", each.name), " ", make("span", "", facts.join(" · ")), " ", ...(this.isOver ? [] : [add]));
    }, "li", this.isOver);
  }

  button(id, text, label, press) {
    const button = make("button", "plain", text, { type: "button", id, ariaLabel: label });
    button.addEventListener("click", press);
    return button;
  }

  /** The curve goes on with what the stream tells. */
  follow(figures) {
    const last = this.curve?.at(-1);
    if (!last || (last.accounted === figures.accounted && last.missing === figures.missing)) return;
    this.curve.push({ at: new Date().toISOString(), accounted: figures.accounted, missing: figures.missing });
  }

  showCurve() {
    const line = this.part("curve");
    line.parentElement.toggleAttribute("hidden", (this.curve?.length ?? 0) < 2);
    if (!this.curve?.length) return;
    const begin = Date.parse(this.curve[0].at);
    const end = Math.max(begin + 1000, Date.parse(this.curve.at(-1).at));
    const most = Math.max(1, ...this.curve.map((each) => each.accounted + each.missing));
    const at = (each) => `${(300 * (Date.parse(each.at) - begin)) / (end - begin)},${80 - (80 * each.accounted) / most}`;
    line.setAttribute("points", this.curve.map(at).join(" "));
  }
}

/** Leave out how the roll call stood where it stood so before. */
function changed(entries) {
  let before = "";
  return entries.filter((each) => {
    if (each.what !== "operation-sampled") return true;
    const now = JSON.stringify([each.expected, each.accounted, each.missing]);
    const isNews = now !== before;
    before = now;
    return isNews;
  });
}

/** The timeline: asked for again after a change, the last first. */
export class Timeline {
  /** `named(area, point)`: what a place is called. */
  constructor(place, resource, w, named) {
    this.place = place;
    this.resource = resource;
    this.w = w;
    this.named = named;
    this.sequence = 0;
    this.isAsking = this.isWanted = false;
  }

  async look() {
    this.isWanted = true;
    if (this.isAsking) return;
    this.isAsking = true;
    while (this.isWanted) {
      this.isWanted = false;
      await this.ask();
    }
    this.isAsking = false;
  }

  async ask() {
    try {
      const answer = await fetch(`${this.resource}?after=${this.sequence}`);
      if (answer.ok) {
        const { sequence, entries } = await answer.json();
        if (sequence !== this.sequence) this.place.replaceChildren(...changed(entries).reverse().map((each) => this.line(each)));
        this.sequence = sequence;
      }
    } catch {
      // The board itself says that the connection is lost.
    }
  }

  line(entry) {
    const { w } = this;
    const line = make("li");
    const where = this.named(entry.area, entry.muster_point);
    const facts = Object.keys(w.all("facts")).filter((name) => entry[name] !== null && entry[name] !== undefined);
    const told = facts.map((name) => `${w.of("facts", name)}: ${w.number(entry[name])}`);
    line.append(make("time", "", w.clock(entry.at)), " ", make("span", "what", w.of("timeline", entry.what)));
    if (where) line.append(" ", make("bdi", "", where));
    if (told.length) line.append(" ", make("span", "quiet", told.join(" · ")));
    return line;
  }
}
