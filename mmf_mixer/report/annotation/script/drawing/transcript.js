/* The transcript: as many rows in the page as are seen, however many cues there are. */

const LINE = 20; // pixels, as in the style
const PADDING = 10;

function makeTranscript(app) {
  const cues = app.state.master.captions?.cues ?? [];
  const list = { cues, lane: makeLane(cues.map((cue, index) => ({ ...cue, index }))), tops: rowTops([]), hits: [], hit: -1, current: -1, rows: "" };
  list.cues = list.lane.items;
  el("cues").addEventListener("scroll", () => drawTranscript(app));
  new ResizeObserver(() => layTranscript(app)).observe(el("cues"));
  el("search").addEventListener("input", () => find(app, el("search").value));
  el("search").addEventListener("keydown", (event) => {
    if (event.key === "Enter") nextHit(app, event.shiftKey ? -1 : 1);
  });
  el("cue-space").addEventListener("click", (event) => {
    const row = event.target.closest(".cue");
    if (row) app.seek(list.cues[Number(row.dataset.index)].start);
  });
  if (!cues.length) el("cue-space").append(make("p", { class: "soft cue" }, "There are no captions."));
  return list;
}

/** Work out where each row stands, for the width that there is. */
function layTranscript(app) {
  const { transcript: list } = app;
  if (!list?.cues.length) return;
  const context = document.createElement("canvas").getContext("2d");
  context.font = "14px system-ui, sans-serif";
  const width = Math.max(60, el("cues").clientWidth - 90);
  list.tops = rowTops(list.cues.map((cue) => PADDING + LINE * linesOf(cue.text, width, (text) => context.measureText(text).width)));
  el("cue-space").style.height = `${list.tops[list.cues.length]}px`;
  drawTranscript(app, true);
}

/** The rows that are seen, made anew if they are others or look otherwise. */
function drawTranscript(app, anew = false) {
  const { transcript: list } = app;
  if (!list.cues.length) return;
  const [first, last] = rowsSeen(list.tops, el("cues").scrollTop, el("cues").clientHeight);
  const rows = [first, last, list.current, app.selected, app.state.version, list.wanted, list.hit].join(" ");
  if (rows === list.rows && !anew) return;
  list.rows = rows;
  const focused = document.activeElement?.closest?.(".cue")?.dataset.index;
  const made = [];
  for (let index = first; index < last; index += 1) made.push(cueRow(app, index));
  el("cue-space").replaceChildren(...made);
  if (focused) made.find((row) => row.dataset.index === focused)?.querySelector("button").focus({ preventScroll: true });
}

function cueRow(app, index) {
  const { transcript: list } = app;
  const cue = list.cues[index];
  const segment = app.state.segments[app.selected];
  const inside = segment && cue.start < segment.end && cue.end > segment.start;
  const text = make("p", {});
  for (const piece of weighedPieces(cue, inside ? segment.evidence?.words : [])) {
    const heavy = piece.weight > 0.08;
    const shown = heavy ? make("span", {}, piece.text) : piece.text;
    if (heavy) shade(shown, app.colours.text ?? "#0072b2", piece.weight);
    text.append(shown);
  }
  text.normalize(); // so that what is searched for may hold spaces
  if (list.wanted && list.hits.includes(index)) markText(text, list.wanted);
  const attributes = { class: inside ? "cue inside" : "cue", role: "listitem", "data-index": index, "aria-posinset": index + 1, "aria-setsize": list.cues.length };
  const time = make("button", { type: "button", "aria-label": `Go to ${clock(cue.start)}` }, clock(cue.start));
  const row = make("div", attributes, time, text);
  if (index === list.current) row.setAttribute("aria-current", "true");
  row.style.top = `${list.tops[index]}px`;
  row.style.height = `${list.tops[index + 1] - list.tops[index]}px`;
  return row;
}

/** A ground whose strength is a weight; at the strongest, text on it still has a contrast of 4.5. */
function shade(element, colour, weight) {
  element.style.setProperty("--shade", `color-mix(in srgb, ${colour} ${Math.round(8 + 40 * weight)}%, transparent)`);
}

/** Mark where a text stands in the text nodes of an element. */
function markText(element, wanted) {
  for (const node of [...element.childNodes]) {
    if (node.nodeType !== Node.TEXT_NODE) {
      markText(node, wanted);
      continue;
    }
    const at = node.data.toLocaleLowerCase().indexOf(wanted);
    if (at < 0) continue;
    const found = node.splitText(at);
    found.splitText(Math.min(found.length, wanted.length));
    found.replaceWith(make("mark", {}, found.data));
  }
}

/** The cue of the time: marked, scrolled to if the reader wishes, and under the picture. */
function followCaptions(app) {
  const { transcript: list } = app;
  const at = lastBefore(list.lane, app.time);
  const cue = list.cues[at];
  const spoken = cue && cue.end > app.time ? cue.text : "";
  if (el("subtitle").textContent !== spoken) el("subtitle").replaceChildren(spoken ? make("span", {}, spoken) : "");
  if (at === list.current) return;
  list.current = at;
  if (el("follow").checked && at >= 0) showCue(app, at);
  drawTranscript(app);
}

function showCue(app, index) {
  const { tops } = app.transcript;
  const box = el("cues");
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches || Math.abs(tops[index] - box.scrollTop) > 3 * box.clientHeight;
  box.scrollTo({ top: tops[index] - box.clientHeight / 3, behavior: calm ? "auto" : "smooth" });
}

function find(app, wanted) {
  const { transcript: list } = app;
  list.hits = search(list.cues, wanted);
  list.wanted = wanted.trim().toLocaleLowerCase();
  list.hit = -1;
  if (list.hits.length) nextHit(app, 1);
  else el("hits").textContent = list.wanted ? "none" : "";
  drawTranscript(app);
}

function nextHit(app, step) {
  const { transcript: list } = app;
  if (!list.hits.length) return;
  list.hit = (list.hit + step + list.hits.length) % list.hits.length;
  el("hits").textContent = `${list.hit + 1} / ${list.hits.length}`;
  const index = list.hits[list.hit];
  app.seek(list.cues[index].start);
  showCue(app, index);
}
