/* The picture: playing at any speed, backwards too, one frame at a time, or one segment over and over. */

const SPEEDS = [0.25, 0.5, 0.75, 1, 1.5, 2, 4];

function makePlayer(app) {
  const video = el("video");
  const player = { video, backwards: 0, loop: false, last: 0 };
  for (const speed of SPEEDS) el("speed").append(make("option", { value: speed }, `${speed}x`));
  el("speed").value = "1";
  el("speed").addEventListener("change", () => (video.playbackRate = Number(el("speed").value)));
  el("play").addEventListener("click", () => togglePlay(player));
  el("back").addEventListener("click", () => stepFrames(app, -1));
  el("forth").addEventListener("click", () => stepFrames(app, 1));
  el("loop").addEventListener("click", () => toggleLoop(app));
  el("mute").addEventListener("click", () => (video.muted = !video.muted));
  video.addEventListener("volumechange", () => el("mute").setAttribute("aria-pressed", String(video.muted)));
  video.addEventListener("click", () => togglePlay(player));
  for (const name of ["play", "pause", "ratechange", "ended"]) video.addEventListener(name, () => showPlaying(player));
  video.addEventListener("playing", () => app.redraw());
  video.addEventListener("loadedmetadata", () => ((el("unplayed").hidden = true), (video.currentTime = app.time)));
  video.addEventListener("seeked", () => video.paused && !player.backwards && app.redraw());
  video.addEventListener("error", unplayed);
  if (video.error) unplayed(); // before this script could listen
  el("choose").addEventListener("change", () => {
    const [file] = el("choose").files;
    if (file) video.src = URL.createObjectURL(file);
  });
  return player;
}

function unplayed() {
  const reason = "it is not beside this page, or in a form that this browser does not know";
  el("unplayed").firstElementChild.textContent = `The video cannot be played: ${reason}.`;
  el("unplayed").hidden = false;
}

function togglePlay(player) {
  if (player.backwards || !player.video.paused) halt(player);
  else player.video.play().catch(() => {});
}

function halt(player) {
  player.backwards = 0;
  player.video.pause();
  showPlaying(player);
}

/** L and J: forwards by the browser, backwards by seeking, which no browser does by itself. */
function shuttleBy(app, direction) {
  const { player } = app;
  const { video } = player;
  const now = player.backwards || (video.paused ? 0 : video.playbackRate);
  const speed = shuttle(now, direction);
  if (speed > 0) {
    player.backwards = 0;
    video.playbackRate = speed;
    video.play().catch(() => {});
  } else {
    video.pause();
    video.playbackRate = 1;
    player.backwards = speed;
    player.last = performance.now();
    app.redraw();
  }
  showPlaying(player);
  say(`Playing at ${speed}x`);
}

function showPlaying({ video, backwards }) {
  const playing = Boolean(backwards) || !video.paused;
  el("play").setAttribute("aria-pressed", String(playing));
  el("play").setAttribute("aria-label", playing ? "Pause" : "Play");
  el("play").querySelector("path").setAttribute("d", playing ? "M3 2.500h3.500v11H3zm6.500 0H13v11H9.500z" : "M4 2.500v11l9-5.500z");
  if (SPEEDS.includes(video.playbackRate)) el("speed").value = String(video.playbackRate);
}

function stepFrames(app, count) {
  halt(app.player);
  const { master } = app.state;
  app.seek(stepTime(app.time, count, stepRate(master), master.duration));
}

function toggleLoop(app) {
  app.player.loop = !app.player.loop;
  el("loop").setAttribute("aria-pressed", String(app.player.loop));
  say(app.player.loop ? "Repeats the selected segment" : "Plays on");
}

/** Where the picture is now; called before each drawing. Returns whether it goes on by itself. */
function followPicture(app) {
  const { player } = app;
  const { video } = player;
  if (player.backwards) {
    const now = performance.now();
    const time = Math.max(0, app.time + (player.backwards * (now - player.last)) / 1000);
    player.last = now;
    if (video.readyState && !video.seeking) video.currentTime = time;
    app.time = time;
    if (!time) halt(player);
    return time > 0;
  }
  if (!video.paused && video.readyState) app.time = Math.min(app.state.master.duration, video.currentTime);
  const chosen = app.state.segments[app.selected];
  if (player.loop && chosen && !video.paused && (app.time >= chosen.end || app.time < chosen.start - 0.5)) app.seek(chosen.start);
  return !video.paused;
}
