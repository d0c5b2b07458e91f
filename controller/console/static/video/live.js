// Live pictures: one a second of each camera that is in sight, drawn and forgotten. A picture that stops says so, and
// is wiped: what is seen here is the present, never the past.
import { wording } from "../board/words.js";

const EVERY_MS = 1000;
const OLD_AFTER_MS = 4000;

const page = document.querySelector("[data-live-pictures]");
const words = wording(page);
const inSight = new Set();

class Picture {
  constructor(figure) {
    this.figure = figure;
    this.address = figure.dataset.picture;
    this.canvas = figure.querySelector("canvas");
    this.state = figure.querySelector("[data-picture-state]");
    this.seenAt = null;
  }

  say(sentence) {
    if (this.state.textContent !== sentence) this.state.textContent = sentence;
  }

  blank() {
    this.canvas.getContext("2d").clearRect(0, 0, this.canvas.width, this.canvas.height);
  }

  async draw(blob) {
    const picture = await createImageBitmap(blob);
    if (document.hidden) {
      picture.close();
      return;
    }
    this.canvas.width = picture.width;
    this.canvas.height = picture.height;
    this.canvas.getContext("2d").drawImage(picture, 0, 0);
    picture.close();
    this.seenAt = Date.now();
    this.say("");
  }

  async fail(answer) {
    const told = answer ? await answer.json().catch(() => ({})) : {};
    if (answer && (answer.status === 401 || answer.status === 403)) {
      this.blank();
      this.say(words.say("live-over"));
      return false;
    }
    if (this.seenAt === null) this.say(told.code ? words.of("refused", told.code) : words.say("failed"));
    else if (Date.now() - this.seenAt > OLD_AFTER_MS) {
      this.blank();
      this.say(words.say("old", { time: words.clock(this.seenAt) }));
    }
    return true;
  }

  async look() {
    try {
      const answer = await fetch(this.address, { cache: "no-store" });
      if (!answer.ok) return this.fail(answer);
      await this.draw(await answer.blob());
      return true;
    } catch {
      return this.fail(null);
    }
  }

  async run() {
    for (;;) {
      const begun = Date.now();
      const seen = inSight.has(this.figure) && !document.hidden;
      if (seen && !(await this.look())) return;
      await new Promise((resolve) => setTimeout(resolve, Math.max(100, EVERY_MS - (Date.now() - begun))));
    }
  }
}

const sight = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (entry.isIntersecting) inSight.add(entry.target);
    else inSight.delete(entry.target);
  }
});
for (const figure of page.querySelectorAll("[data-picture]")) {
  sight.observe(figure);
  const picture = new Picture(figure);
  picture.run();
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) picture.blank();
  });
}
