'use strict';
/** Sizes and times as people read them. */

/** `12 MB`, or `12 of 170 MB`. */
function megabytes(bytes, totalBytes) {
  const whole = (count) => Math.round(count / 1e6);
  return totalBytes ? `${whole(bytes)} of ${whole(totalBytes)} MB` : `${whole(bytes)} MB`;
}

/** `45 s`, or `2 min 5 s`. */
function duration(ms) {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** Milliseconds that are left when `done` of `total` took `elapsedMs`; nothing while that cannot be told. */
function eta(elapsedMs, done, total) {
  return total && done > total / 100 ? Math.max(0, (elapsedMs * (total - done)) / done) : undefined;
}

module.exports = { megabytes, duration, eta };
