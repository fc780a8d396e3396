/* What leaves the page: the corrected master file, lines for a dataset folder, captions that were in no file. */

/** The master file with the segments as they are now, by start, and the `complete` windows, [start, end]. */
function correctedMaster(state, complete) {
  const segments = [...state.segments].sort((one, other) => one.start - other.start || one.id - other.id);
  const bare = segments.map(({ id, ...segment }) => segment);
  return { ...state.master, windows: writeWindows(state.windows), segments: bare, complete: complete.length ? complete : undefined };
}

/** What has not been rejected. */
function standing(state) {
  return state.segments.filter((segment) => segment.status !== "rejected");
}

function labelsOver(over) {
  return [...new Set(over.map((segment) => segment.label))];
}

/**
 * Lines for a dataset folder, one for each stretch of time that a person has checked, and how many could not be written.
 * These are the checked segments and the `complete` windows, [start, end].
 *
 * A line's labels are those of all checked segments that lie over at least half of it. One over which an unchecked segment
 * lies is left out, for nobody knows its labels; so is one without exactly one label of a group that wants one.
 */
function datasetLines(state, fingerprint, complete) {
  const { master } = state;
  const video = insidePath(master.video);
  const left = { unchecked: 0, group: 0 };
  if (video === null) return { lines: [], left, refused: "The video's name cannot stand in a dataset folder: rename it." };
  const lane = makeLane(standing(state));
  const captions = captionsPath(master);
  const lines = new Map();
  const windows = complete.map(([start, end]) => ({ start, end }));
  for (const own of [...lane.items.filter((segment) => CHECKED[segment.status]), ...windows]) {
    const span = lineId(master, fingerprint, own);
    if (lines.has(span)) continue;
    const over = segmentsOver(lane, own);
    const labels = labelsOver(over);
    const wrong = over.some((segment) => !CHECKED[segment.status]) ? "unchecked" : groupsFit(master, labels) ? "" : "group";
    if (wrong) left[wrong] += 1;
    lines.set(span, wrong ? null : { id: span, video, audio: null, captions, start: own.start, end: own.end, labels });
  }
  return { lines: [...lines.values()].filter(Boolean), left, refused: "" };
}

/** The same for the same stretch of the same annotation, and of no other video's. */
function lineId(master, fingerprint, { start, end }) {
  const time = (seconds) => String(Math.round(1000 * seconds)).padStart(8, "0");
  return `${stemOf(master.video)}-${fingerprint.slice(-6)}-${time(start)}-${time(end)}`;
}

/** The segments that lie over at least half of one. */
function segmentsOver(lane, own) {
  const over = [];
  for (let index = firstAbove(lane.reach, own.start); lane.starts[index] < own.end; index += 1) {
    const item = lane.items[index];
    if (Math.min(item.end, own.end) - Math.max(item.start, own.start) >= (own.end - own.start) / 2) over.push(item);
  }
  return over;
}

/** Whether each exclusive group has exactly one label. */
function groupsFit(master, labels) {
  return Object.entries(master.labels).every(
    ([group, { exclusive }]) => !exclusive || labels.filter((label) => label.startsWith(`${group}/`)).length === 1,
  );
}

/** What is said when lines are saved. */
function linesSaid({ lines, left, refused }) {
  if (refused) return refused;
  const reasons = [
    left.unchecked && `${left.unchecked} left out, for unchecked segments lie over them`,
    left.group && `${left.group} left out, for they lack the one label of an exclusive group or have several`,
  ].filter(Boolean);
  const count = `${lines.length} ${lines.length === 1 ? "line" : "lines"}`;
  const none = lines.length || reasons.length ? "" : " (accept, correct or add segments first)";
  return `${lines.length ? "Saved " : ""}${count}${none}${reasons.length ? `; ${reasons.join("; ")}` : ""}.`;
}

/** JSON Lines; what ends a line in some readers, but not in JSON, is written as an escape. */
function linesText(lines) {
  const escape = (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return lines.map((line) => `${JSON.stringify(line).replace(/[\u2028\u2029\u0085]/g, escape)}\n`).join("");
}

/** Cues as WebVTT. A text's empty lines would end its cue, and its signs are no markup. */
function captionsText(cues) {
  const time = (seconds) => {
    const [whole, part] = clock(seconds, 3).split(".");
    return `${whole.split(":").map((each) => each.padStart(2, "0")).join(":")}.${part}`;
  };
  const text = (raw) => raw.replace(/\s*\n\s*/g, "\n").trim().replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  return `WEBVTT\n\n${cues.map((cue) => `${time(cue.start)} --> ${time(cue.end)}\n${text(cue.text)}\n`).join("\n")}`;
}

/** The browser's store under one key; `read` and `write` never fail, `works` says whether it keeps anything. */
function openStore(storage, key) {
  const attempt = (work) => {
    try {
      return work();
    } catch {
      return undefined;
    }
  };
  const keep = (text) => (storage().setItem(key, text), storage().getItem(key) === text);
  const before = attempt(() => storage().getItem(key));
  const works = before !== undefined && attempt(() => (before === null ? keep("{}") && (storage().removeItem(key), true) : true));
  return { works: Boolean(works), read: () => before ?? null, write: (text) => attempt(() => keep(text)) === true };
}
