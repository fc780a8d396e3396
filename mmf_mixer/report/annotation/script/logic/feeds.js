/* Windows to label next, by feed, and which stretches of the video a person says all labels of. */

/** The feeds in the order in which they first come, each with the places of its windows. */
function byFeed(windows) {
  const feeds = new Map();
  windows.forEach(({ feed }, at) => feeds.set(feed, [...(feeds.get(feed) ?? []), at]));
  return feeds;
}

/** The stretches, [start, end], that the browser's store kept as complete; null if its text is not of such. */
function readComplete(text, duration) {
  try {
    const found = JSON.parse(text ?? "[]");
    const fits = ([start, end]) => start >= 0 && end > start && end <= duration + 1e-6;
    return found.every((span) => Array.isArray(span) && span.length === 2 && fits(span)) ? found : null;
  } catch {
    return null;
  }
}

/** Whether a stretch is among the complete ones. */
function isComplete(complete, { start, end }) {
  return complete.some((span) => span[0] === start && span[1] === end);
}

/** The complete stretches with this one turned into the opposite. */
function toggled(complete, { start, end }) {
  const others = complete.filter((span) => span[0] !== start || span[1] !== end);
  return others.length < complete.length ? others : [...complete, [start, end]];
}

/** Why the labels of a stretch cannot be complete yet; "" if they can. */
function whatIsOpen(state, span) {
  const over = segmentsOver(makeLane(standing(state)), span);
  const unchecked = over.filter((segment) => !CHECKED[segment.status]).length;
  if (unchecked) return `Accept or reject first what lies over this window: ${unchecked} unchecked`;
  return groupsFit(state.master, labelsOver(over)) ? "" : "Give it one label of each exclusive group first";
}

/** The segment of a window's label that lies over at least half of it, or undefined. */
function askedSegment(state, asked) {
  return segmentsOver(makeLane(standing(state)), asked).find((segment) => segment.label === asked.label);
}

/** What a window asks, in words. */
function question({ label }) {
  return label ? `Is it ${label.split("/").slice(1).join("/")}?` : "Which labels has it?";
}
