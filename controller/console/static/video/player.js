// The player of a viewing: one or two cameras in step, a seek bar with what was recorded, speeds, keys.
//
// It asks again and again whether the viewing still holds; when it does not, nothing of it stays on the page.
import { make, wording } from "../board/words.js";
import { Track } from "./track.js";

const LOOK_MS = 2000;
const TICK_MS = 40;
const SKIP_S = 10;
const PICTURE_S = 0.04;
const APART_S = 0.15; // two cameras that are farther apart than this are put in step again
const JOINED_MS = 1000;
const FAR_S = 1; // who leads is that far off where it comes out of a gap

const page = document.querySelector("[data-player]");
const words = wording(page);
const seek = page.querySelector("[data-seek]");
const now = page.querySelector("[data-now]");
const state = page.querySelector("[data-state]");
const speed = page.querySelector("[data-speed]");
const toggle = page.querySelector("[data-act=toggle]");

const viewing = {
  fromMs: Number(page.dataset.from),
  untilMs: Number(page.dataset.until),
  zeroMs: Number(page.dataset.zero),
  seconds: (ms) => (ms - viewing.zeroMs) / 1000,
  ms: (seconds) => viewing.zeroMs + seconds * 1000,
};
const first = viewing.seconds(viewing.fromMs);
const last = viewing.seconds(viewing.untilMs);

let at = viewing.seconds(Number(page.dataset.begins));
let playing = false;
let isOver = false;
let told = [];
let untouched = true; // nobody has gone anywhere yet

const tracks = [...page.querySelectorAll("[data-track]")].map((figure) => ({
  says: figure.querySelector("[data-track-says]"),
  moved: true, // its picture is still that of where one was before
  strip: page.querySelector(`[data-strip="${figure.dataset.track}"]`),
  track: new Track(
    figure.querySelector("video"), `${page.dataset.player}/${figure.dataset.track}/piece`, viewing, (code) => end(code),
  ),
}));

function rate() {
  return Number(speed.value);
}

function go(to) {
  untouched = false;
  at = Math.min(Math.max(to, first), last);
  for (const each of tracks) each.moved = true;
  tick();
}

function play(on) {
  playing = on && !isOver;
  toggle.textContent = words.say(playing ? "pause" : "play");
  tick();
}

function put(element, sentence) {
  if (element.textContent !== sentence) element.textContent = sentence;
}

/** Why nothing is to be seen of a track at this moment; empty if something is. */
function instead({ track }, index) {
  if (track.trouble) return words.say(track.trouble) !== track.trouble ? words.say(track.trouble) : words.of("refused", track.trouble);
  if (track.has(at)) return "";
  const pause = track.pauseAt(at);
  if (!pause) return words.say("loading");
  const ms = viewing.ms(at);
  const gap = told[index]?.gaps.find((each) => each.from_ms <= ms + 500 && ms < each.until_ms + 500);
  if (gap) return words.say("nothing-because", { why: words.of("gaps", gap.why) });
  return words.say(pause[1] >= last ? "nothing-more" : "nothing");
}

function inStep(each, leads) {
  const { track } = each;
  const { video } = track;
  if (!track.has(at)) {
    video.pause();
    return;
  }
  const off = Math.abs(video.currentTime - at);
  if (each.moved || (!playing && off > 0.01) || off > (leads ? FAR_S : APART_S) * Math.max(1, rate())) video.currentTime = at;
  each.moved = false;
  if (video.playbackRate !== rate()) video.playbackRate = rate();
  if (playing && video.paused) video.play().catch(() => {});
  if (!playing && !video.paused) video.pause();
}

let ticked = performance.now();

function tick() {
  if (isOver) return;
  const passed = Math.min(performance.now() - ticked, 500) / 1000;
  ticked = performance.now();
  for (const { track } of tracks) track.want(at, rate());
  const shown = tracks.filter(({ track }) => track.has(at));
  const waits = tracks.filter(({ track }) => !track.has(at) && !track.pauseAt(at) && !track.trouble);
  const leader = shown[0];
  if (playing && !waits.length) {
    if (leader && !leader.moved && leader.track.video.readyState >= 2 && !leader.track.video.seeking) {
      const { currentTime } = leader.track.video;
      const ends = leader.track.endAt(at);
      const isLast = leader.track.video.readyState === 2 && leader.track.pauseAt(ends + 0.001);
      if (isLast) at += passed * rate(); // a video stands still before the end of what it has: a gap follows
      else if (Math.abs(currentTime - at) < 2 * Math.max(1, rate())) at = Math.max(at, currentTime);
    } else if (!leader) {
      const ends = tracks.map(({ track }) => track.pauseAt(at)?.[1] ?? at + passed * rate());
      at = Math.min(...ends); // nobody has anything: on to where somebody has
    }
  }
  if (at >= last) {
    at = last;
    if (playing) play(false);
  }
  const waiting = playing && waits.length;
  for (const each of tracks) {
    if (waiting) each.track.video.pause();
    else inStep(each, each === leader);
  }
  show(waiting);
}

function show(waiting) {
  const ms = viewing.ms(at);
  tracks.forEach((each, index) => put(each.says, instead(each, index)));
  if (document.activeElement !== seek || playing) seek.value = ms;
  const clock = words.clock(ms);
  put(now, clock);
  seek.setAttribute("aria-valuetext", clock);
  put(state, words.say(waiting ? "loading" : playing ? "playing" : "paused"));
}

/** Spans as one where next to nothing lies between: a camera's pictures meet within one, and no gap is to be seen. */
function joined(spans) {
  const found = [];
  for (const { from_ms, until_ms } of spans) {
    const before = found.at(-1);
    if (before && from_ms - before.until_ms < JOINED_MS) before.until_ms = Math.max(before.until_ms, until_ms);
    else found.push({ from_ms, until_ms });
  }
  return found;
}

function paint(strip, spans) {
  const whole = viewing.untilMs - viewing.fromMs;
  strip.replaceChildren(...joined(spans).map(({ from_ms: from, until_ms: until }) => {
    const bar = make("span");
    bar.style.insetInlineStart = `${(100 * (from - viewing.fromMs)) / whole}%`;
    bar.style.inlineSize = `${(100 * (until - from)) / whole}%`;
    return bar;
  }));
}

/** Take everything away, at once: the right to it has ended. */
function end(code) {
  if (isOver) return;
  isOver = true;
  playing = false;
  for (const { track } of tracks) track.end();
  page.querySelector("[data-player-all]").remove();
  const why = code && words.of("refused", code) !== code ? ` ${words.of("refused", code)}` : "";
  put(page.querySelector("[data-player-over]"), words.say("over") + why);
}

async function look() {
  if (isOver) return;
  try {
    const answer = await fetch(page.dataset.player, { cache: "no-store" });
    const body = await answer.json().catch(() => ({}));
    if (answer.ok) {
      told = body.tracks;
      tracks.forEach(({ strip }, index) => paint(strip, told[index].recorded));
      const begins = Math.min(...told.flatMap(({ recorded }) => recorded.map((each) => each.from_ms)));
      if (untouched && Number.isFinite(begins)) go(viewing.seconds(begins));
      for (const { track } of tracks) if (track.trouble === "failed") track.trouble = "";
    } else if (answer.status < 500) {
      end(body.code ?? "");
    }
  } catch {
    for (const { track } of tracks) if (!track.has(at)) track.trouble = "failed";
  }
  setTimeout(look, LOOK_MS);
}

const acts = {
  toggle: () => play(!playing),
  back: () => go(at - SKIP_S),
  forward: () => go(at + SKIP_S),
  step: () => {
    play(false);
    go(at + PICTURE_S);
  },
  faster: () => choose(1),
  slower: () => choose(-1),
};

function choose(by) {
  speed.selectedIndex = Math.min(Math.max(speed.selectedIndex + by, 0), speed.options.length - 1);
  tick();
}

const [before, after] = document.dir === "rtl" ? ["ArrowRight", "ArrowLeft"] : ["ArrowLeft", "ArrowRight"]; // as the bar
const keys = { " ": "toggle", [before]: "back", [after]: "forward", ".": "step", "+": "faster", "-": "slower" };

page.addEventListener("click", (event) => acts[event.target.closest("[data-act]")?.dataset.act]?.());
seek.addEventListener("input", () => go(viewing.seconds(Number(seek.value))));
speed.addEventListener("change", tick);
document.addEventListener("keydown", (event) => {
  const act = keys[event.key];
  const inField = event.target.closest("input:not([data-seek]), textarea, select, button, a, summary");
  if (!act || event.ctrlKey || event.altKey || event.metaKey || (inField && !(event.target.closest("[data-player]") && event.key !== " "))) return;
  if (event.target.closest("select")) return;
  event.preventDefault();
  acts[act]();
});

look();
tick();
setInterval(tick, TICK_MS);
