/* The windows' columns: read once, looked into by time, and turned into objects again only to be saved. */

const ARRAYS = { uint16: Uint16Array, uint32: Uint32Array, float64: Float64Array };

function readColumn({ type, scale, data }) {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const numbers = new ARRAYS[type](bytes.buffer);
  const gap = type === "float64" ? NaN : 2 ** (8 * numbers.BYTES_PER_ELEMENT) - 1;
  return Float64Array.from(numbers, (number) => (number === gap ? NaN : number / scale));
}

function readWindows(packed) {
  const windows = { names: packed.names, modalities: {}, curves: new Map() };
  for (const name of ["start", "end", "entries", "label", "score"]) windows[name] = readColumn(packed[name]);
  for (const [key, column] of Object.entries(packed.modalities)) windows.modalities[key] = readColumn(column);
  windows.first = new Uint32Array(windows.entries.length + 1); // entry at which a window begins
  windows.entries.forEach((count, index) => (windows.first[index + 1] = windows.first[index] + count));
  return windows;
}

/** Of each window the entry of a label, or -1; worked out when a label is first asked for. */
function entriesOf(windows, label) {
  if (!windows.curves.has(label)) {
    const wanted = windows.names.indexOf(label);
    const entries = new Int32Array(windows.entries.length).fill(-1);
    for (let index = 0; wanted >= 0 && index < entries.length; index += 1) {
      const found = windows.label.subarray(windows.first[index], windows.first[index + 1]).indexOf(wanted);
      if (found >= 0) entries[index] = windows.first[index] + found;
    }
    windows.curves.set(label, entries);
  }
  return windows.curves.get(label);
}

/** The first and the last window whose middles lie in a stretch of time, or those next to it. */
function windowRange(windows, from, to) {
  const half = windows.start.length ? (windows.end[0] - windows.start[0]) / 2 : 0;
  const first = Math.max(0, firstAbove(windows.start, from - half) - 1);
  const last = Math.min(windows.start.length - 1, firstAbove(windows.start, to - half));
  return [first, last];
}

/** The model's mean score of a label from start to end, and the mean shares of the modalities. */
function opinion(windows, label, start, end) {
  const entries = entriesOf(windows, label);
  const [first, last] = windowRange(windows, start, end);
  const inside = [];
  for (let index = first; index <= last; index += 1) {
    const middle = (windows.start[index] + windows.end[index]) / 2;
    if (entries[index] >= 0 && middle >= start && middle <= end) inside.push(entries[index]);
  }
  if (!inside.length && entries[first] >= 0) inside.push(entries[first]);
  const mean = (values) => inside.reduce((sum, entry) => sum + values[entry], 0) / inside.length;
  const modalities = {};
  for (const [key, values] of Object.entries(windows.modalities)) {
    const share = mean(values);
    if (Number.isFinite(share)) modalities[key] = share;
  }
  return { score: inside.length ? mean(windows.score) : 0, modalities };
}

/** The windows as the master file has them. */
function writeWindows(windows) {
  const keys = Object.keys(windows.modalities);
  const entry = (at) => ({
    label: windows.names[windows.label[at]],
    score: windows.score[at],
    modalities: Object.fromEntries(
      keys.filter((key) => !Number.isNaN(windows.modalities[key][at])).map((key) => [key, windows.modalities[key][at]]),
    ),
  });
  return Array.from(windows.start, (start, index) => {
    const count = windows.first[index + 1] - windows.first[index];
    const labels = Array.from({ length: count }, (_, offset) => entry(windows.first[index] + offset));
    return { start, end: windows.end[index], labels };
  });
}
