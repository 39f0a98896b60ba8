import { setTimeout as delay } from 'node:timers/promises';
import { TestEnvironment } from 'jest-environment-node';

/** What a test must not leave open: each keeps a process from ending. Pipes and files are jest's own. */
const KINDS = ['ProcessWrap', 'TCPServerWrap', 'TCPSocketWrap', 'Timeout', 'UDPWrap', 'Worker'];

/** Closing takes some turns of the event loop, a child process some milliseconds, on a busy machine more; what lasts is found all the same. */
const GRACE_MS = 10_000;
const POLL_INTERVAL_MS = 25;

/**
 * Fails a test file that leaves a server, a socket, a timer or a child process behind. jest itself kills a worker that does not
 * end, with a warning that does not say whose fault it is; --detectOpenHandles says so at several times the run time.
 */
export default class LeftoverEnvironment extends TestEnvironment {
  private before: string[] = [];

  override async setup(): Promise<void> {
    await super.setup();
    this.before = openResources();
  }

  override async teardown(): Promise<void> {
    const deadline = Date.now() + GRACE_MS;
    while (this.leftovers().length > 0 && Date.now() < deadline)
      await delay(POLL_INTERVAL_MS, undefined, { ref: false });
    const leftovers = this.leftovers();
    await super.teardown();
    if (leftovers.length > 0) throw new Error(`The tests of this file left open: ${leftovers.join(', ')}.`);
  }

  private leftovers(): string[] {
    const expected = [...this.before];
    return openResources().filter((resource) => {
      const index = expected.indexOf(resource);
      if (index >= 0) expected.splice(index, 1);
      return index < 0;
    });
  }
}

function openResources(): string[] {
  return process.getActiveResourcesInfo().filter((resource) => KINDS.includes(resource));
}
