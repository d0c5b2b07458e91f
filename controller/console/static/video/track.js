// One camera of a viewing: fetches pieces of its recording as they are needed and puts them into a video element.
//
// Media time is seconds since the viewing's zero, the same for all cameras. Pieces stay in this page's memory alone.

const AHEAD_S = 20;
const BEHIND_S = 30;
const NEAR_S = 0.2; // so close to the end of what is there counts as there: pieces meet within a picture

export class Track {
  /** `over`: told the code when nothing may be seen any more. */
  constructor(video, address, viewing, over) {
    this.video = video;
    this.address = address;
    this.viewing = viewing;
    this.over = over;
    this.pauses = []; // of which nothing was recorded, in media time: [from, until]
    this.trouble = "";
    this.type = "";
    this.wanted = 0;
    this.rate = 1;
    this.asking = null;
    this.source = new MediaSource();
    this.buffer = null;
    this.opened = new Promise((resolve) => this.source.addEventListener("sourceopen", resolve, { once: true }));
    this.url = URL.createObjectURL(this.source);
    video.src = this.url;
  }

  /** The end of what is there at media time `t`, or null. */
  endAt(t) {
    const ranges = this.buffer ? this.buffer.buffered : { length: 0 };
    for (let at = 0; at < ranges.length; at += 1) {
      if (ranges.start(at) - NEAR_S <= t && t < ranges.end(at)) return ranges.end(at);
    }
    return null;
  }

  /** The pause that holds at media time `t`, or null. */
  pauseAt(t) {
    return this.pauses.find(([from, until]) => from <= t && t < until) ?? null;
  }

  has(t) {
    return this.endAt(t) !== null;
  }

  /** Be ready to show media time `t` and what follows at `rate`. */
  want(t, rate) {
    this.wanted = t;
    this.rate = rate;
    if (this.asking && !this.asking.near(t)) this.asking.control.abort();
    this.pump();
  }

  async pump() {
    if (this.pumping || !this.address) return;
    this.pumping = true;
    try {
      for (let at = this.next(); at !== null && this.address; at = this.next()) await this.fetch(at);
    } finally {
      this.pumping = false;
    }
  }

  /** Where the next piece that is needed begins, or null if there is enough. */
  next() {
    const last = this.viewing.seconds(this.viewing.untilMs);
    let at = this.wanted;
    for (let step = 0; step < 1000; step += 1) {
      if (at >= last || at > this.wanted + AHEAD_S * Math.max(1, this.rate)) return null;
      const pause = this.pauseAt(at);
      const end = this.endAt(at);
      if (pause) at = pause[1];
      else if (end !== null) at = end;
      else return at;
    }
    return null;
  }

  async fetch(at) {
    const control = new AbortController();
    this.asking = { control, near: (t) => Math.abs(t - at) < AHEAD_S * Math.max(1, this.rate) && t <= at + NEAR_S };
    try {
      const query = `at_ms=${Math.round(this.viewing.ms(at))}`;
      const answer = await fetch(`${this.address}?${query}`, { cache: "no-store", signal: control.signal });
      if (answer.status === 204) this.pause(at, answer.headers.get("sacs-until-ms"));
      else if (answer.ok) await this.append(answer, at);
      else await this.fail(answer);
    } catch (error) {
      if (error.name !== "AbortError") {
        this.trouble = "failed";
        await new Promise((resolve) => setTimeout(resolve, 1000));
      }
    } finally {
      this.asking = null;
    }
  }

  pause(at, untilMs) {
    const until = untilMs === null ? this.viewing.seconds(this.viewing.untilMs) : this.viewing.seconds(Number(untilMs));
    this.pauses.push([at - 0.001, Math.max(until, at + 0.04)]);
    this.trouble = "";
  }

  async fail(answer) {
    const told = await answer.json().catch(() => ({}));
    const isOver = [401, 403].includes(answer.status) || ["no-viewing", "no-operation", "names-closed"].includes(told.code);
    if (isOver) {
      this.over(told.code ?? "");
      return;
    }
    this.trouble = told.code ?? "failed";
    await new Promise((resolve) => setTimeout(resolve, 1500));
  }

  async append(answer, at) {
    const type = answer.headers.get("content-type");
    const until = this.viewing.seconds(Number(answer.headers.get("sacs-until-ms")));
    const data = await answer.arrayBuffer();
    await this.opened;
    if (!this.address) return;
    if (!MediaSource.isTypeSupported(type)) {
      this.trouble = "not-played";
      this.pauses.push([at - 0.001, until]);
      return;
    }
    if (!this.buffer) this.buffer = this.source.addSourceBuffer(type);
    else if (type !== this.type) this.buffer.changeType(type);
    this.type = type;
    await this.forget();
    await this.done(() => this.buffer.appendBuffer(data));
    this.trouble = "";
    if (!this.has(at)) this.pauses.push([at - 0.001, Math.max(until, at + 0.04)]); // it had no picture for that moment
  }

  /** Let go what lies far from where one is: a browser keeps so much and no more. */
  async forget() {
    const ranges = this.buffer.buffered;
    if (!ranges.length) return;
    const first = this.wanted - BEHIND_S;
    const last = this.wanted + 3 * AHEAD_S * Math.max(1, this.rate);
    if (ranges.start(0) < first - BEHIND_S) await this.done(() => this.buffer.remove(0, first));
    if (ranges.length && ranges.end(ranges.length - 1) > last) await this.done(() => this.buffer.remove(last, Infinity));
  }

  done(act) {
    return new Promise((resolve, reject) => {
      this.buffer.addEventListener("updateend", resolve, { once: true });
      try {
        act();
      } catch (error) {
        reject(error);
      }
    });
  }

  /** Forget everything, for good. */
  end() {
    this.address = "";
    this.asking?.control.abort();
    this.video.pause();
    this.video.removeAttribute("src");
    this.video.load();
    URL.revokeObjectURL(this.url);
    this.buffer = null;
  }
}
