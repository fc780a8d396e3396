/* The page's elements: found by id, made with text that stays text. */

function el(id) {
  return document.getElementById(id);
}

/** An element with attributes and children; a child that is text becomes a text node, never markup. */
function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** Say something to eyes and screen readers alike. */
function say(text) {
  el("said").textContent = text;
}

function percent(part) {
  return `${Math.round(100 * part)} %`;
}

/** Give a text to the reader as a file. */
function download(fileName, text, type) {
  const address = URL.createObjectURL(new Blob([text], { type }));
  make("a", { href: address, download: fileName }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60000);
}

/** A row of a bar chart: a name, a bar, and its share. */
function barRow(text, part, colour, limit) {
  const bar = make("i", limit === undefined ? {} : { class: "limit" });
  bar.style.setProperty("--part", `${100 * Math.min(1, Math.max(0, part))}%`);
  bar.style.setProperty("--colour", colour);
  if (limit !== undefined) bar.style.setProperty("--limit", `${100 * limit}%`);
  return [make("span", {}, text), bar, make("b", {}, percent(part))];
}
