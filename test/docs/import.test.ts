import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadImportConfig } from '../../src/programs/import/import-config';
import { runImportCommand } from '../../src/programs/import/import.command';
import { EntryContract } from '../../src/programs/import/entry-contract';
import { KINDS } from '../../src/programs/import/kinds';
import { systemClock } from '../../src/platform/base/clock';
import { TextOutput } from '../import/import.harness';
import { markdown } from '../support/markdown';
import { KEYS, TestApp } from '../support/test-app';

const page = markdown('docs/import.md');

let app: TestApp;
let folder: string;
beforeAll(async () => {
  app = await TestApp.start();
  folder = await mkdtemp(join(tmpdir(), 'gateway-import-page-'));
});
afterAll(async () => {
  await app.stop();
  await rm(folder, { recursive: true, force: true });
});

const KEY_OF: Record<string, string> = {
  readings: KEYS.ingest,
  devices: KEYS.operator,
  patients: KEYS.northside,
};

/** The command of the page on a file in a folder of its own. */
async function run(kind: string, name: string, content: string, ...args: string[]) {
  await writeFile(join(folder, name), content);
  const out = new TextOutput();
  let err = '';
  const exitCode = await runImportCommand([kind, join(folder, name), ...args], {
    workingFolder: '.',
    loadConfig: (url) => loadImportConfig(url, { GATEWAY_URL: `${app.url}/graphql`, API_KEY: KEY_OF[kind] }),
    clock: systemClock,
    out,
    err: (text) => (err += `${text}\n`),
    interrupted: new AbortController().signal,
  });
  return { exitCode, out: out.text.replaceAll(`${folder}/`, ''), err };
}

const headingOf = (kind: string) => `### ${kind[0]!.toUpperCase()}${kind.slice(1)}`;

const CODE = /`([^`]+)`/g;
const inCode = (text: string) => [...text.matchAll(CODE)].map(([, code]) => code!);

test('the file of the page is imported with the result that it shows', async () => {
  const { exitCode, out } = await run('readings', 'readings.csv', page.fenced('csv'));
  const timeless = (text: string) => text.replace(/in .* s, .* readings\/s/, 'in … s, … readings/s');
  expect({ exitCode, out: timeless(out) }).toEqual({ exitCode: 2, out: timeless(page.fenced('text')) });
  expect(await readFile(join(folder, 'readings.csv.refused.csv'), 'utf8')).toContain('INVALID_READING');
});

test('the NDJSON lines of the page are recorded', async () => {
  const { exitCode, out } = await run('readings', 'readings.ndjson', page.section('## NDJSON files').fenced('ndjson'));
  expect({ exitCode, out }).toEqual({ exitCode: 0, out: expect.stringMatching(/recorded +2\n/) as string });
});

test.each(KINDS)('the columns of $name are those of the command', (kind) => {
  const [, ...rows] = page.section(headingOf(kind.name)).table;
  const { known } = kind.columnsOf(new EntryContract(kind.entryType, kind.one));
  expect(rows.flatMap(([names]) => inCode(names!)).sort()).toEqual([...new Set(known)].sort());
});

test.each(['devices', 'patients'] as const)('the file of %s is imported', async (kind) => {
  const content = page.section(headingOf(kind)).fenced('csv');
  const { exitCode, out, err } = await run(kind, `${kind}.csv`, content);
  expect({ exitCode, out, err }).toMatchObject({ exitCode: 0, err: '' });
  expect(out).toMatch(/ (registered|created) +2\n/);
});

test('the options, with their defaults, are those of the command', async () => {
  const { out } = await run('readings', 'help.csv', '', '--help');
  const [, ...rows] = page.section('## Options').table;
  const documented = rows.map(([option, value]) => [inCode(option!)[0], value!]);
  const offered = [...out.matchAll(/^ {2}(--\S+(?: <[\w=]+>)?) /gm)].map(([, option]) => option);
  expect(documented.map(([option]) => option)).toEqual(offered);
  for (const [option, value] of documented) {
    const [number] = /^\d+/.exec(value!) ?? [];
    if (number) expect(out.replace(/\s+/g, ' ')).toMatch(new RegExp(`${option} [^-]*\\(default: ${number}\\)`));
  }
});
