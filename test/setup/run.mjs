/**
 * npm test                         all checks and all tests
 * npm test -- device/associate     only test files whose path matches, without the checks
 */
import { spawn } from 'node:child_process';
import { ended } from './child-process.mjs';

const args = process.argv.slice(2);
const succeeded = args.length > 0 || (await allChecks());
if (!succeeded || !(await run('jest', ['--config', '.config/jest.config.cjs', ...args]))) process.exitCode = 1;

/** Runs on two cores in parallel. Continues after a failed check, to report all faults. */
async function allChecks() {
  const lanes = [['lint'], ['format:check', 'imports']];
  const results = await Promise.all(
    lanes.map(async (checks) => {
      let passed = true;
      for (const check of checks) passed = (await run('npm', ['run', '--silent', check])) && passed;
      return passed;
    }),
  );
  return results.every(Boolean);
}

/** @returns whether it succeeded */
async function run(command, commandArgs) {
  const child = spawn(command, commandArgs, { stdio: 'inherit', shell: process.platform === 'win32' });
  const [code] = await ended(child);
  return code === 0;
}
