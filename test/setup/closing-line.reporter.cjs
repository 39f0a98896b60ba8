const { LACKS } = require('./platform.cjs');

/** In the title of a test that was skipped for want of something, see test/support/needs.ts. */
const NEED = /\[needs (\w+)\]$/;

/**
 * Says at the end of a run how many tests passed, failed and were skipped, and why; fails a run with skipped tests that this
 * platform could have run.
 */
module.exports = class ClosingLine {
  constructor({ testNamePattern }) {
    this.testNamePattern = testNamePattern;
  }

  onRunComplete(_contexts, { testResults, numPassedTests, numFailedTests, numRuntimeErrorTestSuites }) {
    const skipped = testResults.flatMap(({ testFilePath, testResults: tests }) =>
      tests
        .filter(({ status }) => status !== 'passed' && status !== 'failed')
        .map(({ fullName }) => ({ name: `${fullName} (${testFilePath})`, reason: this.reasonOf(fullName) })),
    );
    const lines = Object.entries(count(skipped.map(({ reason }) => reason ?? 'no reason'))).map(
      ([reason, times]) => `${times} skipped: ${reason}`,
    );
    this.unexplained = skipped.filter(({ reason }) => reason === undefined);
    for (const { name } of this.unexplained) lines.push(`  skipped though it could run here: ${name}`);
    if (numRuntimeErrorTestSuites > 0) lines.push(`${numRuntimeErrorTestSuites} files could not be run, see above`);
    const failed = numFailedTests + numRuntimeErrorTestSuites;
    lines.push(`Tests: ${numPassedTests} passed, ${failed} failed, ${skipped.length} skipped`);
    // Below jest's own summary, which comes after all reporters.
    process.once('exit', () => process.stderr.write(`\n${lines.join('\n')}\n`));
  }

  /** Makes the run fail. */
  getLastError() {
    return this.unexplained?.length > 0 ? new Error('Tests were skipped that could run here, see above.') : undefined;
  }

  reasonOf(name) {
    const need = NEED.exec(name)?.[1];
    if (need !== undefined && LACKS[need]) return LACKS[need];
    return this.testNamePattern ? `not of the name ${this.testNamePattern}` : undefined;
  }
};

function count(items) {
  const counts = {};
  for (const item of items) counts[item] = (counts[item] ?? 0) + 1;
  return counts;
}
