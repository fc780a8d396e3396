/* The selected segment: what it is, why, and the ways to correct it. */

function makePanel(app) {
  const { state } = app;
  for (const [group, { labels }] of Object.entries(state.master.labels)) {
    const options = labels.map((name) => make("option", { value: `${group}/${name}` }, name));
    el("label").append(make("optgroup", { label: group }, ...options));
  }
  el("label").addEventListener("change", () => app.edited(() => changeLabel(state, app.selected, el("label").value)));
  el("accept").addEventListener("click", () => app.judge("accepted"));
  el("reject").addEventListener("click", () => app.judge("rejected"));
  for (const button of document.querySelectorAll(".edges button")) {
    const { edge, frames } = button.dataset;
    button.addEventListener("click", () => (frames ? app.nudge(edge, Number(frames), false) : app.edgeHere(edge)));
  }
  el("evidence").addEventListener("click", (event) => {
    const { left, width } = el("evidence").getBoundingClientRect();
    const segment = state.segments[app.selected];
    const part = Math.max(0, (event.clientX - left - 52) / (width - 54));
    app.seek(segment.start + part * (segment.end - segment.start));
  });
}

function drawPanel(app) {
  const segment = app.state.segments[app.selected];
  el("nothing").hidden = Boolean(segment);
  el("chosen").hidden = !segment;
  if (!segment) return;
  const digits = app.state.master.frame_rate ? 3 : 2;
  el("chosen-title").textContent = segment.label.split("/").slice(1).join("/");
  el("badge").textContent = segment.status;
  el("badge").className = `badge ${CHECKED[segment.status] ? segment.status : ""}`;
  el("label").value = segment.label;
  el("start").textContent = clock(segment.start, digits);
  el("end").textContent = clock(segment.end, digits);
  el("accept").setAttribute("aria-pressed", String(segment.status === "accepted"));
  el("reject").setAttribute("aria-pressed", String(segment.status === "rejected"));
  const limit = app.state.master.thresholds?.[segment.label] ?? 0.5;
  el("score").replaceChildren(...barRow("model", segment.score, colourOf(app, segment.label), limit));
  const shares = Object.entries(segment.modalities ?? {});
  const none = make("span", { class: "soft" }, "unknown");
  const rows = shares.flatMap(([key, share]) => barRow(key, share, app.colours[key]));
  el("shares").replaceChildren(...(rows.length ? rows : [none]));
  showWords(app, segment);
  sayEvidence(segment);
}

/** A segment in words. */
function described(app, segment) {
  const score = segment.status === "added" ? "" : `, score ${percent(segment.score)}`;
  return `${segment.label}, ${clock(segment.start, 2)} to ${clock(segment.end, 2)}${score}, ${segment.status}`;
}
