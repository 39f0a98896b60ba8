/**
 * npm test                         all checks and all tests
 * npm test -- device/associate     only the tests of files whose path matches, without the checks
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

const args = process.argv.slice(2);
const checks = args.length > 0 ? [] : ['typecheck', 'lint', 'format:check', 'imports'];
for (const check of checks) await run('npm', ['run', '--silent', check]);
await run('jest', ['--config', '.config/jest.config.cjs', ...args]);

async function run(command, commandArgs) {
  const child = spawn(command, commandArgs, { stdio: 'inherit', shell: process.platform === 'win32' });
  const forward = (signal) => child.kill(signal);
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, forward);
  const [code] = await once(child, 'close');
  for (const signal of ['SIGINT', 'SIGTERM']) process.off(signal, forward);
  if (code !== 0) process.exit(code ?? 1);
}
