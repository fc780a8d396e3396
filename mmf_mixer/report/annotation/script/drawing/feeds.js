/* Windows to label next: a tab for each feed; a window that is chosen comes to picture and timeline. */

const FEED_KEYS = [
  ["b  f", "The window to label before, the next", [], null],
  ["", "", ["b"], (app) => goWindow(app, -1)],
  ["", "", ["f"], (app) => goWindow(app, 1)],
  ["x", "All labels of that window are there", ["x"], (app) => completeWindow(app)],
];

function makeFeeds(app) {
  app.feeds = byFeed(app.asked);
  app.feed = [...app.feeds.keys()][0];
  app.window = -1;
  el("feeds").hidden = !app.asked.length;
  document.body.classList.toggle("fed", app.asked.length > 0);
  for (const feed of app.feeds.keys()) {
    const tab = make("button", { type: "button", "data-feed": feed });
    tab.addEventListener("click", () => ((app.feed = feed), drawFeeds(app)));
    el("tabs").append(tab);
  }
  el("complete").addEventListener("click", () => completeWindow(app));
}

/** Tabs, the list of the open one, and what is known of the chosen window. */
function drawFeeds(app) {
  if (!app.asked.length) return;
  for (const tab of el("tabs").children) {
    const places = app.feeds.get(tab.dataset.feed);
    const done = places.filter((at) => isComplete(app.complete, app.asked[at])).length;
    tab.textContent = `${tab.dataset.feed} ${done}/${places.length}`;
    tab.setAttribute("aria-pressed", String(tab.dataset.feed === app.feed));
  }
  const focused = document.activeElement?.dataset.window;
  el("windows").replaceChildren(...app.feeds.get(app.feed).map((at) => windowItem(app, at)));
  el("windows").querySelector(`[data-window="${focused}"]`)?.focus();
  const chosen = app.asked[app.window];
  el("complete").disabled = !chosen;
  el("complete").setAttribute("aria-pressed", String(Boolean(chosen) && isComplete(app.complete, chosen)));
  const bars = chosen?.label ? [["model", chosen.probability], ...Object.entries(chosen.opinions)] : [];
  const colour = (key) => app.colours[key] ?? colourOf(app, chosen.label);
  el("opinions").replaceChildren(...bars.flatMap(([key, part]) => barRow(key === "model" ? key : `${key} alone`, part, colour(key))));
}

function windowItem(app, at) {
  const asked = app.asked[at];
  const time = make("time", {}, `${clock(asked.start)} to ${clock(asked.end)}`);
  const mark = isComplete(app.complete, asked) ? "✓ " : "";
  const button = make("button", { type: "button", "data-window": at }, time, ` ${mark}${question(asked)}`);
  if (at === app.window) button.setAttribute("aria-current", "true");
  button.addEventListener("click", () => chooseWindow(app, at));
  return make("li", {}, button);
}

/** Bring a window to picture and timeline; what is already there of the label that it asks for is selected. */
function chooseWindow(app, at) {
  const asked = app.asked[at];
  Object.assign(app, { window: at, feed: asked.feed, selected: askedSegment(app.state, asked)?.id ?? -1 });
  if (asked.label) app.filter.labels.add(asked.label);
  app.refilter();
  const wanted = (asked.end - asked.start) / (app.view.to - app.view.from);
  if (wanted > 1) app.view = zoomed(app.view, 2 * wanted, asked.start, app.state.master.duration);
  reveal(app, asked);
  app.seek(asked.start);
  el("windows").querySelector("[aria-current]").scrollIntoView({ block: "nearest" });
  say(`${question(asked)} ${clock(asked.start, 2)} to ${clock(asked.end, 2)}`);
}

/** The window `step` further in the open tab. */
function goWindow(app, step) {
  const places = app.feeds.get(app.feed);
  const at = places.indexOf(app.window);
  const next = places[at < 0 && step < 0 ? places.length - 1 : at + step];
  if (next === undefined) say(`No window ${step > 0 ? "after" : "before"} this one under ${app.feed}`);
  else chooseWindow(app, next);
}

/** Say that the chosen window has all its labels, or no longer so; then lines have it too. */
function completeWindow(app) {
  const asked = app.asked[app.window];
  if (!asked) return say("Choose a window first: f goes to the next");
  const open = isComplete(app.complete, asked) ? "" : whatIsOpen(app.state, asked);
  if (open) return say(open);
  app.complete = toggled(app.complete, asked);
  app.unsaved = true;
  keep(app);
  drawFeeds(app);
  say(isComplete(app.complete, asked) ? "Saved training lines will have this window" : "Saved training lines will not have this window");
}

/** The chosen window across all lanes. */
function drawWindow(app, { context, width, height }) {
  const chosen = app.asked[app.window];
  if (!chosen) return;
  const x = xOf(app, chosen.start, width);
  const left = Math.max(gutterOf(width), x);
  const right = Math.min(width, xOf(app, chosen.end, width));
  if (right <= left) return;
  context.fillStyle = ink.accent;
  context.globalAlpha = 0.14;
  context.fillRect(left, RULER, right - left, height - RULER);
  context.globalAlpha = 1;
  context.fillRect(left, RULER - 3, right - left, 3);
}
