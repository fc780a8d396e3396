/* The page: what is known once, and what happens when something changes. */

class Page {
  constructor(content) {
    this.state = openState(content.master, readWindows(content.windows));
    Object.assign(this, { key: content.key, colours: content.colours, selected: -1, time: 0, hover: null, drawn: 0, laid: 0 });
    this.filter = { labels: new Set(), score: 0, which: "all" };
    this.view = { from: 0, to: Math.max(0.1, content.master.duration) };
    this.store = openStore(() => window.localStorage, content.key);
    const kept = this.store.read();
    this.completeStore = openStore(() => window.localStorage, `${content.key} complete`);
    const complete = readComplete(this.completeStore.read() ?? JSON.stringify(content.master.complete), content.master.duration);
    this.lost = (Boolean(kept) && !replay(this.state, kept)) || !complete;
    Object.assign(this, { asked: content.next, complete: complete ?? [], unsaved: false });
    readColours();
    this.player = makePlayer(this);
    this.transcript = makeTranscript(this);
    makePanel(this);
    makeFilters(this);
    makeFeeds(this);
    makeKeys(this);
    watchPointer(this);
    watchPage(this);
    this.refilter();
    greet(this);
  }

  /** Draw soon, once, however often this is called. */
  redraw() {
    if (!this.waiting) this.waiting = requestAnimationFrame(() => this.draw());
  }

  draw() {
    this.waiting = 0;
    const goes = followPicture(this);
    const span = this.view.to - this.view.from;
    if (goes && (this.time > this.view.to || this.time < this.view.from)) this.view = panned(this.view, this.time - this.view.from, this.state.master.duration);
    drawTimeline(this);
    drawOverview(this);
    drawEvidence(this);
    followCaptions(this);
    drawTime(this, span);
    if (goes) this.redraw();
  }

  /** After a change of segments or filters: lanes, order, counts. */
  refilter() {
    const byLabel = new Map(this.state.labels.filter((label) => this.filter.labels.has(label)).map((label) => [label, []]));
    this.ordered = inOrder(this.state.segments, this.filter);
    for (const segment of this.ordered) byLabel.get(segment.label).push(segment);
    this.rows = [...byLabel].map(([label, segments]) => ({ label, lane: makeLane(segments) }));
    if (this.transcript.cues.length) this.rows.unshift({ label: null, lane: this.transcript.lane });
    this.laid += 1;
    drawFilters(this);
    this.show();
  }

  /** After a change of the selection: panel, transcript, and windows to label. */
  show() {
    drawPanel(this);
    drawTranscript(this);
    drawFeeds(this);
    const { log, done } = this.state;
    el("undo").disabled = !done;
    el("redo").disabled = done === log.length;
    const shown = this.rows.filter((row) => row.label).length;
    el("canvas").setAttribute("aria-label", `${this.ordered.length} segments of ${shown} labels; n and p go through them`);
    this.redraw();
  }

  seek(time) {
    this.time = Math.max(0, Math.min(this.state.master.duration, time));
    if (this.player.video.readyState) this.player.video.currentTime = this.time;
    this.redraw();
  }

  look(view) {
    this.view = view;
    this.redraw();
  }

  zoom(factor) {
    const inside = this.time >= this.view.from && this.time <= this.view.to;
    const about = inside ? this.time : (this.view.from + this.view.to) / 2;
    const { duration } = this.state.master;
    this.look(Number.isFinite(factor) ? zoomed(this.view, factor, about, duration) : { from: 0, to: duration });
  }

  /** Select a segment; `go` also brings the picture and the timeline to it. */
  select(id, go = true) {
    this.selected = id;
    const segment = this.state.segments[id];
    if (segment && go) {
      reveal(this, segment);
      this.seek(segment.start);
    }
    if (segment) say(described(this, segment));
    this.show();
  }

  go(step) {
    const found = neighbour(this.ordered, this.selected, this.time, step);
    if (found) this.select(found.id);
    else say(this.ordered.length ? `No segment ${step > 0 ? "after" : "before"} this one` : "No segment is shown");
  }

  goUncertain() {
    const found = nextUncertain(this.ordered, this.selected, this.state.master.thresholds);
    if (found) this.select(found.id);
    else say("All segments that are shown have been checked");
  }

  /** Make a correction, keep it, and say what it is. */
  edited(work) {
    const { version } = this.state;
    work();
    if (this.state.version === version) return;
    const segment = this.state.segments[this.selected];
    if (segment) this.filter.labels.add(segment.label);
    else this.selected = -1;
    this.unsaved = true;
    keep(this);
    this.refilter();
    if (segment) say(described(this, segment));
  }

  judge(status) {
    if (this.chosen()) this.edited(() => edit(this.state, this.selected, { status }));
  }

  nudge(edge, frames, joined) {
    if (this.chosen()) this.edited(() => nudge(this.state, this.selected, edge, frames, joined));
  }

  edgeHere(edge) {
    if (this.chosen()) this.edited(() => moveEdge(this.state, this.selected, edge, this.time));
  }

  /** A new segment here: with the selected one's label; over the chosen window, if the picture is in it. */
  add() {
    const chosen = this.asked[this.window];
    const over = chosen && this.time >= chosen.start && this.time < chosen.end ? chosen : null;
    const { label } = this.state.segments[this.selected] ?? over ?? {};
    const { start, end } = over ?? { start: this.time, end: this.time + 2 };
    const given = label ?? [...this.filter.labels][0] ?? this.state.labels[0];
    this.edited(() => (this.selected = addSegment(this.state, given, start, end - start)));
  }

  turnBack(forwards) {
    const before = this.state.version;
    this.edited(() => {
      const id = forwards ? redo(this.state) : undo(this.state);
      if (id >= 0) this.selected = id < this.state.segments.length ? id : -1;
    });
    if (this.state.version === before) say(forwards ? "Nothing to redo" : "Nothing to undo");
    else el("said").prepend(forwards ? "Redone: " : "Undone: ");
  }

  chosen() {
    if (!this.state.segments[this.selected]) say("Select a segment first: n goes to the next");
    return Boolean(this.state.segments[this.selected]);
  }

  saveMaster() {
    const text = `${JSON.stringify(correctedMaster(this.state, this.complete), null, 1)}\n`;
    download(`${stemOf(this.state.master.video)}.json`, text, "application/json");
    this.unsaved = false;
    say("Saved the annotation with all corrections");
  }

  saveLines() {
    const found = datasetLines(this.state, this.key, this.complete);
    if (found.lines.length) download(`${stemOf(this.state.master.video)}.jsonl`, linesText(found.lines), "application/x-ndjson");
    say(linesSaid(found));
  }

  saveCaptions() {
    download(captionsPath(this.state.master), captionsText(this.state.master.captions.cues), "text/vtt");
    say("Saved the captions, which the training lines name");
  }
}

const SOURCES = { file: "from a file", beside: "beside the video", embedded: "inside the video", 608: "from CEA-608" };

/** Bring a segment, or a window, into the timeline: its time, zoomed in if it would be a speck, and its lane. */
function reveal(app, segment) {
  const { duration } = app.state.master;
  const length = segment.end - segment.start;
  const narrow = length / (app.view.to - app.view.from) < 0.01;
  if (narrow) app.view = zoomed(app.view, (40 * length) / (app.view.to - app.view.from), segment.start, duration);
  if (narrow || segment.start < app.view.from || segment.end > app.view.to) {
    app.view = panned(app.view, (segment.start + segment.end - app.view.from - app.view.to) / 2, duration);
  }
  const lanes = el("lanes");
  const at = app.rows.findIndex((row) => row.label === segment.label) * ROW;
  if (at < 0) return;
  if (at < lanes.scrollTop || at + ROW + RULER > lanes.scrollTop + lanes.clientHeight) lanes.scrollTop = at - lanes.clientHeight / 2;
}

/** Keep the corrections in the browser, or say that they are not kept. */
function keep(app) {
  const works = app.store.works && app.store.write(logText(app.state)) && app.completeStore.write(JSON.stringify(app.complete));
  el("kept").textContent = works ? "Corrections are kept in this browser" : "";
  if (!works) unkept("This browser keeps nothing for this page: corrections are lost when it is closed. Save the annotation.");
}

function unkept(text) {
  el("unkept").textContent = text;
  el("unkept").hidden = false;
}

function greet(app) {
  const { master } = app.state;
  const { captions, run } = master;
  const rate = rateOf(master.frame_rate);
  const facts = [
    clock(master.duration, 0),
    master.width && `${master.width} × ${master.height}`,
    master.variable_frame_rate ? "variable frame rate: steps of 40 ms" : rate && `${Number((rate.top / rate.bottom).toFixed(3))} fps`,
    captions ? `captions ${SOURCES[captions.source] ?? ""}${captions.language ? `, ${captions.language}` : ""}` : "no captions",
    run?.model && `model: ${run.model}`,
  ];
  el("facts").append(...facts.filter(Boolean).map((fact) => make("li", {}, String(fact))));
  el("save-captions").hidden = !captions?.cues.length || captionsPath(master) === insidePath(captions.name);
  if (!app.store.works) keep(app);
  if (app.lost) unkept("The corrections that this browser kept for this annotation cannot be read, so none is shown.");
  else if (app.state.log.length || app.complete.length) el("kept").textContent = "Corrections are kept in this browser";
}

function drawTime(app) {
  const text = clock(app.time, 2);
  if (el("clock").textContent === text) return;
  el("clock").textContent = text;
  el("timecode").textContent = timecodeAt(app.time, app.state.master);
  const strip = el("overview");
  strip.setAttribute("aria-valuenow", app.time.toFixed(1));
  strip.setAttribute("aria-valuemax", String(app.state.master.duration));
  strip.setAttribute("aria-valuetext", clock(app.time, 0));
}

function watchPage(app) {
  const clicks = {
    undo: () => app.turnBack(false), redo: () => app.turnBack(true), next: () => app.go(1), previous: () => app.go(-1),
    uncertain: () => app.goUncertain(), add: () => app.add(), "zoom-in": () => app.zoom(0.5), "zoom-out": () => app.zoom(2),
    "zoom-all": () => app.zoom(Infinity), "save-master": () => app.saveMaster(), "save-lines": () => app.saveLines(),
    "save-captions": () => app.saveCaptions(),
  };
  for (const [id, action] of Object.entries(clicks)) el(id).addEventListener("click", action);
  el("lanes").addEventListener("scroll", () => app.redraw());
  el("overview").addEventListener("keydown", (event) => {
    const steps = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageUp: 60, PageDown: -60, Home: -Infinity, End: Infinity };
    if (!(event.key in steps)) return;
    event.preventDefault();
    app.seek(app.time + steps[event.key] * (event.shiftKey ? 10 : 1));
  });
  for (const id of ["canvas", "overview", "evidence"]) new ResizeObserver(() => app.redraw()).observe(el(id));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => (readColours(), app.redraw()));
  window.addEventListener("storage", (event) => {
    if (event.key?.startsWith(app.key)) unkept("This annotation was corrected in another tab: reload this page before you go on.");
  });
  window.addEventListener("beforeunload", (event) => app.unsaved && !app.store.works && event.preventDefault());
}

const page = new Page(JSON.parse(el("data").textContent));
el("data").remove();
