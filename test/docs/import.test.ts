import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadImportConfig } from '../../src/programs/import-readings/import-config';
import { runImportCommand } from '../../src/programs/import-readings/import-readings.command';
import { ReadingContract } from '../../src/programs/import-readings/reading-contract';
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

/** The command of the page on a file in a folder of its own. */
async function run(name: string, content: string, ...args: string[]) {
  await writeFile(join(folder, name), content);
  const out = new TextOutput();
  let err = '';
  const exitCode = await runImportCommand([join(folder, name), ...args], {
    loadConfig: (url) => loadImportConfig(url, { GATEWAY_URL: `${app.url}/graphql`, API_KEY: KEYS.ingest }),
    clock: systemClock,
    out,
    err: (text) => (err += `${text}\n`),
    interrupted: new AbortController().signal,
  });
  return { exitCode, out: out.text.replaceAll(`${folder}/`, ''), err };
}

const CODE = /`([^`]+)`/g;
const inCode = (text: string) => [...text.matchAll(CODE)].map(([, code]) => code!);

test('the file of the page is imported with the result that it shows', async () => {
  const { exitCode, out } = await run('readings.csv', page.fenced('csv'));
  const timeless = (text: string) => text.replace(/in .* s, .* readings\/s/, 'in … s, … readings/s');
  expect({ exitCode, out: timeless(out) }).toEqual({ exitCode: 2, out: timeless(page.fenced('text')) });
  expect(await readFile(join(folder, 'readings.csv.refused.csv'), 'utf8')).toContain('INVALID_READING');
});

test('the NDJSON lines of the page are recorded', async () => {
  const { exitCode, out } = await run('readings.ndjson', page.section('## NDJSON files').fenced('ndjson'));
  expect({ exitCode, out }).toEqual({ exitCode: 0, out: expect.stringMatching(/recorded +2\n/) as string });
});

test('the columns are those of the command', () => {
  const [, ...rows] = page.section('## CSV files').table;
  const { members, kinds } = new ReadingContract();
  const columns = [...Object.keys(members), 'kind', ...[...kinds.values()].flatMap((values) => [...values.keys()])];
  expect(rows.flatMap(([names]) => inCode(names!)).sort()).toEqual([...new Set(columns)].sort());
});

test('the options, with their defaults, are those of the command', async () => {
  const { out } = await run('help.csv', '', '--help');
  const [, ...rows] = page.section('## Options').table;
  const documented = rows.map(([option, value]) => [inCode(option!)[0], value!]);
  const offered = [...out.matchAll(/^ {2}(--\S+(?: <\w+>)?) /gm)].map(([, option]) => option);
  expect(documented.map(([option]) => option)).toEqual(offered);
  for (const [option, value] of documented) {
    if (/^\d/.test(value!))
      expect(out.replace(/\s+/g, ' ')).toMatch(new RegExp(`${option} [^-]*\\(default: ${value}\\)`));
  }
});
