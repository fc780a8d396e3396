/* Canvases at the screen's own resolution, in the page's own colours. */

const GROUP_COLOURS = ["#5b5bd6", "#c2447e", "#2f7f86", "#9a6b2f", "#5f7488", "#7a4fb0"];
const FONT = "12px system-ui, sans-serif";
const ink = {}; // the page's colours, read when the scheme changes

function readColours() {
  const style = getComputedStyle(document.documentElement);
  for (const name of ["ink", "soft", "ground", "card", "line", "lift", "accent", "good", "bad"]) {
    ink[name] = style.getPropertyValue(`--${name}`).trim();
  }
}

/** A cleared context in CSS pixels, with `width` and `height`; null while the canvas has no size. */
function cleared(canvas) {
  const { clientWidth: width, clientHeight: height } = canvas;
  if (!width || !height) return null;
  const ratio = window.devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  context.font = FONT;
  context.textBaseline = "middle";
  return { context, width, height };
}

/** Text, or the beginning of it that fits. */
function fitted(context, text, width) {
  if (context.measureText(text).width <= width) return text;
  let length = Math.min(text.length, Math.ceil(width / 4));
  while (length > 0 && context.measureText(`${text.slice(0, length)}…`).width > width) length -= 1;
  return length ? `${text.slice(0, length)}…` : "";
}

function box(context, x, y, width, height, radius) {
  context.beginPath();
  context.roundRect(x, y, width, height, Math.min(radius, width / 2));
}

/** The colour of a label: that of its group. */
function colourOf(app, label) {
  const group = Object.keys(app.state.master.labels).findIndex((name) => label.startsWith(`${name}/`));
  return GROUP_COLOURS[Math.max(0, group) % GROUP_COLOURS.length];
}
