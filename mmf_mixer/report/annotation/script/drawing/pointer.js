/* The pointer on the timeline: look, seek, select, move an edge, zoom. */

const GRIP = 6; // pixels on either side of an edge

function watchPointer(app) {
  const canvas = el("canvas");
  const place = (event) => {
    const { left, top } = canvas.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };
  let drag = null;
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    drag = startDrag(app, place(event), canvas.clientWidth);
    if (drag) canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    app.hover = place(event);
    const time = timeOf(app, app.hover.x, canvas.clientWidth);
    if (drag?.edge) dragEdge(app, drag, time);
    else if (drag) app.seek(time);
    canvas.style.cursor = edgeAt(app, app.hover, canvas.clientWidth) ? "ew-resize" : "default";
    app.redraw();
  });
  for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, () => (drag = null));
  canvas.addEventListener("pointerleave", () => ((app.hover = null), app.redraw()));
  canvas.addEventListener("wheel", (event) => turn(app, event, place(event)), { passive: false });
  watchOverview(app);
}

/** What a press begins: the move of an edge or of the playhead, or nothing but a selection. */
function startDrag(app, { x, y }, width) {
  if (x < gutterOf(width)) return null;
  const edge = edgeAt(app, { x, y }, width);
  if (edge) return { edge, id: app.selected, moved: false };
  const time = timeOf(app, x, width);
  const row = rowAt(app, y);
  const slack = (3 * (app.view.to - app.view.from)) / width;
  const found = row?.label ? itemAt(row.lane, time, slack) : null;
  if (found) app.select(found.id, false);
  app.seek(time);
  return row ? null : {};
}

/** All moves of one drag are one correction. */
function dragEdge(app, drag, time) {
  const { version } = app.state;
  app.edited(() => moveEdge(app.state, drag.id, drag.edge, time, drag.moved));
  drag.moved ||= app.state.version !== version;
}

/** "start" or "end" if the pointer is on an edge of the selected segment, the nearer one; "" if not. */
function edgeAt(app, { x, y }, width) {
  const chosen = app.state.segments[app.selected];
  if (!chosen || rowAt(app, y)?.label !== chosen.label) return "";
  const off = { start: Math.abs(xOf(app, chosen.start, width) - x), end: Math.abs(xOf(app, chosen.end, width) - x) };
  const edge = off.start < off.end ? "start" : "end";
  return off[edge] <= GRIP ? edge : "";
}

/** The wheel zooms about the pointer; with shift, or sideways, it moves; over the names it scrolls the lanes. */
function turn(app, event, { x }) {
  const width = el("canvas").clientWidth;
  if (x < gutterOf(width)) return;
  event.preventDefault();
  const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
  const { duration } = app.state.master;
  if (Math.abs(sideways) > Math.abs(event.shiftKey ? 0 : event.deltaY)) {
    app.look(panned(app.view, (sideways / width) * (app.view.to - app.view.from), duration));
  } else {
    app.look(zoomed(app.view, Math.exp(0.002 * Math.max(-200, Math.min(200, event.deltaY))), timeOf(app, x, width), duration));
  }
}

function watchOverview(app) {
  const strip = el("overview");
  const go = (event) => {
    const { left, width } = strip.getBoundingClientRect();
    const gutter = gutterOf(width);
    const part = Math.max(0, Math.min(1, (event.clientX - left - gutter) / (width - gutter)));
    const time = part * app.state.master.duration;
    app.look(panned(app.view, time - (app.view.from + app.view.to) / 2, app.state.master.duration));
    app.seek(time);
  };
  strip.addEventListener("pointerdown", (event) => (strip.setPointerCapture(event.pointerId), go(event)));
  strip.addEventListener("pointermove", (event) => event.buttons & 1 && go(event));
  strip.addEventListener("wheel", (event) => turn(app, event, { x: xOf(app, app.time, el("canvas").clientWidth) }), { passive: false });
}
