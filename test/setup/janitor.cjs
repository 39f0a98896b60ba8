/**
 * Cleans up after a test run. Starts when the pipe on its standard input closes, that is, when jest ends for any reason. Ends all
 * processes that have one of the folders in their command line or environment, then removes the folders.
 *
 * Usage: node janitor.cjs FOLDER… Exit code 1 when processes had to be ended.
 */
const { execFileSync } = require('node:child_process');
const { readdirSync, readFileSync, rmSync } = require('node:fs');
const { setTimeout: sleep } = require('node:timers/promises');

const folders = [...new Set(process.argv.slice(2))];
/** PostgreSQL removes its shared memory at SIGQUIT. Processes that still run after this time are killed. */
const GRACE_MS = 5_000;
const ENDING_MS = 2_000;

process.stdin.resume().once('close', () => void tidy());
// The process that started the run may have ended, and with it the reader of this output.
process.stderr.on('error', () => undefined);

async function tidy() {
  const left = await leftRunning();
  if (left.length > 0) {
    const lines = left.map(({ pid, command }) => `  ${pid} ${command}`);
    process.stderr.write(`The tests left these processes running; they were ended:\n${lines.join('\n')}\n`);
  }
  const deadline = Date.now() + GRACE_MS;
  for (let running = left; running.length > 0; running = processes()) {
    for (const { pid } of running) end(pid, Date.now() < deadline ? 'SIGQUIT' : 'SIGKILL');
    await sleep(50);
  }
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  process.exit(left.length > 0 ? 1 : 0);
}

/** Ignores processes that are about to end: PostgreSQL removes its pid file a moment before it ends. */
async function leftRunning() {
  const deadline = Date.now() + ENDING_MS;
  let left = processes();
  while (left.length > 0 && Date.now() < deadline) {
    await sleep(50);
    left = processes();
  }
  return left;
}

function end(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch {
    // It has already ended.
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

/** Empty for a process that has ended or belongs to another user. */
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
