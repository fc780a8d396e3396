/* Lanes: what lies on the timeline, found by time and drawn in as few pieces as there are pixels. */

/** Items with `start` and `end`, sorted; `reach` is the latest end so far, so that long ones are found too. */
function makeLane(items) {
  const sorted = [...items].sort((one, other) => one.start - other.start || one.end - other.end);
  const reach = new Float64Array(sorted.length);
  let latest = -Infinity;
  sorted.forEach((item, index) => (reach[index] = latest = Math.max(latest, item.end)));
  return { items: sorted, starts: Float64Array.from(sorted, (item) => item.start), reach };
}

/**
 * Pieces of a lane between two times: `draw(item)` for what is at least a pixel wide, `crowd(start, end)` for a run of
 * narrower ones. Returns how many items were looked at.
 */
function eachPiece(lane, from, to, pixel, draw, crowd) {
  const first = firstAbove(lane.reach, from);
  let index = first;
  let run = null;
  for (; index < lane.items.length && lane.starts[index] < to; index += 1) {
    const item = lane.items[index];
    if (item.end <= from) continue;
    if (item.end - item.start >= pixel) {
      draw(item);
    } else if (run && item.start <= run.end + pixel) {
      run.end = Math.max(run.end, item.end);
    } else {
      if (run) crowd(run.start, run.end);
      run = { start: item.start, end: item.end };
    }
  }
  if (run) crowd(run.start, run.end);
  return index - first;
}

/** What lies under a time in a lane: the shortest, for it lies on top; null if there is nothing. */
function itemAt(lane, time, slack = 0) {
  let found = null;
  for (let index = firstAbove(lane.reach, time - slack); index < lane.items.length; index += 1) {
    const item = lane.items[index];
    if (item.start > time + slack) break;
    if (item.end >= time - slack && (!found || item.end - item.start < found.end - found.start)) found = item;
  }
  return found;
}

/** The index of the last item that begins at or before a time; -1 before the first. */
function lastBefore(lane, time) {
  return firstAbove(lane.starts, time) - 1;
}

/** Times of marks `pixels` apart or a little more, with how many decimals tell them apart. */
function rulerMarks(from, to, width, pixels = 90) {
  const steps = [0.02, 0.04, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200];
  const step = steps.find((each) => (each / (to - from)) * width >= pixels) ?? steps[steps.length - 1];
  const marks = [];
  for (let number = Math.ceil(from / step); number * step <= to; number += 1) marks.push(number * step);
  return { marks, digits: step < 0.1 ? 2 : step < 1 ? 1 : 0 };
}

/** A stretch of time zoomed by a factor about a time that stays where it is; never beyond the video. */
function zoomed(view, factor, about, duration) {
  const shortest = Math.min(duration, 0.5);
  const span = Math.min(duration, Math.max(shortest, (view.to - view.from) * factor));
  const part = (about - view.from) / (view.to - view.from);
  return panned({ from: about - part * span, to: about - part * span + span }, 0, duration);
}

function panned(view, seconds, duration) {
  const span = view.to - view.from;
  const from = Math.max(0, Math.min(duration - span, view.from + seconds));
  return { from, to: from + span };
}
