import { pino, type DestinationStream } from 'pino';

/** What cannot be written is kept up to this length, then dropped. */
const MAX_KEPT_BYTES = 1_048_576;
const RETRY_MS = 100;

/**
 * From now on, a failure of standard output or standard error does not end the process: a closed pipe (EPIPE), a closed terminal
 * (EIO), a full disk (ENOSPC).
 *
 * @param onFailure called at each failure of standard output
 */
export function surviveOutputFailures(onFailure: () => void = () => undefined): void {
  process.stdout.on('error', onFailure);
  process.stderr.on('error', () => undefined);
}

export interface LogOutput extends DestinationStream {
  /** Ends the retries. Only after it, and without further lines, another file can get the descriptor. */
  stop: () => void;
}

/**
 * Standard output for the log. Lines are written at once. While the output accepts none, because the disk is full or the reader
 * is slow, the first ones are kept, and further ones are dropped and counted. After a closed pipe there is no output.
 *
 * @param fd file descriptor; for tests
 */
export function logOutput(fd = 1): LogOutput {
  const output = pino.destination({ dest: fd, sync: true, maxLength: MAX_KEPT_BYTES, retryEAGAIN: () => false });
  let retry: NodeJS.Timeout | undefined;
  let lost = 0;
  const writeAgain = () => {
    retry = undefined;
    output.write('');
  };
  const reportLost = () => {
    const line = { level: 'warn', time: new Date().toISOString(), pid: process.pid, lost, msg: 'log lines were lost' };
    lost = 0;
    output.write(`${JSON.stringify(line)}\n`);
  };
  output.on('error', ({ code }: NodeJS.ErrnoException) => {
    if (code !== 'EPIPE') retry ??= setTimeout(writeAgain, RETRY_MS).unref();
  });
  output.on('drop', () => (lost += 1));
  output.on('write', () => {
    if (lost > 0) process.nextTick(() => lost > 0 && reportLost());
  });
  return Object.assign(output, { stop: () => clearTimeout(retry) });
}
