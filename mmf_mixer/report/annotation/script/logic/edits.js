/* Corrections: a list of edits on what the model said, so that each can be taken back and all can be kept as text. */

const STATUSES = ["predicted", "accepted", "rejected", "edited", "added"];

/** All that can change. Segments are never changed in place: an edit puts a new one where the old one was. */
function openState(master, windows) {
  const labels = Object.entries(master.labels).flatMap(([group, { labels: names }]) => names.map((name) => `${group}/${name}`));
  const segments = master.segments.map((segment, id) => ({ ...segment, id }));
  return { master, windows, labels, segments, log: [], done: 0, version: 0 };
}

/**
 * Do one edit: `after` holds the new start, end, label or status of segment `id`; the next free `id` adds one.
 * `joined` makes it one with the edit before, as when a key is held down. Raises RangeError for what cannot be.
 */
function edit(state, id, after, joined = false) {
  const wrong = whatIsWrong(state, id, after);
  if (wrong) throw new RangeError(wrong);
  const last = state.log[state.done - 1];
  if (joined && last && last.id === id && state.done === state.log.length) {
    last.after = { ...last.after, ...after };
    state.segments[id] = corrected(state, last.before, last.after, id);
  } else {
    state.log.length = state.done;
    state.log.push({ id, after });
    redo(state);
  }
  state.version += 1;
}

/** What is wrong with an edit, which may come from a browser's store; "" if nothing. */
function whatIsWrong(state, id, after) {
  if (!Number.isInteger(id) || id < 0 || id > state.segments.length) return "there is no such segment";
  if (!after || typeof after !== "object" || Array.isArray(after)) return "an edit must be an object";
  const unknown = Object.keys(after).find((name) => !["start", "end", "label", "status"].includes(name));
  if (unknown) return `an edit has no field ${unknown}`;
  const { start, end, label, status } = { ...state.segments[id], ...after };
  if (typeof start !== "number" || typeof end !== "number") return "times must be numbers";
  if (!(start >= 0 && end > start && end <= state.master.duration + 1e-6)) return "a segment must lie in the video";
  if (!state.labels.includes(label)) return "there is no such label";
  return STATUSES.includes(status) ? "" : "there is no such status";
}

/** A segment with an edit in it, and with what follows from it: another label has another score and other reasons. */
function corrected(state, segment, after, id) {
  const next = { ...segment, ...after, id };
  if (!segment || (after.label && after.label !== segment.label)) {
    Object.assign(next, opinion(state.windows, next.label, next.start, next.end));
    next.evidence = { words: [], sound: [], frames: [] };
  }
  if (!segment || "start" in after) next.shot = firstAbove(state.master.shots ?? [], next.start + 1e-6);
  return next;
}

/** Take the last edit back. Returns the id of its segment, or -1. */
function undo(state) {
  if (!state.done) return -1;
  const { id, before } = state.log[(state.done -= 1)];
  if (before) state.segments[id] = before;
  else state.segments.pop(); // added last, for edits are taken back in order
  state.version += 1;
  return id;
}

/** Do again what was taken back. Returns the id of its segment, or -1. */
function redo(state) {
  if (state.done === state.log.length) return -1;
  const entry = state.log[state.done];
  entry.before = state.segments[entry.id] ?? null;
  state.segments[entry.id] = corrected(state, entry.before, entry.after, entry.id);
  state.done += 1;
  state.version += 1;
  return entry.id;
}

/** Move an edge by frames, on the grid of frames, one frame short of the other edge at most. */
function nudge(state, id, edge, frames, joined) {
  const rate = stepRate(state.master);
  const segment = state.segments[id];
  const wanted = secondsOf(Math.round((segment[edge] * rate.top) / rate.bottom) + frames, rate);
  moveEdge(state, id, edge, wanted, joined);
}

/** Put an edge at a time, or as near as the video and the other edge allow. */
function moveEdge(state, id, edge, seconds, joined) {
  const shortest = secondsOf(1, stepRate(state.master));
  const { start, end, status } = state.segments[id];
  const low = edge === "start" ? 0 : start + shortest;
  const high = edge === "start" ? end - shortest : state.master.duration;
  const time = Math.round(Math.max(Math.min(low, high), Math.min(high, seconds)) * 1e6) / 1e6;
  if (time === state.segments[id][edge]) return;
  edit(state, id, { [edge]: time, status: status === "added" ? "added" : "edited" }, joined);
}

function changeLabel(state, id, label) {
  if (state.segments[id].label === label) return;
  edit(state, id, { label, status: state.segments[id].status === "added" ? "added" : "edited" });
}

/** Add a segment of so many seconds, or of what is left of the video. Returns its id. */
function addSegment(state, label, time, seconds = 2) {
  const { duration } = state.master;
  const end = Math.min(duration, time + seconds);
  const id = state.segments.length;
  const start = Math.max(0, Math.min(time, end - Math.min(seconds, duration)));
  edit(state, id, { start: Math.round(start * 1e6) / 1e6, end: Math.round(end * 1e6) / 1e6, label, status: "added" });
  return id;
}

/** All edits as text for the browser's store. */
function logText(state) {
  return JSON.stringify({ version: 1, done: state.done, edits: state.log.map(({ id, after }) => ({ id, after })) });
}

/** Do the edits of such a text. Returns whether all could be done; if not, none is. */
function replay(state, text) {
  try {
    const { version, done, edits } = JSON.parse(text);
    if (version !== 1 || !Array.isArray(edits) || !(Number.isInteger(done) && done >= 0 && done <= edits.length)) return false;
    for (const { id, after } of edits) edit(state, id, after);
    while (state.done > done) undo(state);
    return true;
  } catch {
    while (undo(state) >= 0);
    state.log.length = 0;
    return false;
  }
}
