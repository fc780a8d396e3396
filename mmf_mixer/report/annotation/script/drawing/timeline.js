/* The timeline: a lane for each label, drawn from the top whenever something has changed. */

const RULER = 24; // pixels
const ROW = 28;

function gutterOf(width) {
  return width < 700 ? 96 : 168;
}

function xOf(app, time, width) {
  const gutter = gutterOf(width);
  return gutter + ((time - app.view.from) / (app.view.to - app.view.from)) * (width - gutter);
}

function timeOf(app, x, width) {
  const gutter = gutterOf(width);
  return app.view.from + ((x - gutter) / (width - gutter)) * (app.view.to - app.view.from);
}

/** The row at a height of the canvas, or null: {label, lane} or the captions' own. */
function rowAt(app, y) {
  return y < RULER ? null : (app.rows[Math.floor((y - RULER + el("lanes").scrollTop) / ROW)] ?? null);
}

function drawTimeline(app) {
  el("lane-space").style.height = `${Math.max(0, RULER + app.rows.length * ROW - el("lanes").clientHeight)}px`;
  const got = cleared(el("canvas"));
  if (!got) return;
  app.drawn = 0;
  const pixel = (app.view.to - app.view.from) / Math.max(1, got.width - gutterOf(got.width));
  const scrolled = el("lanes").scrollTop;
  const first = Math.floor(scrolled / ROW);
  const last = Math.min(app.rows.length, Math.ceil((scrolled + got.height - RULER) / ROW));
  for (let index = first; index < last; index += 1) {
    drawRow(app, got, app.rows[index], RULER + index * ROW - scrolled, pixel);
  }
  if (!app.rows.length) {
    got.context.fillStyle = ink.soft;
    got.context.fillText("No label is shown: choose some under Labels.", gutterOf(got.width) + 12, RULER + 20);
  }
  drawRuler(app, got);
  drawWindow(app, got);
  drawHead(app, got);
  if (app.hover) drawHover(app, got);
}

function drawRow(app, { context, width }, row, y, pixel) {
  const gutter = gutterOf(width);
  const hovered = app.hover && rowAt(app, app.hover.y) === row;
  if (hovered) {
    context.fillStyle = ink.lift;
    context.fillRect(0, y, width, ROW);
  }
  context.save();
  context.beginPath();
  context.rect(gutter, Math.max(RULER, y), width - gutter, ROW);
  context.clip();
  const { from, to } = app.view;
  const draw = row.label ? (item) => drawSegment(app, context, item, y, width) : (item) => drawCue(app, context, item, y, width);
  const crowd = (start, end) => {
    const x = xOf(app, start, width);
    context.fillStyle = row.label ? colourOf(app, row.label) : ink.soft;
    context.globalAlpha = 0.6;
    context.fillRect(x, y + 5, Math.max(1, xOf(app, end, width) - x), ROW - 10);
    context.globalAlpha = 1;
    app.drawn += 1;
  };
  eachPiece(row.lane, from, to, (row.label ? 2 : 4) * pixel, draw, crowd);
  const chosen = app.state.segments[app.selected];
  if (row.label && chosen?.label === row.label && isShown(chosen, app.filter)) drawChosen(app, context, chosen, y, width);
  const asked = chosen?.label ?? app.asked[app.window]?.label;
  if (row.label && (hovered || (!app.hover && asked === row.label))) drawCurve(app, context, row, y, width);
  context.restore();
  drawName(app, context, row, y, width);
}

function drawName(app, context, row, y, width) {
  const gutter = gutterOf(width);
  const [group, ...rest] = (row.label ?? "captions").split("/");
  context.fillStyle = row.label ? colourOf(app, row.label) : ink.soft;
  box(context, 10, y + ROW / 2 - 5, 4, 10, 2);
  context.fill();
  context.fillStyle = row.label ? ink.ink : ink.soft;
  const name = fitted(context, rest.join("/") || group, gutter - 34);
  context.fillText(name, 21, y + ROW / 2 + 1);
  const used = context.measureText(name).width;
  if (rest.length && gutter - used > 80) {
    context.fillStyle = ink.soft;
    context.font = "10px system-ui, sans-serif";
    context.fillText(fitted(context, group, gutter - used - 42), 29 + used, y + ROW / 2 + 1);
    context.font = FONT;
  }
  context.fillStyle = ink.line;
  context.fillRect(0, Math.round(y + ROW) - 1, width, 1);
}

function drawSegment(app, context, item, y, width) {
  app.drawn += 1;
  const x = xOf(app, item.start, width);
  const size = Math.max(1.5, xOf(app, item.end, width) - x - 1);
  const colour = colourOf(app, item.label);
  box(context, x, y + 4, size, ROW - 8, 4);
  context.fillStyle = context.strokeStyle = colour;
  if (item.status === "rejected") {
    context.globalAlpha = 0.8;
    context.setLineDash([3, 3]);
    context.stroke();
    context.setLineDash([]);
    context.globalAlpha = 1;
    return;
  }
  context.globalAlpha = CHECKED[item.status] ? 0.62 : 0.16 + 0.24 * item.score;
  context.fill();
  context.globalAlpha = 1;
  context.fillRect(x, y + 6, Math.min(2, size), ROW - 12);
  const left = Math.max(x, gutterOf(width)); // of the part that is seen, so that it says all of it
  const seen = Math.min(x + size, width) - left;
  if (seen > 26) drawInside(app, context, item, left, y, seen);
}

/** What a segment says in the part that is seen, when there is room: its score, whether it has been checked, and the modalities' shares. */
function drawInside(app, context, item, x, y, size) {
  const checked = CHECKED[item.status];
  context.fillStyle = ink.ink;
  context.font = "11px system-ui, sans-serif";
  const text = `${checked ? "✓ " : ""}${item.status === "added" ? "added" : percent(item.score)}`;
  if (context.measureText(text).width < size - 8) context.fillText(text, x + 7, y + ROW / 2 - 1);
  context.font = FONT;
  const total = Object.values(item.modalities ?? {}).reduce((sum, share) => sum + Math.max(0, share), 0);
  let at = x + 5;
  for (const [key, share] of Object.entries(total > 0 ? item.modalities : {})) {
    const part = (Math.max(0, share) / total) * (size - 9);
    context.fillStyle = app.colours[key] ?? ink.soft;
    context.fillRect(at, y + ROW - 8, part, 3);
    at += part;
  }
}

function drawChosen(app, context, item, y, width) {
  const x = xOf(app, item.start, width);
  const size = Math.max(2, xOf(app, item.end, width) - x - 1);
  context.strokeStyle = context.fillStyle = ink.ink;
  context.lineWidth = 2;
  box(context, x, y + 3, size, ROW - 6, 4);
  context.stroke();
  context.lineWidth = 1;
  for (const edge of [x, x + size]) {
    box(context, edge - 3, y + 8, 6, ROW - 16, 2);
    context.fill();
  }
}

function drawCue(app, context, cue, y, width) {
  app.drawn += 1;
  const x = xOf(app, cue.start, width);
  const size = Math.max(1, xOf(app, cue.end, width) - x - 1);
  context.fillStyle = ink.lift;
  context.strokeStyle = ink.line;
  box(context, x, y + 4, size, ROW - 8, 3);
  context.fill();
  context.stroke();
  const left = Math.max(x, gutterOf(width));
  const seen = Math.min(x + size, width) - left;
  if (seen < 24) return;
  context.fillStyle = ink.soft;
  context.fillText(fitted(context, cue.text.replace(/\s+/g, " "), seen - 10), left + 5, y + ROW / 2 + 1);
}

/** The label's score over time, the best of each pixel; dashed: where the label begins. */
function drawCurve(app, context, row, y, width) {
  const { windows, master } = app.state;
  const entries = entriesOf(windows, row.label);
  const [first, last] = windowRange(windows, app.view.from, app.view.to);
  const level = (score) => y + ROW - 3 - score * (ROW - 6);
  context.strokeStyle = context.fillStyle = ink.ink;
  context.beginPath();
  let column = -1;
  let best = 0;
  for (let index = first; index <= last; index += 1) {
    if (entries[index] < 0) continue;
    const x = xOf(app, (windows.start[index] + windows.end[index]) / 2, width);
    const score = windows.score[entries[index]];
    if (Math.floor(x) === column && score <= best) continue;
    context.lineTo(x, level(score));
    column = Math.floor(x);
    best = score;
    app.drawn += 1;
  }
  context.lineWidth = 1.5;
  context.stroke();
  context.lineWidth = 1;
  context.setLineDash([2, 4]);
  context.globalAlpha = 0.6;
  const limit = level(master.thresholds?.[row.label] ?? 0.5);
  context.beginPath();
  context.moveTo(0, limit);
  context.lineTo(width, limit);
  context.stroke();
  context.setLineDash([]);
  context.globalAlpha = 1;
}

function drawRuler(app, { context, width, height }) {
  const gutter = gutterOf(width);
  context.fillStyle = ink.card;
  context.fillRect(0, 0, width, RULER);
  context.fillStyle = ink.soft;
  const { marks, digits } = rulerMarks(app.view.from, app.view.to, width - gutter);
  for (const time of marks) {
    const x = xOf(app, time, width);
    context.fillRect(Math.round(x), RULER - 6, 1, 6);
    context.fillText(clock(time, digits), x + 4, RULER / 2);
  }
  let last = -9;
  const shots = app.state.master.shots ?? [];
  for (let index = firstAbove(shots, app.view.from); index < shots.length && shots[index] < app.view.to; index += 1) {
    const x = Math.round(xOf(app, shots[index], width));
    if (x < last + 3) continue;
    last = x;
    context.globalAlpha = 0.35;
    context.fillRect(x, RULER, 1, height - RULER);
    context.globalAlpha = 1;
    context.beginPath();
    context.moveTo(x - 3, RULER - 5);
    context.lineTo(x + 4, RULER - 5);
    context.lineTo(x + 0.5, RULER);
    context.fill();
  }
  context.fillStyle = ink.line;
  context.fillRect(0, RULER - 1, width, 1);
  context.fillRect(gutter - 1, 0, 1, height);
}

function drawHead(app, { context, width, height }) {
  const x = xOf(app, app.time, width);
  if (x < gutterOf(width) - 0.5 || x > width) return;
  context.fillStyle = "#d55e00";
  context.fillRect(x - 0.75, 0, 1.5, height);
  context.beginPath();
  context.moveTo(x - 6, 0);
  context.lineTo(x + 6, 0);
  context.lineTo(x, 9);
  context.fill();
}

/** What the model says at the pointer: the time, the label's score there, and the shares behind it. */
function drawHover(app, { context, width, height }) {
  const { x, y } = app.hover;
  if (x < gutterOf(width)) return;
  const time = timeOf(app, x, width);
  context.fillStyle = ink.soft;
  context.fillRect(x, 0, 1, height);
  const row = rowAt(app, y);
  const lines = [clock(time, 2)];
  if (row?.label) lines.push(...hoverLines(app, row.label, time));
  const size = Math.max(...lines.map((line) => context.measureText(line).width)) + 16;
  const left = x + 12 + size > width ? x - 12 - size : x + 12;
  const tall = 17 * lines.length + 10;
  const above = Math.max(2, Math.min(height - tall - 2, y + 14));
  context.fillStyle = ink.ink;
  box(context, left, above, size, tall, 5);
  context.fill();
  context.fillStyle = ink.ground;
  lines.forEach((line, index) => context.fillText(line, left + 8, above + 14 + 17 * index));
}

function hoverLines(app, label, time) {
  const { windows } = app.state;
  const [, last] = windowRange(windows, time, time);
  const near = [last - 1, last].filter((index) => index >= 0);
  const off = (index) => Math.abs((windows.start[index] + windows.end[index]) / 2 - time);
  near.sort((one, other) => off(one) - off(other));
  const entry = near.length ? entriesOf(windows, label)[near[0]] : -1;
  if (entry < 0) return [label.slice(0, 60)];
  const shares = Object.entries(windows.modalities).filter(([, values]) => !Number.isNaN(values[entry]));
  return [`${label.slice(0, 60)}  ${percent(windows.score[entry])}`, ...shares.map(([key, values]) => `${key}  ${percent(values[entry])}`)];
}
