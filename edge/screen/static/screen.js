// Shows what the gate's own server says of this moment, and nothing for a moment longer: when it falls silent, whoever
// was shown goes, and the page says so. All text comes from the server, escaped there.

const SILENT_MS = 3000; // three times the server's beat
const CHECK_MS = 500;

const place = document.querySelector("[data-stream]");
const lost = document.querySelector("[data-lost]");
let heardAt = Date.now();
let triedAt = 0;
let stream = null;

function show(update) {
  if (update.closed) {
    place.textContent = "";
    location.reload();
    return;
  }
  heardAt = Date.now();
  if (lost.textContent) lost.textContent = "";
  if (update.html !== null) place.innerHTML = update.html;
}

function connect() {
  stream?.close();
  triedAt = Date.now();
  stream = new EventSource(place.dataset.stream);
  stream.onmessage = (event) => show(JSON.parse(event.data));
  stream.onerror = () => {
    if (stream.readyState === EventSource.CLOSED) fetch("/", { method: "HEAD" }).then(() => location.reload(), () => {});
  };
}

function check() {
  if (Date.now() - heardAt < SILENT_MS) return;
  place.textContent = "";
  if (lost.textContent !== lost.dataset.lost) lost.textContent = lost.dataset.lost;
  if (Date.now() - triedAt >= SILENT_MS) connect();
}

connect();
setInterval(check, CHECK_MS);
document.addEventListener("visibilitychange", check);
