import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { markdown } from '../support/markdown';
import { TestApp } from '../support/test-app';
import { inToolFolder, runTool } from '../support/tool';

const COMPILER_OPTIONS = {
  target: 'es2022',
  module: 'nodenext',
  moduleResolution: 'nodenext',
  lib: ['es2022', 'dom'],
  types: [],
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  // The types of the packages are not ours. Those of the document are in a file that is checked.
  skipLibCheck: true,
};

/** The device guide, with a client whose types come from the document. */
const WALKTHROUGH = `
import createClient from 'openapi-fetch';
import type { components, paths } from './gateway.js';

type Device = components['schemas']['Device'];
type Problem = components['schemas']['Problem'];

const [baseUrl, key] = process.argv.slice(2) as [string, string];
const client = createClient<paths>({ baseUrl: baseUrl + '/api/v3', headers: { 'Impilo-API-Key': key } });

class Refused extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
  }
}

function dataOf<Data>(result: { data: Data } | { data?: never; error: Problem }): Data {
  if (result.data === undefined) throw new Refused((result as { error: Problem }).error);
  return result.data;
}

async function device(id: number): Promise<Device> {
  return dataOf(await client.GET('/device/{id}', { params: { path: { id } } }));
}

const log: unknown[] = [];
const found = await device(1);
const status: 'available' | 'availableAtSite' | 'withPatient' | 'inTransit' | 'returning' | 'decommissioned' | 'lost' =
  found.currentStatus;
log.push([status, found.deviceIdentifiers.some(({ type, value }) => type === 'serial' && value === 'ABC123')]);
// @ts-expect-error a device may have no site
found.site.name.trim();
// @ts-expect-error a device has no holder of this name
found.patient;

const patient = dataOf(await client.GET('/patient/{id}', { params: { path: { id: 1 } } }));
log.push([patient.externalIdentifier, patient.firstName.length > 0]);

const associated = dataOf(
  await client.PATCH('/device/associate-patient', {
    params: { header: { 'Idempotency-Key': 'walkthrough' } },
    body: { deviceId: 1, patientExternalIdentifier: 'external-identifier' },
  }),
);
log.push([associated.currentStatus, associated.currentPatient?.id === patient.id]);
log.push((await device(1)).currentStatus);

const disabled = dataOf(
  await client.PATCH('/device/disable-readings', { body: { deviceId: 1, deviceIdentifier: 'ABC123' } }),
);
log.push(disabled.disabledReadings);
log.push((await device(1)).currentStatus);

const { error, response } = await client.PATCH('/device/associate-patient', {
  body: { deviceIdentifier: 'nothing', patientId: patient.id },
});
const code: string | undefined = error?.code;
const reasons: (string | null)[] | undefined = error?.errors.map(({ field }) => field);
log.push([response.status, code, reasons]);

// @ts-expect-error an id is a number
void (() => client.PATCH('/device/disable-readings', { body: { deviceId: 'ABC123' } }));
// @ts-expect-error the status does not exist
void (() => client.GET('/device', { params: { query: { status: ['broken'] } } }));
// @ts-expect-error an id is a number
void (() => client.GET('/device/{id}', { params: { path: { id: 'ABC123' } } }));
// @ts-expect-error the path does not exist
void (() => client.GET('/devices'));
void (() => client.GET('/device', { params: { query: { status: ['lost', 'returning'], page: 2 } } }));

console.log(JSON.stringify(log));
declare const process: { argv: string[] };
declare const console: { log(text: string): void };
`;

/** The client that docs/rest.md shows, and what it got. */
const DOCUMENTED = `${markdown('docs/rest.md').section('## OpenAPI').fenced('ts')}
console.log(JSON.stringify([data?.currentStatus, error]));
declare const console: { log(text: string): void };
`;

const execFileAsync = promisify(execFile);

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(() => app.stop());

test('the documented client with generated types works, and one walks through the device guide', async () => {
  await inToolFolder({ 'openapi.yaml': 'docs/openapi.yaml' }, async (folder) => {
    const generated = await runTool(
      'openapi-typescript/bin/cli.js',
      ['openapi.yaml', '--output', 'gateway.ts'],
      folder,
    );
    expect(generated).toMatchObject({ exitCode: 0, stderr: '' });
    await writeFile(join(folder, 'walkthrough.ts'), WALKTHROUGH);
    await writeFile(join(folder, 'documented.ts'), DOCUMENTED.replace('http://127.0.0.1:4000', app.url));
    await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
    await writeFile(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: COMPILER_OPTIONS, include: ['*.ts'] }),
    );
    const compiled = await runTool('typescript/bin/tsc', ['--project', folder], folder);
    expect(compiled).toEqual({ exitCode: 0, stdout: '', stderr: '' });

    const shown = await execFileAsync(process.execPath, ['documented.js'], { cwd: folder });
    expect(JSON.parse(shown.stdout)).toEqual(['availableAtSite', null]);

    const ran = await execFileAsync(process.execPath, ['walkthrough.js', app.url, 'demo-northside'], { cwd: folder });
    expect(JSON.parse(ran.stdout)).toEqual([
      ['availableAtSite', true],
      ['external-identifier', true],
      ['withPatient', true],
      'withPatient',
      true,
      'decommissioned',
      [404, 'DEVICE_NOT_FOUND', ['deviceIdentifier']],
    ]);
  });
});
