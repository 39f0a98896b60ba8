import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '../../src/platform/base/logger';
import { logOutput } from '../../src/platform/base/output';
import { eventually } from '../support/eventually';
import { needs } from '../support/needs';

it('a reader that does not read blocks nothing: lines are kept, then dropped, counted and reported', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'output-'));
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  const pipe = openSync(join(folder, 'pipe'), constants.O_RDWR | constants.O_NONBLOCK);
  const output = logOutput(pipe);
  try {
    const log = createLogger({ level: 'info', destination: output });
    const count = 4_000; // of half a kilobyte: more than the pipe and the buffer hold
    for (let line = 0; line < count; line += 1) log.info({ line, filler: 'x'.repeat(400) }, 'a line');

    let text = '';
    const read = () => {
      const chunk = Buffer.alloc(65_536);
      for (;;)
        try {
          text += chunk.toString('utf8', 0, readSync(pipe, chunk));
        } catch {
          return; // the pipe is empty
        }
    };
    await eventually(() => {
      read();
      return text.includes('log lines were lost');
    });
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { line?: number; lost?: number });
    const written = lines.flatMap(({ line }) => line ?? []);
    expect(written).toEqual(written.map((_, index) => index)); // the first ones, each once and whole
    expect(written.length).toBeGreaterThan(2_000);
    expect(lines.at(-1)).toMatchObject({ lost: count - written.length, msg: 'log lines were lost' });
  } finally {
    output.stop();
    closeSync(pipe);
    rmSync(folder, { recursive: true });
  }
});

needs('devFull')('a full disk throws nothing', () => {
  const full = openSync('/dev/full', 'w');
  const output = logOutput(full);
  const log = createLogger({ level: 'info', destination: output });
  for (let line = 0; line < 100; line += 1) expect(() => log.info('a line')).not.toThrow();
  output.stop();
  closeSync(full);
});
