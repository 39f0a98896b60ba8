/**
 * node bench/start.mjs PROGRAM [arguments]: compiles the gateway and the benchmarks to dist/, and runs one of them there.
 *
 * Programs in bench/read need the packages of bench/package.json: `npm ci --prefix bench`. All others need only those of the gateway.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const [program, ...args] = process.argv.slice(2);

const swc = join(ROOT, 'node_modules/@swc/cli/bin/swc.js');
compile('src', 'migrations', '--copy-files');
compile('bench', '--ignore', '**/node_modules/**');

if (program.startsWith('read/')) {
  const packages = join(ROOT, 'bench/node_modules');
  if (!existsSync(packages)) exit('Its packages are missing. Install them: npm ci --prefix bench');
  const link = join(ROOT, 'dist/bench/read/node_modules');
  rmSync(link, { force: true });
  symlinkSync(packages, link, 'junction');
}
run(join(ROOT, 'dist/bench', `${program}.js`), ...args);

function compile(...sources) {
  run(swc, ...sources, '--out-dir', 'dist', '--quiet', '--config-file', '.config/swcrc.json');
}

function run(...command) {
  const { status } = spawnSync(process.execPath, command, { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

function exit(message) {
  console.error(message);
  process.exit(1);
}
