import { ROUTES } from '../../src/features';
import { raw, StatementWriter } from '../../src/platform/db/sql';
import type { RestRoute } from '../../src/platform/rest/route';
import { RestClient, type RestAnswer } from '../support/rest-client';
import { requestOf, type RestSample } from '../support/rest-walk';
import type { CallerName, TestApp } from '../support/test-app';
import {
  answerText,
  restProbes,
  rowsFor,
  typeOfPath,
  validValues,
  WITH_OWN,
  type RestProbe,
} from './rest-probe.harness';
import {
  createOwnRows,
  fingerprintOf,
  LAKEVIEW_ID,
  NORTHSIDE_ID,
  reportProbes,
  startTwoCustomers,
  type OwnRows,
} from './two-customers.harness';

/** Routes that name no row of a customer. */
const NAMING_NO_ROWS: readonly string[] = [];
const PAGES = ROUTES.filter((route) => route.method === 'GET' && !route.path.includes('{'));

let app: TestApp;
let rest: RestClient;
let northside: OwnRows;
let lakeview: OwnRows;

beforeAll(async () => {
  app = await startTwoCustomers();
  rest = new RestClient(app);
  northside = await createOwnRows(app, 'northside', NORTHSIDE_ID, '99950');
  lakeview = await createOwnRows(app, 'lakeview', LAKEVIEW_ID, '96799');
});
afterAll(() => app.stop());
afterEach(() => jest.restoreAllMocks());

const send = (caller: CallerName, { method, path, body }: RestSample): Promise<RestAnswer<unknown>> =>
  rest.send<unknown>(method, path, { caller, body });

/** Writing an external identifier that another customer uses is allowed. This undoes it. */
async function undoWrite(): Promise<void> {
  await app.admin.query(
    'update patient set external_identifier = $1, version = 1 where customer_id = $2 and id = $3 and external_identifier <> $1',
    [lakeview.texts.externalIdentifier, LAKEVIEW_ID, lakeview.ids.Patient],
  );
}

/** Sends both variants of each probe. Returns those whose answers differ, or that contain the other customer's texts. */
async function leaksOf(probes: readonly RestProbe[], caller: CallerName = 'lakeview'): Promise<string[]> {
  const leaks: string[] = [];
  for (const { name, foreign, missing, values } of probes) {
    const answers: RestAnswer<unknown>[] = [];
    for (const sample of [foreign, missing]) {
      answers.push(await send(caller, sample));
      if (sample.method !== 'GET') await undoWrite();
    }
    const [text, textOfMissing] = answers.map((answer) => answerText(answer, values));
    if (text !== textOfMissing || Object.values(northside.texts).some((own) => text!.includes(own)))
      leaks.push(`${name}: ${text} is not ${textOfMissing}`);
    // Otherwise the gateway would not have come to the rows.
    if (answers[0]!.status === 400) leaks.push(`${name} is malformed: ${text}`);
  }
  return leaks;
}

const probesOf = (route: RestRoute): RestProbe[] => restProbes({ foreign: northside, own: lakeview }, route);

it.each(ROUTES)(
  "$operationId: another customer's ids and texts return the same as those that do not exist",
  async (route) => {
    const before = await fingerprintOf(app, NORTHSIDE_ID);
    expect(await leaksOf(probesOf(route))).toEqual([]);
    expect(probesOf(route).length > 0).toBe(!NAMING_NO_ROWS.includes(route.operationId) && !isPlainPage(route));
    expect(await fingerprintOf(app, NORTHSIDE_ID)).toBe(before);
  },
);

/** A list without a parameter that refers to rows. */
function isPlainPage(route: RestRoute): boolean {
  return PAGES.includes(route) && restProbes({ foreign: northside, own: northside }, route).length === 0;
}

it.each(ROUTES.filter(({ method }) => method === 'GET'))(
  "$operationId: each probe with the owner's values returns something else, so that the probe reaches rows",
  async (route) => {
    const own = restProbes({ foreign: northside, own: northside }, route).filter(
      ({ name }) => !name.endsWith('(all)') && !name.includes(WITH_OWN),
    );
    for (const { name, foreign, missing, values } of own) {
      const [found, none] = [await send('northside', foreign), await send('northside', missing)];
      expect([name, found.status]).toEqual([name, 200]);
      expect([name, answerText(found, values)]).not.toEqual([name, answerText(none, values)]);
    }
  },
);

interface Page {
  content: { id: number | string }[];
  total: number;
  last: boolean;
}

async function rowsOf(caller: CallerName, path: string): Promise<{ ids: string[]; total: number; text: string }> {
  const pages: Page[] = [];
  for (let page = 1; pages.at(-1)?.last !== true; page += 1)
    pages.push((await rest.get<Page>(`${path}?size=7&page=${page}`, { caller })).body);
  return {
    ids: pages.flatMap(({ content }) => content.map(({ id }) => String(id))),
    total: pages[0]!.total,
    text: JSON.stringify(pages),
  };
}

it.each(PAGES)(
  '$operationId: a customer sees and counts its own rows only, an operator those of both',
  async (route) => {
    const [own, other, all] = [
      await rowsOf('lakeview', route.path),
      await rowsOf('northside', route.path),
      await rowsOf('operator', route.path),
    ];
    const type = typeOfPath(route.path);
    const isPublic = (id: string): boolean => (type === 'Site' && id === '1') || type === ('Item' as string);
    const withoutPublic = ({ ids }: typeof own): string[] => ids.filter((id) => !isPublic(id));
    expect(withoutPublic(own).length > 0).toBe(type !== ('Item' as string));
    expect(withoutPublic(own).filter((id) => other.ids.includes(id))).toEqual([]);
    expect(new Set(withoutPublic(all))).toEqual(new Set([...withoutPublic(own), ...withoutPublic(other)]));
    for (const { ids, total } of [own, other, all]) expect(total).toBe(ids.length);
    for (const text of Object.values(northside.texts)) expect(own.text).not.toContain(text);
  },
);

it.each(ROUTES.filter(({ method, path }) => method === 'GET' && path.includes('{')))(
  '$operationId: an operator sees the rows of both customers',
  async (route) => {
    for (const own of [northside, lakeview]) {
      const sample = requestOf(route, validValues({ foreign: own, own }, route));
      expect((await send('operator', sample)).status).toBe(200);
    }
  },
);

it.each(ROUTES.filter(({ method }) => method !== 'GET'))(
  '$operationId: the request of the probe succeeds except for the ids',
  async (route) => {
    const rows = await createOwnRows(app, 'lakeview', LAKEVIEW_ID, '96799', route.operationId);
    const own = rowsFor(route, rows);
    const { status, body } = await send('lakeview', requestOf(route, validValues({ foreign: northside, own }, route)));
    expect({ status, body }).toEqual({ status: route.response.status, body: expect.anything() as unknown });
  },
);

it('the report lists each route', async () => {
  const byPath = await reportProbes(
    'rest',
    ROUTES.flatMap(probesOf).map(({ name }) => name),
  );
  expect(byPath).toMatchObject({
    'getDevice(path.id)': 1,
    'associateDevice(body.deviceId)': 2,
    'associateDevice(body.patientExternalIdentifier)': 2,
    'associateDevice(all)': 1,
  });
});

describe('a planted leak', () => {
  const TABLES = [
    'device',
    'device_identifier',
    'device_status_change',
    'device_association',
    'patient',
    'site',
    'event',
  ];
  const OTHERS = ['reading', 'device_activity', 'patient_activity', 'device_order', 'webhook'];
  const inStatements = () => jest.spyOn(StatementWriter.prototype, 'owned').mockReturnValue(raw('true'));
  const routeOf = (operationId: string): RestRoute => ROUTES.find((route) => route.operationId === operationId)!;

  beforeAll(async () => {
    for (const table of [...TABLES, ...OTHERS])
      await app.admin.query(`create policy leak on ${table} to gateway_customer using (true) with check (true)`);
  });

  it.each(ROUTES)('in the policies alone does not leak by $operationId', async (route) => {
    const before = await fingerprintOf(app, NORTHSIDE_ID);
    expect(await leaksOf(probesOf(route))).toEqual([]);
    expect(await fingerprintOf(app, NORTHSIDE_ID)).toBe(before);
  });

  it.each(['getDevice', 'getPatient', 'associateDevice', 'disableDeviceReadings'])(
    'in both layers is detected by the probe of %s',
    async (operationId) => {
      inStatements();
      expect(await leaksOf(probesOf(routeOf(operationId)))).not.toEqual([]);
    },
  );
});
