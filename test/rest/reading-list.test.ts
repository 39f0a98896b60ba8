import { ReadingFixture, hoursFromNow } from '../reading/reading-fixture.harness';
import { globalId } from '../support/global-id';
import { RestClient } from '../support/rest-client';
import { namesOf } from '../support/statement-names';
import { TestApp } from '../support/test-app';
import { REST_SAMPLES, type ReadingBody } from './reading-samples.harness';

interface Page {
  content: { id: string; readingTimestamp: string }[];
  page: number;
  size: number;
  total: number;
  first: boolean;
  last: boolean;
}

const idsOf = ({ content }: Page): string[] => content.map(({ id }) => id);

describe('readings of a customer', () => {
  let fixture: ReadingFixture;
  let rest: RestClient;
  const devices: number[] = [];
  let patientId: number;
  /** Ids of the weights by their time, newest first. */
  let weights: string[];

  const page = async (query = '', caller: 'lakeview' | 'northside' | 'operator' | 'readOnly' = 'readOnly') =>
    (await rest.get<Page>(`/weight-reading${query}`, { caller })).body;

  /** On both sides of the first month with a partition and of a month's end, and ahead of the clock. */
  const TIMES = [
    '2001-02-03T04:05:06.789Z',
    '2024-12-31T23:59:59.999Z',
    '2025-01-01T00:00:00.000Z',
    '2026-05-31T23:59:59.999Z',
    '2026-06-01T00:00:00.000Z',
    hoursFromNow(-1),
    hoursFromNow(5),
  ];

  beforeAll(async () => {
    fixture = await ReadingFixture.start();
    rest = new RestClient(fixture.app);
    await fixture.sql('delete from reading');
    patientId = Number(await fixture.devices.patient());
    await fixture.sql(`update patient set external_identifier = 'of the list' where id = $1`, [patientId]);
    for (const holder of [patientId, Number(await fixture.devices.patient())])
      devices.push(Number((await fixture.device({ patientId: String(holder), from: '2000-01-01T00:00:00Z' })).id));
    const sent: [string, string][] = [];
    // Not in the order of time.
    for (const readingTimestamp of [...TIMES].sort((one, other) => (one.slice(-5) < other.slice(-5) ? 1 : -1)))
      for (const deviceId of devices) {
        for (const { path, values } of REST_SAMPLES) {
          const { body } = await rest.post<ReadingBody>(path, { deviceId, readingTimestamp, ...values });
          if (path === '/weight-reading') sent.push([body.readingTimestamp, body.id]);
        }
      }
    const effective = (at: string) => Math.min(Date.parse(at), Date.parse(hoursFromNow(0)));
    weights = sent
      .sort(([a, one], [b, other]) => effective(b) - effective(a) || (BigInt(other) > BigInt(one) ? 1 : -1))
      .map(([, id]) => id);
  });
  afterAll(() => fixture.stop());

  it('are those of the kind, newest first', async () => {
    const whole = await page('?size=250');
    expect(weights).toHaveLength(14);
    expect(idsOf(whole)).toEqual(weights);
    expect(whole).toMatchObject({ page: 1, size: 250, total: 14, first: true, last: true });
  });

  it.each([1, 3, 7, 14])('are walked in pages of %i, without gaps', async (size) => {
    const found: string[] = [];
    for (let number = 1; ; number += 1) {
      const one = await page(`?size=${size}&page=${number}`);
      expect(one).toMatchObject({ page: number, size, total: 14, first: number === 1 });
      expect(one.content.length).toBeLessThanOrEqual(size);
      found.push(...idsOf(one));
      if (one.last) break;
    }
    expect(found).toEqual(weights);
    expect(await page(`?size=${size}&page=100`)).toMatchObject({ content: [], total: 14, last: true });
  });

  it('are narrowed by device, patient and time', async () => {
    const ofFirst = idsOf(await page(`?deviceId=${devices[0]}`));
    expect(ofFirst).toHaveLength(7);
    expect(ofFirst).toEqual(weights.filter((id) => ofFirst.includes(id)));
    expect(idsOf(await page(`?patientId=${patientId}`))).toEqual(ofFirst);
    expect(idsOf(await page('?externalIdentifier=of%20the%20list'))).toEqual(ofFirst);
    const { body } = await rest.get<{ deviceIdentifiers: { value: string }[] }>(`/device/${devices[0]}`);
    const { value } = body.deviceIdentifiers[0]!;
    expect(idsOf(await page(`?deviceIdentifier=${value}&deviceId=${devices[0]}`))).toEqual(ofFirst);
    expect(idsOf(await page(`?deviceId=${devices[0]}&patientId=${patientId}&size=3&page=2`))).toEqual(
      ofFirst.slice(3, 6),
    );
    const during = await page('?startTimestamp=2025-01-01T00:00:00Z&endTimestamp=2026-06-01T00:00:00Z');
    expect(during.content.map(({ readingTimestamp }) => readingTimestamp)).toEqual(
      ['2026-05-31T23:59:59.999Z', '2025-01-01T00:00:00.000Z'].flatMap((at) => [at, at]),
    );
    expect(during.total).toBe(4);
    expect((await page('?startTimestamp=2026-06-15T16:59:59Z')).total).toBe(2);
  });

  it('are none for what is not found, or does not agree', async () => {
    for (const query of [
      '?deviceId=999999',
      '?patientId=999999',
      '?externalIdentifier=nobody',
      '?deviceIdentifier=none',
      `?deviceIdentifier=none&deviceId=${devices[0]}`,
      `?externalIdentifier=of%20the%20list&patientId=${patientId + 1}`,
      `?deviceId=${devices[1]}&patientId=${patientId}`,
      '?startTimestamp=2026-07-01T00:00:00Z',
    ])
      expect(await page(query)).toEqual({ content: [], page: 1, size: 15, total: 0, first: true, last: true });
  });

  it('are those of the caller, and an operator sees all', async () => {
    expect(await page('', 'lakeview')).toMatchObject({ content: [], total: 0 });
    expect(await page(`?deviceId=${devices[0]}`, 'lakeview')).toMatchObject({ content: [], total: 0 });
    expect(idsOf(await page('', 'operator'))).toEqual(weights);
    const ofDevice = await page(`?deviceId=${devices[0]}&size=3&page=2`, 'operator');
    expect(idsOf(ofDevice)).toEqual(idsOf(await page(`?deviceId=${devices[0]}&size=3&page=2`)));
    expect((await rest.get<object>('/weight-reading', { caller: 'ingest' })).body).toMatchObject({
      status: 403,
      code: 'FORBIDDEN',
    });
  });

  it('parameters that are wrong are refused with their names', async () => {
    for (const [query, field] of [
      ['page=0', 'page'],
      ['size=251', 'size'],
      ['size=250&page=401', 'page'],
      ['deviceId=12345678901234567890', 'deviceId'],
      ['startTimestamp=yesterday', 'startTimestamp'],
      ['endTimestamp=2026-06-15', 'endTimestamp'],
      ['color=red', 'color'],
    ])
      expect((await rest.get<object>(`/weight-reading?${query}`)).body).toMatchObject({
        status: 400,
        code: 'BAD_USER_INPUT',
        field,
      });
  });

  it('a page takes as many statements for 14 readings as for 2', async () => {
    const statementsFor = async (size: number) => {
      await page(`?size=${size}`);
      return namesOf(await fixture.app.statementsOf(() => page(`?size=${size}`)));
    };
    const names = await statementsFor(14);
    expect(names).toEqual(await statementsFor(2));
    expect(names).toEqual(expect.arrayContaining(['readings', 'readings_count', 'device_by_id', 'patient_by_id']));
    expect(names.length).toBeLessThanOrEqual(9);
  });
});

describe('readings of the demo data', () => {
  let app: TestApp;
  let rest: RestClient;
  beforeAll(async () => {
    app = await TestApp.start();
    rest = new RestClient(app);
  });
  afterAll(() => app.stop());

  it.each(REST_SAMPLES)('$path has the same readings as the root field of GraphQL', async ({ path, kind }) => {
    for (const caller of ['northside', 'operator'] as const) {
      const { readings } = await app.data<{ readings: { nodes: { databaseId: string; takenAt: string }[] } }>(
        caller,
        `query ($filter: ReadingFilter) { readings(first: 100, filter: $filter) { nodes { databaseId takenAt } } }`,
        { filter: { kinds: [kind] } },
      );
      const { body } = await rest.get<Page>(`${path}?size=100`, { caller });
      expect(body.content.map(({ id, readingTimestamp }) => [id, readingTimestamp])).toEqual(
        readings.nodes.map(({ databaseId, takenAt }) => [databaseId, takenAt]),
      );
      const [{ count }] = (
        await app.admin.query(
          `select count(*)::int as count from reading where kind = $1 and (customer_id = 1 or $2)`,
          [REST_SAMPLES.findIndex((one) => one.kind === kind) + 1, caller === 'operator'],
        )
      ).rows as [{ count: number }];
      expect(body.total).toBe(count);
    }
  });

  it("the readings of a patient are those of the patient's own list, in all kinds", async () => {
    const ids = (
      await app.admin.query<{ id: string }>(
        'select patient_id as id from reading where customer_id = 1 and patient_id is not null group by 1',
      )
    ).rows;
    expect(ids.length).toBeGreaterThan(0);
    for (const { id } of ids.slice(0, 5)) {
      const data = await app.data<
        Record<'patient' | 'root', { nodes: { id: string }[] } & { readings: { nodes: { id: string }[] } }>
      >(
        'northside',
        `query ($id: ID!) { patient(id: $id) { readings(first: 100) { nodes { id } } }
          root: readings(first: 100, filter: { patientIds: [$id] }) { nodes { id } } }`,
        { id: globalId('Patient', id) },
      );
      expect(data.root.nodes).toEqual(data.patient.readings.nodes);
      expect(data.root.nodes.length).toBeGreaterThan(0);
    }
  });
});
