import { once } from 'node:events';

/** Waits for a child process to end, and forwards SIGINT and SIGTERM to it. @returns its exit code and signal */
export async function ended(child) {
  const forward = (signal) => child.kill(signal);
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, forward);
  const end = await once(child, 'close');
  for (const signal of ['SIGINT', 'SIGTERM']) process.off(signal, forward);
  return end;
}
