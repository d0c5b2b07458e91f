// Marks on their way: drawn here with an id of their own, sent until the controller has answered for each.
//
// An act that was sent twice is one act, so a broken connection loses none. Each goes to every controller at once: one
// that dies right after its answer takes no mark along, and where this page's own does not answer, another one's word
// counts. They lie in this page's memory alone.

const AGAIN_MS = 1500;
const AT_MOST = 500;
const PATIENCE_MS = 5000;

const hex = (bytes) => [...bytes].map((each) => each.toString(16).padStart(2, "0")).join("");

export class Acts {
  /** `others`: origins of other controllers. `changed`: called with how many wait, and with each act that was refused. */
  constructor(resource, others, changed) {
    this.resource = resource;
    this.origins = ["", ...others];
    this.changed = changed;
    this.waiting = [];
    this.ahead_ms = 0; // by so much the controller's clock is ahead of this device's
    this.isSending = false;
  }

  add(what, fields) {
    const at = new Date(Date.now() + this.ahead_ms).toISOString();
    const act = { act_id: hex(crypto.getRandomValues(new Uint8Array(12))), at, what, ...fields };
    this.waiting.push(act);
    this.send();
    return act;
  }

  async send() {
    this.changed(this.waiting.length, []);
    if (this.isSending) return;
    this.isSending = true;
    while (this.waiting.length) {
      const acts = this.waiting.slice(0, AT_MOST);
      const answers = this.origins.map((origin) => this.post(origin, acts));
      let results = null;
      for (const answer of answers) results ??= await answer;
      if (results === null) {
        await new Promise((done) => setTimeout(done, AGAIN_MS));
        continue;
      }
      const answered = new Set(results.map((each) => each.act_id));
      this.waiting = this.waiting.filter((each) => !answered.has(each.act_id));
      this.changed(this.waiting.length, results.filter((each) => each.result === "refused"));
    }
    this.isSending = false;
  }

  /** Return what became of each, or null where it has to be sent again. What another controller refuses is not final. */
  async post(origin, acts) {
    try {
      const answer = await fetch(origin + this.resource, {
        method: "POST",
        credentials: origin ? "include" : "same-origin",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ acts }),
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      if (answer.ok) {
        const { results } = await answer.json();
        const final = origin ? results.filter((each) => each.result !== "refused") : results;
        return final.length ? final : null;
      }
      if (origin || answer.status >= 500) return null;
      const problem = await answer.json().catch(() => ({}));
      return acts.map((each) => ({ act_id: each.act_id, result: "refused", reason: problem.code ?? "" }));
    } catch {
      return null;
    }
  }
}
