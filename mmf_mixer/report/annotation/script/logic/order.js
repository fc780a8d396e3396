/* What is shown, and in what order one goes through it. */

const CHECKED = { accepted: true, rejected: true, edited: true, added: true };

/** `filter`: labels (a Set), the least score, and which: "all", "unchecked" or "checked". */
function isShown(segment, filter) {
  if (!filter.labels.has(segment.label)) return false;
  if (segment.score < filter.score && segment.status !== "added") return false; // a person's own has no score to pass
  return filter.which === "all" || (filter.which === "checked") === Boolean(CHECKED[segment.status]);
}

/** The shown segments by start. */
function inOrder(segments, filter) {
  const shown = segments.filter((segment) => isShown(segment, filter));
  return shown.sort((one, other) => one.start - other.start || one.end - other.end || one.id - other.id);
}

/** The one `step` after the selected one, or, with none selected, the first from (the last before) a time on; null at the end. */
function neighbour(ordered, selected, time, step) {
  const at = ordered.findIndex((segment) => segment.id === selected);
  if (at >= 0) return ordered[at + step] ?? null;
  const next = firstAbove(Float64Array.from(ordered, (segment) => segment.start), time - 1e-6);
  return ordered[step > 0 ? next : next - 1] ?? null;
}

/** How near a score is to where the label begins. */
function doubt(segment, thresholds) {
  return Math.abs(segment.score - (thresholds?.[segment.label] ?? 0.5));
}

/** The unchecked segment of which the model is least certain, or the next after the selected one; null if all are checked. */
function nextUncertain(ordered, selected, thresholds) {
  const open = ordered.filter((segment) => !CHECKED[segment.status]);
  open.sort((one, other) => doubt(one, thresholds) - doubt(other, thresholds) || one.start - other.start);
  const at = open.findIndex((segment) => segment.id === selected);
  return open.length ? open[(at + 1) % open.length] : null;
}

/** How fast L and J make it: forwards 1, 2, 4; backwards likewise; either key turns the other way at once. */
function shuttle(speed, direction) {
  return speed * direction > 0 ? direction * Math.min(4, Math.abs(speed) * 2) : direction;
}
