import { once } from 'node:events';

/** Waits for the end of a child process, which gets the signals that end this one until then. @returns its code and signal */
export async function ended(child) {
  const forward = (signal) => child.kill(signal);
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, forward);
  const end = await once(child, 'close');
  for (const signal of ['SIGINT', 'SIGTERM']) process.off(signal, forward);
  return end;
}
