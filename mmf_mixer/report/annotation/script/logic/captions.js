/* Captions as a transcript: where each cue stands in the list, which hold a text, and which words spoke. */

/** Tops of all rows, and at last the height of the whole list. */
function rowTops(heights) {
  const tops = new Float64Array(heights.length + 1);
  heights.forEach((height, index) => (tops[index + 1] = tops[index] + height));
  return tops;
}

/** The first row that is seen and the one after the last. */
function rowsSeen(tops, top, height) {
  const first = Math.max(0, firstAbove(tops, top) - 1);
  return [first, Math.min(tops.length - 1, firstAbove(tops, top + height))];
}

/** How many lines a text fills, broken at spaces; `measure` gives a text's width. */
function linesOf(text, width, measure) {
  let lines = 0;
  for (const paragraph of text.split("\n")) {
    let used = Infinity;
    for (const word of paragraph.split(" ")) {
      const size = measure(word);
      if (used + size > width) {
        lines += Math.max(1, Math.ceil(size / width));
        used = size > width ? size % width : size;
      } else {
        used += size;
      }
      used += measure(" ");
    }
  }
  return Math.max(1, lines);
}

/** Indices of the cues that hold a text, in any case of letters. */
function search(cues, wanted) {
  const text = wanted.trim().toLocaleLowerCase();
  if (!text) return [];
  return cues.flatMap((cue, index) => (cue.text.toLocaleLowerCase().includes(text) ? [index] : []));
}

function bareWord(text) {
  return text.toLocaleLowerCase().replace(/[^\p{L}\p{N}]+/gu, "");
}

/**
 * A cue's text in pieces of {text, weight}, in order: the words of the evidence that are spoken in the cue have their
 * weight, as a part of the heaviest; all else has 0.
 */
function weighedPieces(cue, words) {
  const spoken = (words ?? []).filter((word) => word.start < cue.end && word.end > cue.start);
  const most = Math.max(0, ...(words ?? []).map((word) => word.weight));
  let next = 0;
  return (cue.text.match(/\s+|\S+/g) ?? []).map((text) => {
    const bare = bareWord(text);
    const at = bare ? spoken.findIndex((word, index) => index >= next && bareWord(word.text) === bare) : -1;
    if (at < 0) return { text, weight: 0 };
    next = at + 1;
    return { text, weight: most > 0 ? Math.max(0, spoken[at].weight) / most : 0 };
  });
}
