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
import { REPOSITORY } from '../support/tool';
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
  readings: KEYS.northside,
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
  // Who had the device then depends on the time at which the demo data was loaded.
  const timeless = (text: string) =>
    text.replace(/in .* s, .* readings\/s/, 'in … s, … readings/s').replace(/Patients: \d[^]*$/, 'Patients: …');
  expect({ exitCode, out: timeless(out) }).toEqual({ exitCode: 2, out: timeless(page.fenced('text')) });
  expect(await readFile(join(folder, 'readings.csv.refused.csv'), 'utf8')).toContain('INVALID_READING');
});

test('the NDJSON lines of the page are recorded', async () => {
  const { exitCode, out } = await run('readings', 'readings.ndjson', page.section('## NDJSON files').fenced('ndjson'));
  expect({ exitCode, out }).toEqual({ exitCode: 0, out: expect.stringMatching(/recorded +2\n/) as string });
});

test.each(KINDS)('the columns of $name are those of the command', (kind) => {
  const [, ...rows] = page.section(headingOf(kind.name)).table;
  const { known } = kind.columnsOf(new EntryContract(kind.entryType, kind.one), {});
  expect(rows.flatMap(([names]) => inCode(names!)).sort()).toEqual([...new Set(known)].sort());
});

test.each(['devices', 'patients'] as const)('the file of %s is imported', async (kind) => {
  const content = page.section(headingOf(kind)).fenced('csv');
  const { exitCode, out, err } = await run(kind, `${kind}.csv`, content);
  expect({ exitCode, out, err }).toMatchObject({ exitCode: 0, err: '' });
  expect(out).toMatch(/ (registered|created) +2\n/);
});

/** Readings as they are stored: time, and values in the units of the gateway. */
const STORED: Record<string, unknown[]> = {
  'cuff-app.csv': [
    ['2025-11-19T05:02:00.000Z', { systolic: 126, diastolic: 80, heart_rate: 68 }],
    ['2025-11-20T02:05:00.000Z', { systolic: 131, diastolic: 85 }],
    ['2025-11-20T13:45:00.000Z', { systolic: 128, diastolic: 82, heart_rate: 71 }],
  ],
  'scale.csv': [
    ['2025-11-19T13:20:10.000Z', { weight: 183.87 }],
    ['2025-11-20T13:12:44.000Z', { weight: 182.98 }],
    ['2025-11-20T13:12:44.000Z', { body_fat: 24.5, muscle_mass: 131.4 }],
  ],
  'glucose-reader.csv': [
    ['2025-11-20T13:15:00.000Z', { glucose: 98 }],
    ['2025-11-20T13:30:00.000Z', { glucose: 104 }],
    ['2025-11-20T18:45:00.000Z', { glucose: 163 }],
  ],
  'glucose-meter.csv': [
    ['2025-11-20T06:45:00.000Z', { glucose: 97.28, meal_timing: 'FASTING' }],
    ['2025-11-20T11:10:00.000Z', { glucose: 129.71, meal_timing: 'BEFORE_MEAL' }],
    ['2025-11-20T13:05:00.000Z', { glucose: 176.55 }],
  ],
  'diabetes-diary.csv': [
    ['2025-11-20T13:30:00.000Z', { glucose: 118 }],
    ['2025-11-20T13:45:00.000Z', { systolic: 124, diastolic: 79 }],
    ['2025-11-20T13:45:00.000Z', { weight: 183.4 }],
  ],
  'home-diary.tsv': [
    ['2025-11-20T07:30:00.000Z', { systolic: 128, diastolic: 82, heart_rate: 71 }],
    ['2025-11-20T10:00:00.000Z', { glucose: 97.28 }],
    ['2025-11-20T12:15:00.000Z', { temperature: 98.24 }],
  ],
};

describe('a file of another maker', () => {
  const commands = page
    .section('## Files with other columns')
    .fencedBlocks.filter(({ kind, text }) => kind === 'sh' && text.includes('import -- readings'))
    .map(({ text }) => wordsOf(/npm run import -- readings (.*)/s.exec(text)![1]!));

  test('each one has a command', () => {
    expect(commands.map(([file]) => file)).toEqual(Object.keys(STORED));
  });

  test.each(Object.keys(STORED))('%s is imported by its command', async (name) => {
    const content = await readFile(join(REPOSITORY, 'docs/import', name), 'utf8');
    const [, ...args] = commands.find(([file]) => file === name)!;
    const { rows } = await app.admin.query<{ now: string }>('select clock_timestamp()::text now');
    const { exitCode, out, err } = await run('readings', name, content, ...args);
    expect({ exitCode, err, out }).toMatchObject({ exitCode: 0, err: '' });
    expect(await storedAfter(rows[0]!.now)).toEqual(STORED[name]);
  });
});

async function storedAfter(time: string): Promise<unknown[]> {
  const { rows } = await app.admin.query<{ at: Date } & Record<string, unknown>>(
    `select taken_at at, systolic, diastolic, heart_rate, glucose, meal_timing, weight, body_fat, muscle_mass, temperature from reading
     where received_at > $1 order by taken_at, kind`,
    [time],
  );
  const round = (value: unknown) => (typeof value === 'number' ? Math.round(value * 100) / 100 : value);
  return rows.map(({ at, ...values }) => [
    at.toISOString(),
    Object.fromEntries(
      Object.entries(values).flatMap(([name, value]) => (value === null ? [] : [[name, round(value)]])),
    ),
  ]);
}

/** Words of a shell command: quotation marks and continued lines. */
function wordsOf(command: string): string[] {
  return [...command.replaceAll('\\\n', ' ').matchAll(/'([^']*)'|(\S+)/g)].map(
    ([, quoted, plain]) => (quoted ?? plain)!,
  );
}

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
