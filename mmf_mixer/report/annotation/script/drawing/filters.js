/* Which labels and segments are shown. */

function makeFilters(app) {
  const { state, filter } = app;
  const counts = new Map();
  for (const segment of state.segments) counts.set(segment.label, (counts.get(segment.label) ?? 0) + 1);
  const found = state.labels.filter((label) => counts.has(label));
  for (const label of found.length ? found : state.labels) filter.labels.add(label);
  const all = (shown) => () => {
    filter.labels = new Set(shown ? state.labels : []);
    app.refilter();
  };
  const buttons = [make("button", { type: "button" }, "All"), make("button", { type: "button" }, "None")];
  buttons.forEach((button, index) => button.addEventListener("click", all(index === 0)));
  el("label-list").append(make("div", { class: "buttons" }, ...buttons));
  for (const [group, { labels }] of Object.entries(state.master.labels)) {
    const checks = labels.map((name) => labelCheck(app, `${group}/${name}`, name, counts.get(`${group}/${name}`) ?? 0));
    el("label-list").append(make("fieldset", {}, make("legend", {}, group), ...checks));
  }
  el("labels").addEventListener("click", () => openLabels(el("label-list").hidden));
  document.addEventListener("pointerdown", (event) => {
    if (!event.target.closest("#label-list, #labels")) openLabels(false);
  });
  el("least").addEventListener("input", () => ((filter.score = Number(el("least").value)), app.refilter()));
  el("which").addEventListener("change", () => ((filter.which = el("which").value), app.refilter()));
}

function openLabels(open) {
  el("label-list").hidden = !open;
  el("labels").setAttribute("aria-expanded", String(open));
}

function labelCheck(app, label, name, count) {
  const box = make("input", { type: "checkbox", value: label });
  box.addEventListener("change", () => {
    if (box.checked) app.filter.labels.add(label);
    else app.filter.labels.delete(label);
    app.refilter();
  });
  return make("label", { class: "check" }, box, ` ${name}`, make("span", { class: "soft" }, String(count)));
}

function drawFilters(app) {
  for (const box of document.querySelectorAll("#label-list input")) box.checked = app.filter.labels.has(box.value);
  el("least-said").textContent = percent(app.filter.score);
  el("labels").textContent = `Labels ${app.filter.labels.size}/${app.state.labels.length}`;
  el("shown").textContent = `${app.ordered.length.toLocaleString("en")} of ${app.state.segments.length.toLocaleString("en")}`;
  const checked = app.state.segments.filter((segment) => CHECKED[segment.status]).length;
  el("checked").textContent = `${checked.toLocaleString("en")} of ${app.state.segments.length.toLocaleString("en")} checked`;
  el("progress").max = Math.max(1, app.state.segments.length);
  el("progress").value = checked;
}
