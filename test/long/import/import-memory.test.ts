import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { ImportProcess } from '../../import/import-process.harness';
import { HEADER, ImportFixture, flows } from '../../import/import.harness';
import { GatewayBuild } from '../../support/gateway-process';

let build: GatewayBuild;
let fixture: ImportFixture;
beforeAll(async () => {
  [build, fixture] = await Promise.all([GatewayBuild.make(), ImportFixture.start()]);
});
afterAll(() => Promise.all([build.remove(), fixture.stop()]));

it('memory does not grow with the length of the file', async () => {
  const file = createWriteStream(fixture.path('r.csv'));
  file.write(`${HEADER}\n`);
  const thousand = flows(1_000).map((line) => line.replace('BPM-1', 'x'.repeat(3_000)));
  for (let time = 0; time < 6; time += 1) if (!file.write(`${thousand.join('\n')}\n`)) await once(file, 'drain');
  file.end();
  await once(file, 'close');
  // The program itself uses about 25 MB of heap. Keeping the 6,000 lines and their JSON would take another 36 MB.
  const { exitCode, err, out } = await new ImportProcess(
    build,
    [fixture.path('r.csv')],
    { API_KEY: 'a-key', GATEWAY_URL: fixture.gateway.url },
    ['--max-old-space-size=40'],
  ).exited;
  expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' });
  expect(out).toContain('6,000 lines');
});
