import { subscribe } from 'node:diagnostics_channel';
import { appendFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LimitNotice } from '../../src/platform/base/channels';

const reached = new Set<string>();

/** Writes `seen limit depth` for the closing-line reporter, once for each limit that a test of this worker reaches. */
subscribe('gateway:limit', (notice) => {
  const { limit } = notice as LimitNotice;
  if (reached.has(limit)) return;
  reached.add(limit);
  appendFileSync(join(tmpdir(), 'refusals.txt'), `seen limit ${limit}\n`);
});
