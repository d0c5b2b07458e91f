// The board of an officer who is signed in on this device: names in memory, as long as the controller lets him see them.

import { call, Refused } from "./tablet.js";

const GONE = [401, 403, 404];

async function read(path) {
  try {
    return await call(location.origin, path);
  } catch (error) {
    if (error instanceof Refused) return { refused: error.status };
    throw error;
  }
}

/** Return who is signed in, with his deeds; null for nobody. Throws where none answers. */
export async function session() {
  const me = await read("/api/session");
  return me.refused ? null : me;
}

/** Return the time there and the open operations whose names are open. Throws where none answers. */
export async function operations() {
  const found = await read("/api/operations");
  if (found.refused) return { atMs: null, open: [] };
  return { atMs: Date.parse(found.at), open: found.open.filter((each) => each.names_open) };
}

/** Follows the board of an operation. `onChange(persons)`; `onGone()`: it may not be seen any more. */
export class Board {
  constructor(operation, onChange, onGone) {
    this.operation = operation;
    this.persons = new Map();
    this.sequence = null;
    this.onChange = onChange;
    this.onGone = onGone;
    this.stream = null;
  }

  async begin() {
    const page = await read(`/api/operations/${this.operation}/board/persons?limit=100000`);
    if (page.refused) return this.end(GONE.includes(page.refused));
    this.persons = new Map(page.persons.map((each) => [each.id, each]));
    this.sequence = page.sequence;
    this.onChange(this.persons);
    if (this.stream) return undefined;
    this.stream = new EventSource(`/api/operations/${this.operation}/board/stream`);
    this.stream.onmessage = (event) => this.take(JSON.parse(event.data));
    this.stream.onerror = () => this.look();
    return undefined;
  }

  take(update) {
    if (update.sequence <= this.sequence) return;
    if (update.since > this.sequence) {
      this.begin().catch(() => {});
      return;
    }
    for (const person of update.persons) this.persons.set(person.id, person);
    for (const id of update.gone) this.persons.delete(id);
    this.sequence = update.sequence;
    this.onChange(this.persons);
  }

  /** The stream ended: by the network, which changes nothing, or by the controller, which does. */
  async look() {
    try {
      const answer = await read(`/api/operations/${this.operation}/board/persons?limit=1`);
      if (answer.refused && GONE.includes(answer.refused)) this.end(true);
    } catch {
      // no network: what is in memory stays
    }
  }

  end(isGone) {
    this.stream?.close();
    this.stream = null;
    this.persons.clear();
    if (isGone) this.onGone();
  }
}
