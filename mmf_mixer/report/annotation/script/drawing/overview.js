/* The strip of the whole video: all segments in small, the part that the timeline shows, and where the picture is. */

const overviewCache = { key: "", picture: document.createElement("canvas") };

function drawOverview(app) {
  const got = cleared(el("overview"));
  if (!got) return;
  const { context, width, height } = got;
  const { duration } = app.state.master;
  const gutter = gutterOf(width);
  const x = (time) => gutter + (time / duration) * (width - gutter);
  context.drawImage(allSegments(app, width - gutter, height), gutter, 0, width - gutter, height);
  const [from, to] = [x(app.view.from), x(app.view.to)];
  context.fillStyle = ink.card;
  context.globalAlpha = 0.66;
  context.fillRect(gutter, 0, from - gutter, height);
  context.fillRect(to, 0, width - to, height);
  context.globalAlpha = 1;
  context.strokeStyle = ink.accent;
  context.lineWidth = 2;
  box(context, from + 1, 1, Math.max(4, to - from - 2), height - 2, 4);
  context.stroke();
  context.lineWidth = 1;
  context.fillStyle = "#d55e00";
  context.fillRect(x(app.time) - 1, 0, 2, height);
  context.fillStyle = ink.soft;
  context.fillText(fitted(context, "whole video", gutter - 20), 10, height / 2);
}

/** Drawn anew only when segments, filters, size or colours have changed. */
function allSegments(app, width, height) {
  const ratio = window.devicePixelRatio || 1;
  const key = [app.laid, width, height, ratio, ink.ink].join(" ");
  const { picture } = overviewCache;
  if (overviewCache.key === key) return picture;
  overviewCache.key = key;
  picture.width = Math.round(width * ratio);
  picture.height = Math.round(height * ratio);
  const context = picture.getContext("2d");
  context.scale(ratio, ratio);
  const { duration } = app.state.master;
  const rows = app.rows.filter((row) => row.label);
  const each = (height - 8) / Math.max(1, rows.length);
  rows.forEach((row, index) => {
    const piece = (start, end) => {
      const x = (start / duration) * width;
      context.fillRect(x, 4 + index * each, Math.max(1, (end / duration) * width - x), Math.max(1, each - (each > 3 ? 1 : 0)));
    };
    context.fillStyle = colourOf(app, row.label);
    context.globalAlpha = 0.85;
    const single = (item) => piece(item.start, item.end);
    eachPiece(row.lane, 0, duration, duration / width, single, piece);
  });
  return picture;
}
