import { csv, ImportFixture, TextOutput, flows } from './import.harness';

let fixture: ImportFixture;
beforeEach(async () => {
  fixture = await ImportFixture.start();
});
afterEach(() => fixture.stop());

/** A clock on which each call takes four seconds. */
function slowClock() {
  let nowMs = Date.UTC(2026, 0, 1);
  fixture.gateway.reply = () => {
    nowMs += 4_000;
    return undefined;
  };
  return { now: () => new Date(nowMs) };
}

/** Escape sequences of DEC's private mode 7. */
const WRAPPING_OFF = '\u001b[?7l';
const WRAPPING_ON = '\u001b[?7h';

const IN_TENS = ['--batch-size', '10', '--concurrency', '1'];

it('prints a line every few seconds without a terminal', async () => {
  await fixture.write('r.csv', csv([...flows(64), 'half', ...flows(5, 65)]));
  const { out } = await fixture.run('r.csv', { args: IN_TENS, env: { clock: slowClock() } });
  const lines = out.split('\n');
  expect(lines.slice(0, 2)).toEqual([
    expect.stringMatching(/^4\d%: 30 lines, 0 refused, 3\/s$/),
    expect.stringMatching(/^8\d%: 60 lines, 0 refused, 3\/s$/),
  ]);
  expect(lines[2]).toBe('Imported r.csv: 70 lines in 28.0 s, 3 readings/s.');
  expect(out).toContain('refused    1\n');
});

it('reports the total time of a resumed import, and the rate of the current run', async () => {
  await fixture.write('r.csv', csv(flows(80)));
  const clock = slowClock();
  const { reply } = fixture.gateway;
  fixture.gateway.reply = (call, number) => (number === 5 ? { status: 403 } : reply(call, number));
  await fixture.run('r.csv', { args: IN_TENS, env: { clock } });
  fixture.gateway.reply = reply;
  const { out } = await fixture.run('r.csv', { args: IN_TENS, env: { clock } });
  expect(out).toMatch(
    /^Resuming r\.csv at line 42: 40 lines done before\.\n8\d%: 70 lines, 0 refused, 3\/s\nImported r\.csv: 80 lines in 32\.0 s, 3 readings\/s\.\n/,
  );
});

it('draws a bar on a terminal and restores the terminal', async () => {
  await fixture.write('r.csv', csv([...flows(20), 'half']));
  const out = new TextOutput(true);
  await fixture.run('r.csv', { out, args: IN_TENS, env: { clock: slowClock() } });
  const [bar, summary] = out.text.split('Imported r.csv');
  expect(bar).toContain('=');
  expect(bar).toMatch(/100% \| 21 lines, 1 refused \| [23]\/s \| ETA 0s/);
  expect(bar).toContain(WRAPPING_OFF);
  expect(bar!.lastIndexOf(WRAPPING_OFF)).toBeLessThan(bar!.lastIndexOf(WRAPPING_ON));
  expect(summary).toContain('recorded   20\n');
});

it('shows on the bar that the gateway is unavailable', async () => {
  await fixture.write('r.csv', csv(flows(1)));
  const out = new TextOutput(true);
  fixture.gateway.reply = (_call, number) => (number === 1 ? { status: 503 } : undefined);
  const retry = { attempts: 2, firstMs: 400, maxMs: 400 };
  expect((await fixture.run('r.csv', { out, env: { retry } })).exitCode).toBe(0);
  expect(out.text).toMatch(/\| gateway unavailable, retrying in 0\.[234] s/);
  expect(out.text.split('gateway unavailable').at(-1)).toContain('100% | 1 lines');
});

it('stops the bar when the import fails', async () => {
  await fixture.write('r.csv', csv(flows(1)));
  const out = new TextOutput(true);
  fixture.gateway.reply = () => ({ status: 403 });
  expect((await fixture.run('r.csv', { out })).exitCode).toBe(1);
  expect(out.text.split(WRAPPING_ON).at(-1)).toContain('0 lines of r.csv done.');
});
