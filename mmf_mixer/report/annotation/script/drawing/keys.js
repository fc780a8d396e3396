/* The keyboard: one table that is followed and shown. */

/** Groups of [what is shown, what it does, keys, action]; an action gets the app and the event. */
const KEYS = [
  ["Space", "Play or pause", [" "], (app) => togglePlay(app.player)],
  ["J  K  L", "Backwards, stop, forwards; again: faster", [], null],
  ["", "", ["j"], (app) => shuttleBy(app, -1)],
  ["", "", ["k"], (app) => halt(app.player)],
  ["", "", ["l"], (app) => shuttleBy(app, 1)],
  [",  .", "One frame back, one frame on", [], null],
  ["", "", [","], (app) => stepFrames(app, -1)],
  ["", "", ["."], (app) => stepFrames(app, 1)],
  ["←  →", "One second back or on; with Shift ten", [], null],
  ["", "", ["ArrowLeft"], (app, event) => app.seek(app.time - (event.shiftKey ? 10 : 1))],
  ["", "", ["ArrowRight"], (app, event) => app.seek(app.time + (event.shiftKey ? 10 : 1))],
  ["w", "Repeat the selected segment", ["w"], toggleLoop],
  ["0", "Sound on or off", ["0"], (app) => (app.player.video.muted = !app.player.video.muted)],
  ["n  p", "Next, previous segment", [], null],
  ["", "", ["n"], (app) => app.go(1)],
  ["", "", ["p"], (app) => app.go(-1)],
  ["u", "Least certain unchecked segment, then the next", ["u"], (app) => app.goUncertain()],
  ["a", "Accept", ["a"], (app) => app.judge("accepted")],
  ["r", "Reject", ["r"], (app) => app.judge("rejected")],
  ["c", "Change the label", ["c"], chooseLabel],
  ["m", "New segment here, with the same label", ["m"], (app) => app.add()],
  ["[  ]", "Start a frame earlier, later", [], null],
  ["Shift + [  ]", "End a frame earlier, later", [], null],
  ["", "", ["["], (app, event) => app.nudge(event.shiftKey ? "end" : "start", -1, event.repeat)],
  ["", "", ["]"], (app, event) => app.nudge(event.shiftKey ? "end" : "start", 1, event.repeat)],
  ["", "", ["{"], (app, event) => app.nudge("end", -1, event.repeat)],
  ["", "", ["}"], (app, event) => app.nudge("end", 1, event.repeat)],
  ["i  o", "Start, end where the picture is", [], null],
  ["", "", ["i"], (app) => app.edgeHere("start")],
  ["", "", ["o"], (app) => app.edgeHere("end")],
  ["z  Shift + z", "Undo, redo (also with Ctrl)", ["z", "y"], (app, event) => app.turnBack(event.shiftKey || event.key === "y")],
  ["s", "Save the annotation", ["s"], (app) => app.saveMaster()],
  ["+  −", "Zoom in, out (also with the wheel)", [], null],
  ["", "", ["+", "="], (app) => app.zoom(0.5)],
  ["", "", ["-", "_"], (app) => app.zoom(2)],
  ["h", "Show the whole video", ["h"], (app) => app.zoom(Infinity)],
  ["/", "Search the captions", ["/"], () => el("search").focus()],
  ["?", "Show the keys", ["?"], () => el("keys").showModal()],
  ["Esc", "Close a list, leave a field", [], null],
];
const WITH_CONTROL = { z: true, y: true, s: true };

function makeKeys(app) {
  const table = app.asked.length ? [...FEED_KEYS, ...KEYS] : KEYS;
  const actions = new Map(table.flatMap(([, , keys, action]) => keys.map((key) => [key, action])));
  for (const [shown, text] of table.filter(([each]) => each)) {
    el("key-list").append(make("div", {}, make("span", {}, ...caps(shown)), make("span", {}, text)));
  }
  el("help").addEventListener("click", () => el("keys").showModal());
  el("close-keys").addEventListener("click", () => el("keys").close());
  document.addEventListener("keydown", (event) => {
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (key === "Escape") return leave(event);
    const control = (event.ctrlKey || event.metaKey) && !event.getModifierState("AltGraph");
    if ((event.altKey && !event.getModifierState("AltGraph")) || (control && !WITH_CONTROL[key])) return;
    const action = actions.get(key);
    if (!action || el("keys").open || (takesKeys(event.target, key) && !(control && key === "s"))) return;
    event.preventDefault();
    action(app, event);
  });
  // a button that was clicked would take the next Space, which is meant for the player
  document.addEventListener("click", (event) => event.detail > 0 && event.target.closest("button")?.blur());
}

/** Open the list of labels; when one is chosen, the keys are the page's again. */
function chooseLabel(app) {
  if (!app.chosen()) return;
  el("label").focus();
  el("label").addEventListener("change", () => el("label").blur(), { once: true });
  try {
    el("label").showPicker();
  } catch {
    say("Choose with the arrow keys"); // the browser opens no list by itself
  }
}

/** Whether an element has a use of its own for a key. */
function takesKeys(target, key) {
  if (target.matches("textarea, select, input:not([type=checkbox]):not([type=range])")) return true;
  if (target.matches("input[type=range], [role=slider]") && key.startsWith("Arrow")) return true;
  return key === " " && target.matches("button, input, summary");
}

function leave(event) {
  if (!el("label-list").hidden) {
    openLabels(false);
    el("labels").focus();
  } else if (event.target.matches("input, select")) {
    event.target.blur();
  }
}

function caps(shown) {
  return shown.split("  ").flatMap((part, index) => [index ? " " : "", make("kbd", {}, part)]);
}
