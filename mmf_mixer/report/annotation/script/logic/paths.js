/* Names that come from outside, as they may stand in a dataset folder's lines: nothing that leaves the folder. */

/** A relative path that stays where it is; null if there is none to be made. A path that leaves keeps its last part. */
function insidePath(path) {
  const safe = (part) => part && part !== "." && part !== ".." && !/[\\:\p{Cc}\p{Cs}\u2028\u2029]/u.test(part);
  const parts = String(path ?? "").split("/");
  if (parts.every(safe)) return parts.join("/");
  const last = parts[parts.length - 1];
  return safe(last) ? last : null;
}

/** The name of a file without folders and ending, in letters, digits, - and _ only. */
function stemOf(path) {
  const last = String(path ?? "").split(/[/\\]/).pop();
  const stem = last.replace(/(.)\.[^.]*$/, "$1").replace(/[^\p{L}\p{N}_-]+/gu, "-").replace(/^-+|-+$/g, "");
  return [...stem].slice(0, 120).join("") || "video";
}

/** The captions that a line names: the file that was read, or one that is saved with the lines; null if there are none. */
function captionsPath(master) {
  if (!master.captions?.cues.length) return null;
  const own = ["file", "beside"].includes(master.captions.source) ? insidePath(master.captions.name) : null;
  return own ?? `${stemOf(master.video)}.captions.vtt`;
}
