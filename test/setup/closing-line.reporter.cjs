const { readFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { LACKS } = require('./platform.cjs');

/** Suffix in the name of a test that needs a feature of the machine, see test/support/needs.ts. */
const NEED = /\[needs (\w+)\]$/;

/**
 * Reports at the end of a run how many tests passed, failed and were skipped, and why. Fails a run with skipped tests that this
 * machine could have run. Fails a complete run in which a mutation never returned one of the codes that it declares, or a limit was never reached.
 */
module.exports = class ClosingLine {
  /** @param isWhole whether a run of all test files covers all declared codes of the mutations */
  constructor({ testNamePattern, nonFlagArgs = [], onlyChanged, findRelatedTests, shard }, { isWhole = false } = {}) {
    this.testNamePattern = testNamePattern;
    this.isWhole =
      isWhole && !testNamePattern && nonFlagArgs.length === 0 && !onlyChanged && !findRelatedTests && !shard;
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
    for (const { name } of this.unexplained) lines.push(`  skipped although it can run here: ${name}`);
    this.unseen = this.isWhole ? unseenRefusals() : [];
    for (const refusal of this.unseen) lines.push(`  declared, but returned in no test: ${refusal}`);
    if (numRuntimeErrorTestSuites > 0)
      lines.push(`Files that could not be run: ${numRuntimeErrorTestSuites}, see above`);
    const failed = numFailedTests + numRuntimeErrorTestSuites;
    lines.push(`Tests: ${numPassedTests} passed, ${failed} failed, ${skipped.length} skipped`);
    // At exit, because jest writes its own summary after all reporters.
    process.once('exit', () => process.stderr.write(`\n${lines.join('\n')}\n`));
  }

  /** Makes the run fail. */
  getLastError() {
    if (this.unexplained?.length > 0)
      return new Error('Some tests were skipped although they can run here, see above.');
    return this.unseen?.length > 0
      ? new Error(
          'Some mutations declare codes that they return in no test, or some limits are reached in none, see above.',
        )
      : undefined;
  }

  reasonOf(name) {
    const need = NEED.exec(name)?.[1];
    if (need !== undefined && LACKS[need]) return LACKS[need];
    return this.testNamePattern ? `name does not match ${this.testNamePattern}` : undefined;
  }
};

/** Declared codes of mutations that were not returned in the run, and limits that were not reached, see test/support/refusals.ts. */
function unseenRefusals() {
  const lines = readFileSync(join(tmpdir(), 'refusals.txt'), 'utf8').trim().split('\n');
  const of = (kind) => new Set(lines.flatMap((line) => (line.startsWith(kind) ? [line.slice(kind.length)] : [])));
  const seen = of('seen ');
  return [...of('declared ')].filter((refusal) => !seen.has(refusal)).sort();
}

function count(items) {
  const counts = {};
  for (const item of items) counts[item] = (counts[item] ?? 0) + 1;
  return counts;
}
