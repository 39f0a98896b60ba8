/**
 * npm run test:repeat -- [--runs 10] [--busy] [file patterns]
 *
 * Runs the tests repeatedly and lists the failed ones with their number of failures. With --busy, a thread keeps one core busy.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { ended } from './child-process.mjs';

const { values, positionals: patterns } = parseArgs({
  options: { runs: { type: 'string', default: '10' }, busy: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const runs = Number(values.runs);
if (!Number.isInteger(runs) || runs < 1) {
  console.error('--runs must be a positive whole number.');
  process.exit(2);
}

const failures = new Map();
const folder = await mkdtemp(join(tmpdir(), 'gateway-repeat-'));
const busy = values.busy && new Worker('for (;;);', { eval: true });
try {
  for (let run = 1; run <= runs; run += 1) {
    const began = performance.now();
    const results = await runTests(join(folder, `${run}.json`));
    const failed = failedTests(results);
    for (const name of failed) failures.set(name, [...(failures.get(name) ?? []), run]);
    const { numPassedTests, numPendingTests } = results;
    const seconds = Math.round((performance.now() - began) / 1_000);
    console.log(
      `run ${run} of ${runs}: ${numPassedTests} passed, ${failed.length} failed, ${numPendingTests} skipped, ${seconds} s`,
    );
    for (const name of failed) console.log(`  ${name}`);
  }
} finally {
  await busy?.terminate?.();
  await rm(folder, { recursive: true, force: true });
}

if (failures.size === 0) console.log(`All ${runs} runs passed.`);
for (const [name, inRuns] of failures)
  console.log(`failed in ${inRuns.length} of ${runs} runs (${inRuns.join(', ')}): ${name}`);
process.exitCode = failures.size === 0 ? 0 : 1;

/** The JSON report of one jest run. Its output is shown only when tests failed. */
async function runTests(file) {
  const args = ['--config', '.config/jest.config.cjs', '--json', '--outputFile', file, ...patterns];
  const child = spawn('jest', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let output = '';
  child.stderr.on('data', (text) => (output += text));
  const [code, signal] = await ended(child);
  const results = await readFile(file, 'utf8').then(JSON.parse, () => undefined);
  if (results === undefined) throw new Error(`The run ended without results (${signal ?? code}):\n${output}`);
  if (!results.success) process.stderr.write(output);
  return results;
}

/** Names of failed tests and of files that could not be run. */
function failedTests({ success, testResults }) {
  const failed = testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = relative(process.cwd(), name);
    const tests = assertionResults
      .filter((test) => test.status === 'failed')
      .map((test) => `${file} › ${test.fullName}`);
    return status === 'failed' && tests.length === 0 ? [`${file}: ${message.trim().split('\n')[0]}`] : tests;
  });
  return success || failed.length > 0 ? failed : ['the whole run, see above'];
}
