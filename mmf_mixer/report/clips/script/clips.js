/* Clips to look through: what each is about, its media, its labels to correct, an offer to accept or leave. */

const given = JSON.parse(el("data").textContent);
const groups = Object.entries(given.labels);
const store = openStore(() => localStorage, given.key);
/** By card: the number of an accepted offer, "complete", "left", "edited" or null; by clip: its labels, where a person has changed them by hand. */
const state = JSON.parse(store.read() ?? "null") ?? { verdicts: given.cards.map(() => null), edited: given.clips.map(() => null) };
const cards = given.cards.map(makeCard);
let current = null;

/** The offers for a clip that are accepted. */
function accepted(clip) {
  return given.cards.flatMap((card, index) => (card.clip === clip ? (card.offers[state.verdicts[index]] ?? []) : []));
}

function labelsOf(clip) {
  const change = (labels, { remove, add }) => [...labels.filter((label) => !remove.includes(label) && !add.includes(label)), ...add];
  return state.edited[clip] ?? accepted(clip).reduce(change, given.clips[clip].labels);
}

function correctedClips() {
  const found = given.clips.map(({ id, labels }, clip) => {
    const offers = accepted(clip);
    const left = !state.edited[clip] && offers.some((offer) => offer.drop);
    return { id, labels, corrected: left ? null : labelsOf(clip), without: [...new Set(offers.flatMap(({ without }) => without))] };
  });
  return found.filter(({ labels, corrected, without }) => without.length || JSON.stringify(labels) !== JSON.stringify(corrected));
}

function labelledLines() {
  const complete = (clip) => given.cards.some((card, index) => card.clip === clip && state.verdicts[index] === "complete");
  return given.lines.map((line, clip) => complete(clip) && { ...line, labels: labelsOf(clip) }).filter(Boolean);
}

function save() {
  const clips = given.corrections ? correctedClips() : labelledLines();
  const text = given.corrections ? JSON.stringify({ ...given.corrections, clips }, null, 1) : linesText(clips);
  download(given.file, text, "application/json");
  say(`${clips.length} ${clips.length === 1 ? "clip is" : "clips are"} in ${given.file}`);
}

/** Whether an offer takes out a track, which leaves the labels as they are. */
function ofTrack(offer) {
  return Boolean(offer?.without.length);
}

function judge(index, verdict) {
  const { clip, offers } = given.cards[index];
  if (verdict === "complete" && !groupsFit(given, labelsOf(clip))) return say("Choose one label of each exclusive group first");
  if (verdict !== "complete" && !ofTrack(offers[verdict])) state.edited[clip] = null;
  state.verdicts[index] = verdict;
  changed();
  go(1);
}

/** Give a clip labels by hand, which is to have checked it. */
function relabel(index, labels) {
  const { clip, offers } = given.cards[index];
  state.edited[clip] = labels;
  if (!offers.length) state.verdicts[index] = groupsFit(given, labels) ? "complete" : null;
  else if (!ofTrack(offers[state.verdicts[index]])) state.verdicts[index] = "edited";
  changed();
}

/** What the key `a` is, and `o`: the first and the second offer, or that the labels are complete. */
function accept(number) {
  const { offers } = given.cards[current];
  if (number < Math.max(1, offers.length)) judge(current, offers.length ? number : "complete");
}

function changed() {
  store.write(JSON.stringify(state));
  show();
}

function show() {
  cards.forEach(draw);
  el("done").textContent = `${state.verdicts.filter((verdict) => verdict !== null).length} of ${cards.length} looked at`;
}

function makeCard(card, index) {
  const clip = given.clips[card.clip];
  const media = Object.entries(clip.media).map(([kind, src]) => make(kind, { src, controls: "", preload: "none" }));
  const facts = Object.entries(card.facts).flatMap(([name, text]) => [make("dt", {}, name), make("dd", {}, text)]);
  const button = (verdict, text) => {
    const made = make("button", { type: "button", "data-verdict": verdict }, text);
    made.addEventListener("click", () => (select(index), judge(index, verdict)));
    return made;
  };
  const offers = card.offers.map((offer, number) => button(number, `Accept: ${offer.says}`));
  const buttons = [...(offers.length ? offers : [button("complete", "Labels are complete")]), button("left", "Leave")];
  const made = make(
    "article", { tabindex: "-1" },
    make("div", { class: "media" }, ...media, make("blockquote", {}, clip.captions || "no captions")),
    make("div", {}, make("h2", {}, card.title), make("p", { class: "soft" }, clip.id), make("dl", {}, ...facts),
      make("div", { class: "labels" }), make("div", { class: "buttons" }, ...buttons)),
  );
  made.addEventListener("focusin", () => select(index));
  return made;
}

/** What changes of a card: its labels, and which button is pressed. */
function draw(made, index) {
  const labels = labelsOf(given.cards[index].clip);
  for (const button of made.querySelectorAll("[data-verdict]")) {
    button.setAttribute("aria-pressed", button.dataset.verdict === String(state.verdicts[index]));
  }
  made.querySelector(".labels").replaceChildren(...groups.flatMap(([name, group]) => fields(index, labels, name, group)));
}

/** An exclusive group is a list to choose one of; an open one has a button for each label that holds, and a list to add. */
function fields(index, labels, name, group) {
  const all = group.labels.map((label) => `${name}/${label}`);
  const own = all.filter((label) => labels.includes(label));
  const others = labels.filter((label) => !group.exclusive || !all.includes(label));
  const choices = group.exclusive ? all : all.filter((label) => !own.includes(label));
  const chosen = group.exclusive ? own[0] : undefined;
  const option = (label) => new Option(label, label, label === chosen, label === chosen);
  const list = make("select", { "aria-label": name }, ...(chosen ? [] : [new Option(`${name}: …`, "")]), ...choices.map(option));
  list.addEventListener("change", () => relabel(index, [...others, list.value]));
  const held = group.exclusive ? [] : own.map((label) => {
    const made = make("button", { type: "button", title: "Take away" }, `${label} ×`);
    made.addEventListener("click", () => relabel(index, labels.filter((other) => other !== label)));
    return made;
  });
  return [...held, list];
}

function select(index) {
  if (current === index) return;
  cards[current]?.removeAttribute("aria-current");
  cards[current]?.querySelectorAll("video, audio").forEach((media) => media.pause());
  current = index;
  cards[index].setAttribute("aria-current", "true");
}

/** The card `step` further under the same tab. */
function go(step) {
  const shown = [...el("cards").children].map((made) => cards.indexOf(made));
  const next = shown[shown.indexOf(current) + step];
  if (next === undefined) return;
  select(next);
  cards[next].focus({ preventScroll: true });
  cards[next].scrollIntoView({ block: "nearest" });
}

function openTab(tab) {
  for (const button of el("tabs").children) button.setAttribute("aria-pressed", button.dataset.tab === tab);
  el("cards").replaceChildren(...cards.filter((made, index) => given.cards[index].tab === tab));
  cards[current]?.removeAttribute("aria-current");
  current = null;
  go(1);
}

/** Play the window of the current clip from its start, or pause. */
function play() {
  const media = cards[current]?.querySelector("video, audio");
  if (!media?.paused) return media?.pause();
  media.src = media.getAttribute("src"); // the browser stops at a fragment's end only after it has sought its start
  media.play().catch(() => say("The browser cannot play this file"));
}

const KEYS = { n: () => go(1), p: () => go(-1), a: () => accept(0), o: () => accept(1), l: () => judge(current, "left"), s: save, " ": play };

for (const tab of new Set(given.cards.map((card) => card.tab))) {
  const count = given.cards.filter((card) => card.tab === tab).length;
  const button = make("button", { type: "button", "data-tab": tab }, `${tab} (${count})`);
  button.addEventListener("click", () => openTab(tab));
  el("tabs").append(button);
}
const observer = new IntersectionObserver((seen) =>
  seen.filter((each) => each.isIntersecting).forEach(({ target }) => (target.preload = "metadata")),
);
cards.forEach((made) => made.querySelectorAll("video, audio").forEach((media) => observer.observe(media)));
el("save").addEventListener("click", save);
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("select")) return;
  if (!KEYS[event.key] || current === null || (event.key === " " && event.target.matches("button, video, audio"))) return;
  event.preventDefault();
  KEYS[event.key]();
});
show();
if (cards.length) openTab(given.cards[0].tab);
