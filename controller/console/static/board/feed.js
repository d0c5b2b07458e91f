// The board of one operation as the API tells it: loaded whole, then kept by its stream of changes.
//
// When the stream ends because the right to it ended, everything that names a person is dropped at once. A connection
// that breaks leaves what stands, greyed, for KEEP_MS. Names lie in this page's memory alone.

const AGAIN_MS = 1500;
const SILENT_MS = 5000; // the stream says something each second
const KEEP_MS = 120000;
const PAGE = 5000;
const MAY_COME = new Set(["no-operation", "names-closed"]); // reasons that pass by themselves

export class Feed {
  /** `told`: called with what changed: {figures, areas, points, persons, gone, isWhole}, {lost} or {ended, code}.
   *  `mayAsk`: whether names are open, as far as the page knows; an attempt before that would be put on record. */
  constructor(resource, mayAsk, told) {
    this.resource = resource;
    this.mayAsk = mayAsk;
    this.told = told;
    this.sequence = null;
    this.lostAt = 0;
  }

  async run() {
    for (;;) {
      const code = this.mayAsk() ? await this.follow() : "names-closed";
      if (code !== null && !MAY_COME.has(code)) return;
      await new Promise((done) => setTimeout(done, AGAIN_MS));
    }
  }

  /** Follow the stream until it ends; return why no more is shown, or null for a cut. */
  async follow() {
    this.abort = new AbortController();
    let answer;
    try {
      answer = await fetch(`${this.resource}/stream`, { signal: this.abort.signal });
    } catch {
      return this.cut();
    }
    if (answer.status >= 500) return this.cut();
    if (!answer.ok) {
      const problem = await answer.json().catch(() => ({}));
      const code = problem.code ?? "refused";
      this.end(code);
      return code;
    }
    try {
      await this.take(answer.body);
    } catch {
      return this.cut();
    } finally {
      clearTimeout(this.silence);
    }
    this.end("no-operation"); // it ended in good order: the right to it did
    return "no-operation";
  }

  async take(body) {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    this.sequence = null;
    for (;;) {
      this.listen();
      const { value, done } = await reader.read();
      if (done) return;
      const events = (rest + value).split("\n\n");
      rest = events.pop();
      for (const event of events) {
        const data = event.split("\n").filter((line) => line.startsWith("data:")).map((line) => line.slice(5)).join("");
        if (!data) continue;
        const update = JSON.parse(data);
        if (update.since === this.sequence) this.told({ ...update, points: update.muster_points });
        else await this.load(); // what comes while it loads stands in the stream, and is taken after it
        this.sequence = update.sequence;
        this.lostAt = 0;
      }
    }
  }

  /** A line that goes dead without a word is cut. */
  listen() {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.abort.abort(), SILENT_MS);
  }

  async load() {
    const board = await this.get("");
    const { at, figures, areas, muster_points: points, curve } = board;
    this.told({ at, figures, areas, points, curve, persons: [], gone: [] }); // names take a moment longer
    const persons = [];
    for (let total = 1; persons.length < total; ) {
      const after = persons.length ? `&after=${persons.at(-1).id}` : "";
      const page = await this.get(`/persons?limit=${PAGE}${after}`);
      total = page.persons.length ? page.total : 0;
      persons.push(...page.persons);
      this.listen();
    }
    this.told({ at, figures, areas, points, curve, persons, gone: [], isWhole: true });
  }

  async get(part) {
    const answer = await fetch(this.resource + part, { signal: this.abort.signal });
    if (!answer.ok) throw new Error("refused");
    return answer.json();
  }

  cut() {
    this.lostAt ||= Date.now();
    if (Date.now() - this.lostAt > KEEP_MS) this.end("");
    else this.told({ lost: new Date(this.lostAt) });
    return null;
  }

  end(code) {
    this.sequence = null;
    this.told({ ended: true, code });
  }
}
