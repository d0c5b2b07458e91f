// Words, numbers and times of a board, in the page's language: all phrases come from the server with the page.

export function wording(page) {
  const words = JSON.parse(page.dataset.words);
  const locale = `${document.documentElement.lang}-u-nu-latn`;
  const number = new Intl.NumberFormat(locale);
  const time = new Intl.DateTimeFormat(locale, {
    hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZone: page.dataset.zone,
  });
  return {
    collator: new Intl.Collator(document.documentElement.lang, { sensitivity: "base", numeric: true }),
    number: (value) => (value === null || value === undefined ? "–" : number.format(value)),
    clock: (at) => time.format(new Date(at)),
    /** The words for a code of a table; a code without words shows as itself. */
    of: (table, code) => words[table]?.[code] ?? code,
    all: (table) => words[table] ?? {},
    say: (name, fields = {}) =>
      Object.entries(fields).reduce((text, [field, value]) => text.replace(`{${field}}`, value), words.say[name] ?? name),
  };
}

/** Make an element: its class, text and further properties; texts are never read as HTML. */
export function make(tag, classes = "", text = "", more = {}) {
  const made = document.createElement(tag);
  if (classes) made.className = classes;
  if (text !== "") made.textContent = text;
  for (const [name, value] of Object.entries(more)) {
    if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  return made;
}
