/* What spoke in the selected segment: its words, seconds of sound and frames, each at its time. */

const TRACKS = [["words", "text"], ["sound", "audio"], ["frames", "video"]];

function drawEvidence(app) {
  const canvas = el("evidence");
  const segment = app.state.segments[app.selected];
  const got = segment && cleared(canvas);
  if (!got) return;
  const { context, width, height } = got;
  const each = height / TRACKS.length;
  const x = (time) => 52 + ((time - segment.start) / (segment.end - segment.start)) * (width - 54);
  TRACKS.forEach(([name, key], index) => {
    const top = index * each;
    context.fillStyle = ink.lift;
    box(context, 52, top + 2, width - 52, each - 4, 3);
    context.fill();
    context.fillStyle = ink.soft;
    context.fillText(name, 0, top + each / 2);
    context.save();
    box(context, 52, top + 2, width - 52, each - 4, 3);
    context.clip();
    context.fillStyle = app.colours[key] ?? ink.soft;
    drawTrack(context, segment.evidence?.[name] ?? [], x, top + 2, each - 4);
    context.restore();
  });
  if (app.time < segment.start || app.time > segment.end) return;
  context.fillStyle = "#d55e00";
  context.fillRect(x(app.time) - 0.75, 0, 1.5, height);
}

/** A column for each piece, as tall as its weight is of the heaviest. */
function drawTrack(context, pieces, x, top, height) {
  const most = Math.max(0, ...pieces.map((piece) => piece.weight));
  for (const piece of most > 0 ? pieces : []) {
    const tall = height * Math.max(0.06, piece.weight / most);
    const left = x(piece.time ?? piece.start);
    const right = piece.time === undefined ? x(piece.end) : left + 5;
    context.fillRect(left, top + height - tall, Math.max(2, right - left - 1), tall);
  }
}

/** The heaviest words, in the order in which they are spoken. */
function showWords(app, segment) {
  const words = [...(segment.evidence?.words ?? [])].sort((one, other) => other.weight - one.weight).slice(0, 12);
  const most = Math.max(0, ...words.map((word) => word.weight));
  words.sort((one, other) => one.start - other.start);
  const chips = words.map((word) => {
    const chip = make("span", { title: percent(word.weight) }, word.text);
    shade(chip, app.colours.text ?? "#0072b2", most > 0 ? Math.max(0, word.weight) / most : 0);
    return chip;
  });
  el("words").replaceChildren(...chips);
}

function sayEvidence(segment) {
  const count = (name) => segment.evidence?.[name]?.length ?? 0;
  const text = `Weights over time of ${count("words")} words, ${count("sound")} stretches of sound and ${count("frames")} frames`;
  el("evidence").setAttribute("aria-label", text);
  el("evidence").hidden = !TRACKS.some(([name]) => count(name));
}
