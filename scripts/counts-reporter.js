'use strict';
/** A reporter for Jest that ends the run with a plain line of counts, for machines that read logs. */

module.exports = class CountsReporter {
  onRunComplete(_contexts, results) {
    // A file that could not be loaded has no tests to count, and is one failure.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    const line = `${results.numPassedTests} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`;
    // Jest prints its own summary after the reporters have been told.
    process.once('exit', () => process.stdout.write(`\n${line}\n`));
  }
};
