// Serves the page of the assembly point when no controller answers. It keeps pages and scripts, which name nobody, and
// nothing of the API. `KEPT` and `VERSION` stand above, written by the server; another version replaces all at once.

const CACHE = `assembly-${VERSION}`;
const PAGE = /^\/assembly(\/(\w+))?$/;

self.addEventListener("install", (event) => {
  const fill = async () => {
    const cache = await caches.open(CACHE);
    await cache.addAll(KEPT.map((path) => new Request(path, { cache: "reload", credentials: "omit" })));
    await self.skipWaiting();
  };
  event.waitUntil(fill());
});

self.addEventListener("activate", (event) => {
  const renew = async () => {
    const old = (await caches.keys()).filter((name) => name.startsWith("assembly-") && name !== CACHE);
    await Promise.all(old.map((name) => caches.delete(name)));
    await self.clients.claim();
  };
  event.waitUntil(renew());
});

async function page(url) {
  const languages = KEPT.filter((path) => PAGE.test(path)).map((path) => path.split("/")[2]);
  const asked = [url.searchParams.get("lang"), url.pathname.split("/")[2], ...navigator.languages.map((each) => each.split("-")[0])];
  const language = asked.find((each) => languages.includes(each)) ?? languages[0];
  const path = `/assembly/${language}`;
  if (url.pathname !== path || url.search) return Response.redirect(path, 302);
  return (await caches.match(path, { cacheName: CACHE })) ?? fetch(path);
}

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  if (event.request.mode === "navigate" && PAGE.test(url.pathname)) event.respondWith(page(url));
  else if (KEPT.includes(url.pathname)) {
    const answer = async () => (await caches.match(url.pathname, { cacheName: CACHE })) ?? fetch(event.request);
    event.respondWith(answer());
  }
});
