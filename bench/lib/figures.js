'use strict';
// Figures of many measurements, and how they are printed.

/** The value below which `share` of the sorted or unsorted `numbers` lie. */
function percentile(numbers, share) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

const ms = (number) => `${number.toFixed(number < 10 ? 2 : 0)} ms`;

/** Prints a claim with what was measured; what does not hold makes the process fail. */
function claim(text, holds, measured) {
  console.log(`${holds ? 'ok  ' : 'FAIL'} ${text}: ${measured}`);
  if (!holds) process.exitCode = 1;
}

module.exports = { claim, ms, percentile };
