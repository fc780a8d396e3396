"use strict";

/* Time: seconds are the truth; frames and timecodes are worked out from the stream's rational rate. */

const DEFAULT_RATE = { top: 25, bottom: 1 }; // where there is no constant rate, a step is 40 ms

/** "30000/1001" as {top, bottom}; null where it is no rate. */
function rateOf(text) {
  const parts = /^([0-9]+)(?:\/([0-9]+))?$/.exec(text ?? "");
  if (!parts || !Number(parts[1]) || parts[2] === "0") return null;
  return { top: Number(parts[1]), bottom: Number(parts[2] ?? 1) };
}

/** The rate by which steps and edges go. */
function stepRate(master) {
  return (!master.variable_frame_rate && rateOf(master.frame_rate)) || DEFAULT_RATE;
}

/** The frame on screen at this time, from 0; a thousandth of a frame forgives what rounding took from a stamp. */
function frameAt(seconds, rate) {
  return Math.max(0, Math.floor((seconds * rate.top) / rate.bottom + 1e-3));
}

function secondsOf(frame, rate) {
  return (frame * rate.bottom) / rate.top;
}

/** The middle of the frame that is `count` frames from the one on screen: a time that no rounding moves to another. */
function stepTime(seconds, count, rate, duration) {
  const last = Math.max(0, frameAt(duration - 0.5 * secondsOf(1, rate), rate));
  return secondsOf(Math.min(last, Math.max(0, frameAt(seconds, rate) + count)) + 0.5, rate);
}

function dropped(rate) {
  return 2 * Math.round(rate.top / rate.bottom / 30); // numbers left out at each minute that is no tenth (SMPTE 12M)
}

/** Frames from midnight to a timecode "01:00:00;00". */
function parseTimecode(text, rate, drop) {
  const parts = /^([0-9]{2})[:;.]([0-9]{2})[:;.]([0-9]{2})[:;.]([0-9]{2,3})$/.exec(text ?? "");
  if (!parts) return null;
  const [hours, minutes, seconds, frames] = parts.slice(1).map(Number);
  const nominal = Math.round(rate.top / rate.bottom);
  const total = 60 * hours + minutes;
  const left = drop ? dropped(rate) * (total - Math.floor(total / 10)) : 0;
  return (60 * total + seconds) * nominal + frames - left;
}

/** The SMPTE timecode of the frame so many frames from midnight. */
function timecode(frame, rate, drop) {
  const nominal = Math.round(rate.top / rate.bottom);
  let number = frame;
  if (drop) {
    const gap = dropped(rate);
    const minute = 60 * nominal - gap;
    const ten = 10 * minute + gap;
    const rest = number % ten;
    number += 9 * gap * Math.floor(number / ten) + (rest >= gap ? gap * Math.floor((rest - gap) / minute) : 0);
  }
  const parts = [number / 3600 / nominal, (number / 60 / nominal) % 60, (number / nominal) % 60, number % nominal];
  const [hours, minutes, seconds, frames] = parts.map((part) => String(Math.floor(part)).padStart(2, "0"));
  return `${hours}:${minutes}:${seconds}${drop ? ";" : ":"}${frames}`;
}

/** The timecode of a time of this video; "" where the file has none. */
function timecodeAt(seconds, master) {
  const rate = rateOf(master.frame_rate);
  if (!master.timecode || !rate || master.variable_frame_rate) return "";
  const drop = master.timecode.drop_frame;
  const start = parseTimecode(master.timecode.start, rate, drop);
  return start === null ? "" : timecode(start + frameAt(seconds, rate), rate, drop);
}

/** 75.5 as "1:15.5", 3675.25 as "1:01:15.2": as many decimals as asked for, cut and not rounded up. */
function clock(seconds, digits = 1) {
  const scale = 10 ** digits;
  const units = Math.floor(Math.max(0, seconds) * scale + 1e-6);
  const whole = Math.floor(units / scale);
  const rest = digits ? `.${String(units % scale).padStart(digits, "0")}` : "";
  const pad = (value) => String(value).padStart(2, "0");
  const minutes = Math.floor(whole / 60) % 60;
  const hours = Math.floor(whole / 3600);
  return (hours ? `${hours}:${pad(minutes)}` : `${minutes}`) + `:${pad(whole % 60)}${rest}`;
}

/** The first index whose value is above `limit`; values rise. */
function firstAbove(values, limit) {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] > limit) high = middle;
    else low = middle + 1;
  }
  return low;
}
