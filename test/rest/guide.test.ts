import { execFile, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { markdown } from '../support/markdown';
import { RestClient } from '../support/rest-client';
import { curlRequest } from '../support/shell-words';
import { TestApp } from '../support/test-app';
import { REPOSITORY } from '../support/tool';

/** The requests of the device guide, as it writes them, with 1 as the id. */
const FOLDER = 'docs/tour/rest';
const ADDRESS = 'https://example.com/api/v3';
const names = readdirSync(join(REPOSITORY, FOLDER)).sort();
const textOf = (name: string) => readFileSync(join(REPOSITORY, FOLDER, name), 'utf8');

interface Step {
  step: string;
  request: string;
  response: Record<string, unknown>;
  /** The GraphQL document that does the same. */
  twin: string | undefined;
}

const steps = names
  .filter((name) => /^\d.*\.sh$/.test(name))
  .map((name): Step => {
    const step = name.replace('.sh', '');
    return {
      step,
      request: textOf(name),
      response: JSON.parse(textOf(`${step}.response.json`)) as Step['response'],
      twin: names.includes(`${step}.graphql`) ? textOf(`${step}.graphql`) : undefined,
    };
  });

/** What the steps are about, from the guide: lookups, the association, and the device that is blocked. */
const GUIDE = [
  ['GET', '/device/1', { currentStatus: 'availableAtSite', currentPatient: null }],
  ['GET', '/patient/1', { externalIdentifier: 'external-identifier' }],
  ['PATCH', '/device/associate-patient', { currentStatus: 'withPatient' }],
  ['GET', '/device/1', { currentStatus: 'withPatient', currentPatient: { externalIdentifier: 'external-identifier' } }],
  ['PATCH', '/device/disable-readings', { currentStatus: 'decommissioned' }],
  ['GET', '/device/1', { currentStatus: 'decommissioned' }],
] as const;

describe('the device guide', () => {
  let app: TestApp;
  let rest: RestClient;
  beforeAll(async () => {
    app = await TestApp.start();
    rest = new RestClient(app);
  });
  afterAll(() => app.stop());

  // Each continues with the data that the one before has left.
  it.each(steps.map((step, index) => [step.step, step, GUIDE[index]!] as const))(
    '%s',
    async (_step, { request, response, twin }, [method, path, facts]) => {
      const { url, headers, body, ...given } = curlRequest(request);
      expect([given.method, url]).toEqual([method, `${ADDRESS}${path}`]);
      const answer = await rest.send(method, path, {
        headers: Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value])),
        ...(body !== undefined && { body: JSON.parse(body) as unknown }),
      });
      expect(answer.status).toBe(200);
      expect(answer.body).toMatchObject(response);
      expect(response).toMatchObject(facts);
      if (twin !== undefined) expect(sharedWith(await app.data('northside', twin), answer.body)).toBeGreaterThan(3);
    },
  );

  it('has six requests', () => {
    expect(steps).toHaveLength(GUIDE.length);
  });
});

/** What GraphQL names differently, or has more of. */
const NAMES: Readonly<Record<string, string>> = {
  databaseId: 'id',
  patient: 'currentPatient',
  identifiers: 'deviceIdentifiers',
  readingsDisabled: 'disabledReadings',
};

/** Asserts that a response of REST has the values of a GraphQL result. Returns their number. */
function sharedWith(data: object, body: unknown): number {
  const [[name, root]] = Object.entries(data) as [[string, Record<string, unknown>]];
  const object = name.endsWith('Device') || name.endsWith('Readings') ? root.device : root;
  if ('userErrors' in root) expect(root.userErrors).toEqual([]);
  const converted = inRest(object) as object;
  expect(body).toMatchObject(converted);
  return Object.keys(converted).length;
}

function inRest(value: unknown, field = ''): unknown {
  if (Array.isArray(value)) return value.map((one) => inRest(one));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [NAMES[name] ?? name, inRest(inner, name)] as const),
    );
  if (field === 'databaseId') return Number(value);
  if (field === 'currentStatus' || field === 'type')
    return String(value)
      .toLowerCase()
      .replaceAll(/_(\w)/g, (_all, letter: string) => letter.toUpperCase());
  return value;
}

describe('docs/rest.md', () => {
  const page = markdown('docs/rest.md');

  it('shows each file of the walkthrough, in order', () => {
    const shown = page.fencedBlocks.flatMap(({ kind }) => kind.split(' ')[1] ?? []);
    const order = (step: Step) => [
      `${FOLDER}/${step.step}.sh`,
      `${FOLDER}/${step.step}.response.json`,
      ...(step.twin === undefined ? [] : [`${FOLDER}/${step.step}.graphql`]),
    ];
    expect(shown).toEqual([`${FOLDER}/setup.sh`, ...steps.flatMap(order)]);
    expect(names).toHaveLength(shown.length);
  });

  const hasShell = spawnSync('bash', ['-c', 'command -v curl']).status === 0;
  (hasShell ? it : it.skip)('runs in a shell as it is written', async () => {
    const app = await TestApp.start();
    try {
      const script = ['setup.sh', ...steps.map(({ step }) => `${step}.sh`)].map(textOf).join('\n');
      const { stdout } = await promisify(execFile)('bash', ['-c', script.replaceAll('http://127.0.0.1:4000', app.url)]);
      const answers = stdout.trim().split('\n');
      expect(answers.map((line) => JSON.parse(line) as unknown)).toMatchObject(steps.map(({ response }) => response));
    } finally {
      await app.stop();
    }
  });
});
