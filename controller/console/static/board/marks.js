// The marks of the one person whose dialog is open, and taking one back with a reason.
//
// A line that did not change is not touched: somebody may be choosing the reason while updates arrive.

import { keyed } from "./keyed.js";
import { make } from "./words.js";

export class Marks {
  /** `names`: what areas and points are called. `withdraw`: called with the act's id and the reason. */
  constructor(place, w, names, withdraw) {
    this.place = place;
    this.w = w;
    this.names = names;
    this.withdraw = withdraw;
  }

  show(marks) {
    keyed(this.place, marks, (each) => each.act_id || [each.means, each.at, each.area, each.muster_point].join(" "), (line, each) => this.fill(line, each), "li");
  }

  fill(line, mark) {
    const { w, names } = this;
    const area = mark.area && (names.areaNames.get(mark.area) ?? w.of("areas", mark.area));
    const where = [area, names.pointNames.get(mark.muster_point)].filter(Boolean);
    line.replaceChildren(make("time", "", w.clock(mark.at)), ` ${[w.of("means", mark.means), ...where].join(" · ")} `);
    if (mark.withdrawn_because) {
      line.append(make("span", "quiet", `${w.say("withdrawn")}: ${w.of("because", mark.withdrawn_because)}`));
    } else if (mark.act_id) {
      const because = make("select", "", "", { id: `because-${mark.act_id}`, ariaLabel: w.say("why-withdrawn") });
      because.append(...Object.entries(w.all("because")).map(([value, text]) => make("option", "", text, { value })));
      const button = make("button", "", w.say("withdraw"), { type: "button", id: `withdraw-${mark.act_id}` });
      button.addEventListener("click", () => this.withdraw(mark.act_id, because.value));
      line.append(because, " ", button);
    }
  }
}
