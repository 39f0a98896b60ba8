/**
 * Tidies up after a run of the tests when the pipe on its standard input ends, that is when jest ends, however it does: ends
 * all processes that have one of the folders in their command line or environment, then removes them.
 *
 * node janitor.cjs FOLDER…. Exit code 1 when processes had to be ended.
 */
const { execFileSync } = require('node:child_process');
const { readdirSync, readFileSync, rmSync } = require('node:fs');
const { setTimeout: sleep } = require('node:timers/promises');

const folders = [...new Set(process.argv.slice(2))];
/** PostgreSQL tidies up its shared memory at SIGQUIT; who has not ended after this long is killed. */
const GRACE_MS = 5_000;

process.stdin.resume().once('close', () => void tidy());
// Who started the run may have ended before it: then nobody reads what is said here.
process.stderr.on('error', () => undefined);

async function tidy() {
  const left = processes();
  if (left.length > 0) {
    const lines = left.map(({ pid, command }) => `  ${pid} ${command}`);
    process.stderr.write(`Left running by the tests, and ended now:\n${lines.join('\n')}\n`);
  }
  const deadline = Date.now() + GRACE_MS;
  for (let running = left; running.length > 0; running = processes()) {
    for (const { pid } of running) end(pid, Date.now() < deadline ? 'SIGQUIT' : 'SIGKILL');
    await sleep(50);
  }
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  process.exit(left.length > 0 ? 1 : 0);
}

function end(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself.
  }
}

function processes() {
  const all = process.platform === 'linux' ? processesOfLinux() : processesOfPs();
  const isOfRun = ({ command, environment }) => folders.some((folder) => (command + environment).includes(folder));
  return all.filter((one) => one.pid !== process.pid && isOfRun(one));
}

function processesOfLinux() {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => ({
      pid: Number(pid),
      command: read(`/proc/${pid}/cmdline`),
      environment: read(`/proc/${pid}/environ`),
    }));
}

/** Of a process that has ended meanwhile, or is somebody else's, nothing. */
function read(path) {
  try {
    return readFileSync(path, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}

function processesOfPs() {
  const lines = execFileSync('ps', ['-axww', '-o', 'pid=,command='], { encoding: 'utf8' }).split('\n');
  return lines.map((line) => {
    const [, pid, command] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? [];
    return { pid: Number(pid), command: command ?? '', environment: '' };
  });
}
