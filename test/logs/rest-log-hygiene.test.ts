import { randomBytes } from 'node:crypto';
import { ROUTES } from '../../src/features';
import type { RestRoute } from '../../src/platform/rest/route';
import { rowsFor, validValues } from '../isolation/rest-probe.harness';
import { createOwnRows, NORTHSIDE_ID, startTwoCustomers, type OwnRows } from '../isolation/two-customers.harness';
import { generateApiKey } from '../../src/platform/access/access.service';
import { eventually } from '../support/eventually';
import { nameOf, requestOf, slotsOf, type RestSample, type RestSlot } from '../support/rest-walk';
import { KEYS, type TestApp } from '../support/test-app';

/** Unique texts that must not be in the log, with the place where each was planted. */
const markers: [where: string, marker: string][] = [];
function plant(where: string, marker = `Marker${randomBytes(5).toString('hex')}`): string {
  markers.push([where, marker]);
  return marker;
}

let app: TestApp;
let rows: OwnRows;
let console_ = '';
/** Requests that were sent. */
let sent = 0;

beforeAll(async () => {
  for (const method of ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const)
    jest
      .spyOn(console, method)
      .mockImplementation((...args: unknown[]) => void (console_ += `${args.map(String).join(' ')}\n`));
  app = await startTwoCustomers({ strangers: { each: 100_000, all: 100_000 } });
  rows = await createOwnRows(app, 'northside', NORTHSIDE_ID, '99950');
  for (const [name, text] of Object.entries(rows.texts)) if (name !== 'zipCode') plant(`the ${name} of a row`, text);
});
afterAll(async () => {
  jest.restoreAllMocks();
  await app.stop();
});

/** The log lines of requests, without those before the tests. */
interface Line {
  req?: { method: string; path: string };
  res?: { status: number };
  msg: string;
}
const lines = (): Line[] =>
  app.log
    .split('\n')
    .filter((line) => line.includes('"msg":"request completed"') && line.includes('/api/v3'))
    .map((line) => JSON.parse(line) as Line);

async function send(
  { method, path, body }: { method: string; path: string; body?: unknown },
  headers: Record<string, string> = {},
): Promise<number> {
  sent += 1;
  const response = await fetch(`${app.url}/api/v3${path}`, {
    method,
    headers: {
      'impilo-api-key': KEYS.northside,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  await response.arrayBuffer();
  return response.status;
}

const valuesOf = (route: RestRoute): Map<RestSlot, unknown> =>
  validValues({ foreign: rows, own: rowsFor(route, rows) }, route);

/** A request of the route with a planted text for each text that it takes. */
function planted(route: RestRoute): RestSample {
  const values = valuesOf(route);
  for (const slot of slotsOf(route))
    if (slot.type === 'string' && slot.values.length === 0)
      values.set(slot, plant(`${nameOf(slot)} of ${route.operationId}`));
  return requestOf(route, values);
}

describe.each(ROUTES)('$method $path', (route) => {
  it('values are not logged, whatever the outcome, and each request has one line with the pattern of the route', async () => {
    const before = lines().length;
    const first = sent;
    const { method, path, body } = requestOf(route, valuesOf(route));
    const [plain] = path.split('?') as [string];
    await send(planted(route)); // served, refused, or found nothing
    await send({ method, path, body }, { 'idempotency-key': plant('an idempotency key') });
    await send({
      method,
      path: `${path}${path.includes('?') ? '&' : '?'}${plant('a parameter')}=${plant('its value')}`,
      body,
    });
    await send(
      { method, path: `${plain}?impilo-api-key=${plant('a key in the query')}`, body },
      { 'impilo-api-key': '' },
    );
    await send({ method, path, body }, { 'impilo-api-key': plant('an unknown key', generateApiKey()) });
    await send({ method, path, body }, { accept: `text/${plant('a type in Accept')}` });
    await send({ method, path, body }, { 'x-custom': plant('a header'), 'user-agent': plant('a user agent') });
    await send({ method, path, body }, { authorization: `Bearer ${plant('another key')}` });
    if (route.body) {
      await send({ method, path, body: `{"${plant('a member')}": "${plant('its value')}"}` });
      await send({ method, path, body: `{"a": ${plant('no JSON')}` });
      await send({ method, path, body: `["${plant('a list')}"]` });
      await send({ method, path, body: `{"a":"${plant('a member given twice')}","a":1}` });
      await send({ method, path, body: plant('a form') }, { 'content-type': `text/${plant('a content type')}` });
      await send({ method, path, body: `{"a":"${plant('a large body')}${'x'.repeat(1_100_000)}"}` });
    }
    await eventually(() => lines().length === before + sent - first);
    const pattern = `/api/v3${route.path.replaceAll(/\{(\w+)\}/g, ':$1')}`;
    for (const { req } of lines().slice(before)) expect(req).toEqual({ method, path: pattern });
  });
});

it('paths without a route are logged without the parts that clients chose', async () => {
  const before = lines().length;
  const first = sent;
  const expected = [
    await send({ method: 'GET', path: `/patients/${plant('a path')}` }),
    await send({ method: 'GET', path: `/${plant('a first part of a path')}` }),
    await send({ method: 'DELETE', path: `/device/${plant('a path with another method')}` }),
    await send({ method: 'OPTIONS', path: `/device/${plant('a path of OPTIONS')}` }),
    await send({ method: 'GET', path: `/device/${plant('a malformed path')}%ED%A0%80` }),
    await send({ method: 'GET', path: `/device/${plant('a malformed path')}%zz` }),
    await send({ method: 'GET', path: `/device/1?q=${plant('a malformed query')}%zz` }),
    await send({ method: 'GET', path: `/device/1/${plant('a deeper path')}` }),
    await send({ method: 'GET', path: `/device/${plant('a long path')}${'x'.repeat(9_000)}` }),
  ];
  expect(expected).toEqual([404, 404, 405, 204, 400, 400, 400, 404, 400]);
  await eventually(() => lines().length === before + sent - first);
});

it('values of a failed statement are not logged', async () => {
  const fail = async (statement: string): Promise<void> => {
    await app.admin.query(
      `create or replace function fail() returns trigger language plpgsql as $$ begin ${statement}; return new; end $$`,
    );
    await app.admin.query(
      `create or replace trigger fail before insert or update on device for each row execute function fail()`,
    );
  };
  const body = { deviceIdentifier: rows.texts.identifier };
  for (const statement of [
    `raise exception 'not %', (select min(value) from device_identifier) using detail = new::text, hint = new::text`,
    `perform (select min(value) from device_identifier)::bigint`,
  ]) {
    await fail(statement);
    expect(await send({ method: 'PATCH', path: '/device/disable-readings', body })).toBe(500);
  }
  await app.admin.query('drop trigger fail on device');
});

it('the log has none of the planted texts', () => {
  expect(markers.length).toBeGreaterThan(50);
  expect(app.log).toContain('"msg":"operation failed"');
  const leaks = markers.flatMap(([where, marker]) =>
    Object.entries({ gateway: app.log, console: console_ })
      .filter(([, text]) => text.toLowerCase().includes(marker.toLowerCase()))
      .map(([name]) => `${where} is in the log of the ${name}`),
  );
  expect(leaks).toEqual([]);
});
