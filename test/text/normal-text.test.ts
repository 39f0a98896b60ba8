import 'reflect-metadata';
import {
  buildSchema as parseSchema,
  GraphQLString,
  isInputObjectType,
  isObjectType,
  getNamedType,
  graphql,
} from 'graphql';
import { buildGatewaySchema } from '../../src/features';
import { normalText } from '../../src/platform/base/normal-text';
import { EXACT_TEXTS } from '../../src/platform/graphql/normal-arguments';
import { prepareArguments } from '../../src/platform/graphql/prepare-arguments';
import { TestApp, type CallerName } from '../support/test-app';

const COMPOSED = 'É-ñ';
const DECOMPOSED = COMPOSED.normalize('NFD');

const schema = buildGatewaySchema();

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(() => app.stop());

/** A text as it is stored, and the same text as it comes from another keyboard and a copied cell. */
let made = 0;
function twoForms(): { stored: string; sent: string } {
  made += 1;
  return { stored: `${COMPOSED} ${made}`, sent: `\u200b\u00a0${DECOMPOSED} ${made} \t\ufeff` };
}

type Payload = { userErrors: { code: string; path: string[] }[] } & Record<string, unknown>;

async function mutate<Result = Payload>(
  caller: CallerName,
  name: string,
  input: object,
  result: string,
): Promise<Result> {
  const type = schema.getMutationType()!.getFields()[name]!.args[0]!.type;
  const data = await app.data<Record<string, Result>>(
    caller,
    `mutation ($input: ${String(type)}) { ${name}(input: $input) { ${result} } }`,
    { input },
  );
  return data[name]!;
}

describe('the external identifier of a patient', () => {
  const patient = { firstName: 'Ada', lastName: 'Byron' };
  const RESULT = 'patient { id externalIdentifier } userErrors { code path }';
  type Created = Payload & { patient: { id: string; externalIdentifier: string } | null };

  async function created(): Promise<{ stored: string; sent: string; id: string }> {
    const { stored, sent } = twoForms();
    const { patient: found } = await mutate<Created>(
      'northside',
      'createPatient',
      { ...patient, externalIdentifier: sent },
      RESULT,
    );
    expect(found!.externalIdentifier).toBe(stored);
    return { stored, sent, id: found!.id };
  }

  it('is looked up and filtered by any form of the same text', async () => {
    const { stored, sent, id } = await created();
    for (const text of [stored, sent, stored.normalize('NFD')]) {
      const inline = JSON.stringify(text);
      const query = `query ($one: String!, $all: [String!]) {
        byVariable: patientByExternalIdentifier(externalIdentifier: $one) { id }
        byLiteral: patientByExternalIdentifier(externalIdentifier: ${inline}) { id }
        filtered: patients(filter: { externalIdentifiers: $all }) { nodes { id } }
        filteredByLiteral: patients(filter: { externalIdentifiers: ["none", ${inline}] }) { nodes { id } }
        searched: patients(search: $one) { nodes { id } } }`;
      expect(await app.data('northside', query, { one: text, all: [text] })).toEqual({
        byVariable: { id },
        byLiteral: { id },
        filtered: { nodes: [{ id }] },
        filteredByLiteral: { nodes: [{ id }] },
        searched: { nodes: [{ id }] },
      });
    }
  });

  it('is taken in any form, also by an entry of a bulk call', async () => {
    const { stored, sent } = await created();
    for (const externalIdentifier of [stored, sent]) {
      const refused = await mutate<Created>('northside', 'createPatient', { ...patient, externalIdentifier }, RESULT);
      expect(refused.userErrors).toEqual([
        { code: 'EXTERNAL_IDENTIFIER_TAKEN', path: ['input', 'externalIdentifier'] },
      ]);
    }
    const fresh = twoForms();
    const { results } = await mutate<{ results: Created[] }>(
      'northside',
      'createPatients',
      { patients: [sent, fresh.sent, fresh.stored].map((externalIdentifier) => ({ ...patient, externalIdentifier })) },
      `results { ${RESULT} }`,
    );
    expect(results.map((entry) => entry.userErrors[0]?.code ?? entry.patient!.externalIdentifier)).toEqual([
      'EXTERNAL_IDENTIFIER_TAKEN',
      fresh.stored,
      'EXTERNAL_IDENTIFIER_TAKEN',
    ]);
  });

  it('references the patient in any form: change, order, reading and bulk call', async () => {
    const { sent, id } = await created();
    const reference = { patientExternalIdentifier: sent };
    const archived = await mutate('northside', 'archivePatient', reference, 'patient { id } userErrors { code }');
    expect(archived).toEqual({ patient: { id }, userErrors: [] });
    await mutate('northside', 'unarchivePatient', reference, 'userErrors { code }');
    const updated = await mutate(
      'northside',
      'updatePatient',
      { ...reference, firstName: ` ${DECOMPOSED}` },
      'patient { id firstName } userErrors { code }',
    );
    expect(updated).toEqual({ patient: { id, firstName: COMPOSED }, userErrors: [] });

    const takenAt = '2026-03-01T12:00:00Z';
    const reading = { ...reference, takenAt, manual: true, heartRate: { value: 61 } };
    const { results } = await mutate<{ results: object[] }>(
      'northside',
      'recordReadings',
      { readings: [reading] },
      'results { outcome reading { patient { id } } }',
    );
    expect(results).toEqual([{ outcome: 'RECORDED', reading: { patient: { id } } }]);

    const deviceId = await availableDevice();
    const associated = await mutate<{ results: object[] }>(
      'northside',
      'associateDevices',
      { devices: [{ deviceId, ...reference }] },
      'results { device { patient { id } } userErrors { code } }',
    );
    expect(associated.results).toEqual([{ device: { patient: { id } }, userErrors: [] }]);

    const order = { ...reference, lines: [{ itemId: '1', quantity: 1 }] };
    const ordered = await mutate('northside', 'createOrder', order, 'order { patient { id } } userErrors { code }');
    expect(ordered).toEqual({ order: { patient: { id } }, userErrors: [] });
  });

  async function availableDevice(): Promise<string> {
    const { devices } = await app.data<{ devices: { nodes: { id: string }[] } }>(
      'northside',
      '{ devices(filter: { statuses: AVAILABLE_AT_SITE }, first: 1) { nodes { id } } }',
    );
    return devices.nodes[0]!.id;
  }
});

describe('orders', () => {
  it('are found by, and repeated with, any form of their external id', async () => {
    const { stored, sent } = twoForms();
    const input = { siteId: '3', lines: [{ itemId: '1', quantity: 1 }] };
    const RESULT = 'order { id externalOrderId } userErrors { code }';
    type Ordered = Payload & { order: { id: string; externalOrderId: string } };
    const { order } = await mutate<Ordered>('northside', 'createOrder', { ...input, externalOrderId: sent }, RESULT);
    expect(order.externalOrderId).toBe(stored);
    for (const externalOrderId of [stored, sent]) {
      const again = await mutate<Ordered>('northside', 'createOrder', { ...input, externalOrderId }, RESULT);
      expect(again).toEqual({ order, userErrors: [] });
      const found = await app.data(
        'northside',
        'query ($id: String!) { orders(filter: { externalOrderIds: [$id] }) { nodes { id } } }',
        { id: externalOrderId },
      );
      expect(found).toEqual({ orders: { nodes: [{ id: order.id }] } });
    }
  });

  it('have each parcel once, in whatever form its tracking number comes', async () => {
    const { stored, sent } = twoForms();
    const { order } = await mutate<{ order: { id: string } }>(
      'northside',
      'createOrder',
      { siteId: '3', lines: [{ itemId: '1', quantity: 1 }] },
      'order { id }',
    );
    await mutate('operator', 'processOrder', { orderId: order.id }, 'userErrors { code }');
    const trackingUrl = `https://example.com/${DECOMPOSED}`;
    for (const trackingNumber of [sent, stored, sent]) {
      const input = { orderId: order.id, parcels: [{ trackingNumber, trackingUrl }] };
      const RESULT = 'order { parcels { trackingNumber trackingUrl } } userErrors { code }';
      const shipped = await mutate('operator', 'shipOrder', input, RESULT);
      expect(shipped).toEqual({
        order: { parcels: [{ trackingNumber: stored, trackingUrl: trackingUrl.normalize() }] },
        userErrors: [],
      });
    }
  });
});

it.each([
  ['createItem', { readingKinds: ['WEIGHT'], name: 'Scale' }, 'sku', 'SKU_TAKEN'],
  ['createCustomer', {}, 'name', 'CUSTOMER_NAME_TAKEN'],
])('%s: two forms of one text are the same', async (name, values, member, code) => {
  const { stored, sent } = twoForms();
  const [, noun] = /^create(\w+)/.exec(name)!;
  const RESULT = `${noun!.toLowerCase()} { ${member} } userErrors { code }`;
  const first = await mutate('operator', name, { ...values, [member]: sent }, RESULT);
  expect(first).toMatchObject({ [noun!.toLowerCase()]: { [member]: stored }, userErrors: [] });
  for (const text of [stored, sent])
    expect((await mutate('operator', name, { ...values, [member]: text }, RESULT)).userErrors).toEqual([{ code }]);
});

it.each<[string, CallerName, string]>([
  ['createSite', 'northside', 'site { name }'],
  ['createWarehouse', 'operator', 'site { name }'],
  ['createApiKey', 'northside', 'apiKey { name }'],
])('%s stores the name in normal form', async (name, caller, result) => {
  const { stored, sent } = twoForms();
  const input = { name: sent, ...(name === 'createApiKey' && { role: 'INGEST' }) };
  const created = await mutate(caller, name, input, `${result} userErrors { code }`);
  expect(created).toEqual({ [result.split(' ')[0]!]: { name: stored }, userErrors: [] });
});

it('a repeated call with an idempotency key may have its texts in another form', async () => {
  const { stored, sent } = twoForms();
  const input = { firstName: 'Ada', lastName: 'Byron', idempotencyKey: `key ${stored}`.replaceAll(/[^a-z0-9]/gi, '') };
  const RESULT = 'patient { id } userErrors { code }';
  const first = await mutate('northside', 'createPatient', { ...input, externalIdentifier: sent }, RESULT);
  const again = await mutate('northside', 'createPatient', { ...input, externalIdentifier: stored }, RESULT);
  expect(first.userErrors).toEqual([]);
  expect(again).toEqual(first);
});

describe('normalText', () => {
  it('removes white space and invisible characters at the ends, not inside', () => {
    expect(normalText(' \u00a0\u200bA\u200d\u00a0B \u2060\u200e\ufeff')).toBe('A\u200d\u00a0B');
    expect(normalText('\u3000\u200b ')).toBe('');
    expect(normalText(DECOMPOSED)).toBe(COMPOSED);
  });

  it('keeps a text that is longer than any rule accepts, and is fast for hostile ones', () => {
    const long = 'e\u0301'.repeat(2_001);
    expect(normalText(long)).toBe(long);
    const started = performance.now();
    for (const hostile of [
      `a${' '.repeat(1_000_000)}b`,
      `a${'\u0301\u0316'.repeat(500_000)}`,
      `a${' '.repeat(3_990)}b`,
    ])
      normalText(hostile);
    normalText(`a${'\u0301\u0316'.repeat(1_999)}`);
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  it('is the same as the function of the database that migrations and triggers use', async () => {
    const texts = Array.from({ length: 0xffff }, (_, index) => String.fromCharCode(index + 1))
      .filter((character) => !/[\p{Surrogate}\u1acf-\u1aff]/u.test(character)) // new marks, unknown to some PostgreSQL
      .map((character) => `${character}e${character}\u0301 ${character}`);
    const { rows } = await app.admin.query<{ normal: string }>(
      'select normal_text(t) as normal from unnest($1::text[]) with ordinality x(t, n) order by n',
      [texts],
    );
    const differ = texts.filter((text, index) => rows[index]!.normal !== normalText(text));
    expect(differ).toEqual([]);
  });
});

describe('arguments', () => {
  it('with a text are normalized in every field, except the exact ones', () => {
    const texts = new Set<string>();
    const seen = new Set<unknown>();
    const visit = (type: unknown): void => {
      if (!isInputObjectType(type) || seen.has(type)) return;
      seen.add(type);
      for (const { name, type: inner } of Object.values(type.getFields())) {
        if (getNamedType(inner).name === GraphQLString.name) texts.add(name);
        visit(getNamedType(inner));
      }
    };
    for (const type of Object.values(schema.getTypeMap()))
      if (isObjectType(type))
        for (const { name, type: inner } of Object.values(type.getFields()).flatMap(({ args }) => args)) {
          if (getNamedType(inner).name === GraphQLString.name) texts.add(name);
          visit(getNamedType(inner));
        }
    expect(texts).toContain('patientExternalIdentifier');
    expect([...EXACT_TEXTS].filter((name) => !texts.has(name))).toEqual([]);
    expect([...EXACT_TEXTS].sort()).toEqual(['after', 'before', 'idempotencyKey']);
  });

  it('at any depth, in lists and in types that contain themselves, reach the resolver in normal form', async () => {
    const echoing = parseSchema(`
      input In { text: String, before: String, list: [[String]], more: [In!], id: ID, number: Int }
      type Query { echo(in: In, text: String!, after: String): String }`);
    let received: unknown;
    echoing.getQueryType()!.getFields().echo!.resolve = (_source, args) => {
      received = JSON.parse(JSON.stringify(args));
      return null;
    };
    prepareArguments(echoing);
    const query = `query ($in: In, $text: String!) { echo(in: $in, text: $text, after: " a ") }`;
    const text = ` ${DECOMPOSED}\u200b`;
    const given = { text, before: text, list: [[text, null], null], more: [{ text }, { number: 1, id: '01' }] };
    expect(
      await graphql({ schema: echoing, source: query, variableValues: { in: given, text }, contextValue: {} }),
    ).toEqual({
      data: { echo: null },
    });
    expect(received).toEqual({
      in: {
        text: COMPOSED,
        before: text,
        list: [[COMPOSED, null], null],
        more: [{ text: COMPOSED }, { number: 1, id: '01' }],
      },
      text: COMPOSED,
      after: ' a ',
    });
    expect(given.text).toBe(text);
  });
});
