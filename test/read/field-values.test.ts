import type { GraphQLEnumType } from 'graphql';
import { buildGatewaySchema } from '../../src/features';
import { CALLERS, ComparedReads } from './compared-reads';

/** The values of fields are the same, whether PostgreSQL writes them or the executor makes them. */

let reads: ComparedReads;
beforeAll(async () => {
  reads = await ComparedReads.start();
});
afterAll(() => reads.app.stop());

const ADDRESS = '{ lineOne lineTwo lineThree city state zipCode country note }';

const TREND = (
  kind: string,
) => `readingTrend(kind: ${kind}, period: { from: "2025-12-01T00:00:00Z", to: "2026-02-01T00:00:00Z" }, bucket: DAY) {
  startsAt endsAt count measurements(units: [KILOGRAM]) { name unit symbol min max mean lessThanCount greaterThanCount } }`;
const NEWEST_ORDER =
  'select max(id) from device_order where customer_id = (select customer_id from patient where id = 55)';

/** Each for all callers. */
it.each([
  ['lists of enums', '{ items(first: 50) { nodes { name readingKinds } } }', 'read_items'],
  [
    'lists of webhook event types',
    '{ webhooks(first: 50) { nodes { url eventTypes active disabledReason } } }',
    'read_webhooks',
  ],
  [
    'addresses',
    `{ patients(first: 50) { nodes { id address ${ADDRESS} } } sites(first: 50) { nodes { address ${ADDRESS} } } }`,
    'read_patients',
  ],
  [
    'orders',
    `{ orders(first: 50) { nodes { shipTo ${ADDRESS} lines { quantity item { name } } customer { name }
    parcels { carrier trackingNumber trackingUrl direction } } } }`,
    'read_orders',
  ],
  [
    'events of orders',
    `{ orders(first: 50) { nodes { events(first: 9) { nodes { __typename id note occurredAt ... on OrderStatusChange { previousStatus status }
    ... on OrderParcelAdded { parcel { carrier trackingNumber direction } } } } } } }`,
    'read_orders',
  ],
  [
    'changes of identifiers',
    '{ devices(first: 50) { nodes { identifierHistory(first: 3) { nodes { changes { type previousValue value } note } } } } }',
    'read_devices',
  ],
  [
    'serial numbers and identifiers',
    '{ devices(first: 50) { nodes { serialNumber identifiers { type value } } } }',
    'read_devices',
  ],
  [
    'current associations',
    '{ devices(first: 50) { nodes { currentAssociation { startedAt endedAt patient { id } } } } }',
    'read_devices',
  ],
  ['customers of sites', '{ sites(first: 50) { nodes { name customer { name } } } }', 'read_sites'],
  [
    'times of the newest readings',
    '{ devices(first: 50) { nodes { latestReadingAt } } patients(first: 50) { nodes { latestReadingAt } } }',
    'read_devices',
  ],
  [
    'newest readings',
    `{ patients(first: 50) { nodes { latestReadings { __typename id kind takenAt ... on BloodGlucoseReading { mealTiming comparator } } } } }`,
    'read_patients',
  ],
  [
    'the newest reading of a device',
    `{ devices(first: 50) { nodes { latestReading { id kind takenAt } weight: latestReading(kind: WEIGHT) { id kind receivedAt } } } }`,
    'read_devices',
  ],
  [
    'states of devices and patients',
    '{ devices(first: 50) { nodes { readingsDisabled patient { archived timeZone site { active operatedBy } } } } }',
    'read_devices',
  ],
  [
    'telephone numbers',
    '{ patients(first: 50) { nodes { phoneNumber phoneNumberE164 timeZone } } sites(first: 50) { nodes { phoneNumberE164 } } }',
    'read_patients',
  ],
  [
    'actors',
    `{ devices(first: 50) { nodes { currentAssociation { startedBy { __typename displayName ... on UserActor { subject } ... on ApiKeyActor { apiKeyId } } endedBy { displayName } } statusHistory(first: 5) { nodes {
    actor { name: displayName ... on UserActor { subject } ... on ApiKeyActor { apiKeyId } } } } } } }`,
    'read_devices',
  ],
  [
    'measurements',
    `{ patients(first: 50) { nodes { readings(first: 9) { nodes { id kind attribution sourceId clockAhead measurements { name value unit symbol comparator }
    metric: measurements(units: [MILLIMOLE_PER_LITER, KILOGRAM, CELSIUS]) { __typename value unit } } } } } }`,
    'read_patients',
  ],
  [
    'associations of readings',
    '{ devices(first: 50) { nodes { readings(first: 5) { nodes { association { id startedAt patient { id } } } } } } }',
    'read_devices',
  ],
  [
    'associations of changes',
    '{ devices(first: 50) { nodes { statusHistory(first: 5) { nodes { status association { id endedAt } order { id } } } } } }',
    'read_devices',
  ],
  [
    'counts',
    '{ sites(first: 50) { nodes { name deviceCounts { item { id name sku } status count } } } }',
    'read_sites',
  ],
  [
    'trends',
    `{ patients(first: 50) { nodes { id pressure: ${TREND('BLOOD_PRESSURE')} weight: ${TREND('WEIGHT')} } } }`,
    'read_patients',
  ],
  [
    'a trend of a bad period',
    `{ patients(first: 2) { nodes { id ${TREND('WEIGHT').replace('2025-12', '2026-06')} } } }`,
    'read_patients',
  ],
  [
    'objects without members',
    '{ patients(first: 50) { nodes { readings(first: 9) { nodes { ... on WeightReading { id } } } } } }',
    'read_patients',
  ],
  [
    'values of readings',
    `{ patients(first: 50) { nodes { readings(first: 9) { nodes { ... on BloodPressureReading { systolic diastolic heartRate }
    ... on BloodGlucoseReading { glucose mmol: glucose(unit: MILLIMOLE_PER_LITER) comparator mealTiming } ... on WeightReading { weight kilograms: weight(unit: KILOGRAM) }
    ... on TemperatureReading { temperature celsius: temperature(unit: CELSIUS) } ... on BloodOxygenReading { bloodOxygen } ... on PeakFlowReading { peakExpiratoryFlow } } } } } }`,
    'read_patients',
  ],
])('%s', async (name, query, statement) => {
  for (const caller of CALLERS) {
    const { expected, found, compiled } = await reads.both({ query }, caller);
    expect({ caller, ...found }).toEqual({ caller, ...expected });
    if (caller === 'northside') expect(compiled).toContain(statement);
    if (caller === 'northside' && name === 'trends') expect(found.text).toContain('startsAt');
  }
});

it('every value of a list of enums, members of JSON that are absent or null, and values that a type does not allow', async () => {
  const { ReadingKind } = buildGatewaySchema().getTypeMap() as unknown as Record<string, GraphQLEnumType>;
  const kinds = ReadingKind!.getValues().map(({ name }) => name);
  const parcels = [
    { carrier: null, trackingNumber: 'quote " \u007f', direction: 'RETURN' },
    { trackingNumber: '2', direction: 'OUTBOUND' },
  ];
  const query = `{ items(first: 50) { nodes { readingKinds } } patient(id: 55) { address ${ADDRESS} }
    orders(first: 50) { nodes { parcels { carrier trackingNumber direction } } } }`;
  const isSame = async (statements: readonly [string, unknown[]][], isCompiled: boolean) => {
    for (const [statement, values] of statements) await reads.app.admin.query(statement, values);
    const { expected, found, compiled } = await reads.both({ query });
    expect(found).toEqual(expected);
    expect(compiled.length).toBe(isCompiled ? 3 : 0);
    return found.text;
  };
  const allowed = await isSame(
    [
      ['update item set reading_kinds = $1 where id = 1', [kinds]],
      ['update item set reading_kinds = $1 where id = 2', [[]]],
      [`update patient set address = '{"city": "\\"\\n", "state": null}' where id = 55`, []],
      [`update device_order set parcels = $1 where id = (${NEWEST_ORDER})`, [JSON.stringify(parcels)]],
    ],
    true,
  );
  expect(allowed).toContain(kinds.join('","'));
  await isSame([[`update patient set address = null where id = 55`, []]], true);
  const refused = (text: string) => expect(text).toContain('Internal server error');
  refused(await isSame([[`update item set reading_kinds = '{NONE}' where id = 1`, []]], true));
  await isSame([['update item set reading_kinds = $1 where id = 1', [kinds]]], true);
  refused(await isSame([[`update device_order set parcels = '[{}]' where id = (${NEWEST_ORDER})`, []]], true));
  await reads.app.admin.query(`update device_order set parcels = '[]' where id = (${NEWEST_ORDER})`);
});

it('times of all lengths, and their cursors', async () => {
  const times = [
    '0001-01-01T00:00:00.000Z',
    '0999-12-31T23:59:59.999Z',
    '1582-10-15T00:00:00.001Z',
    '1999-12-31T23:59:59.990Z',
    '2026-03-01T00:00:00.100Z',
    '9999-12-31T23:59:59.999Z',
  ];
  const query = `{ devices(first: 6) { nodes { createdAt updatedAt } } byTime: devices(first: 6, sort: { field: UPDATED_AT, direction: ASC }) {
    edges { cursor node { id updatedAt } } } }`;
  await reads.app.admin.query(
    `update device p set created_at = t.at, updated_at = t.at from unnest($1::timestamptz[]) with ordinality t(at, n)
      where p.id = (select q.id from device q where q.customer_id = 1 order by q.id offset t.n - 1 limit 1)`,
    [times],
  );
  const { expected, found, compiled } = await reads.both({ query });
  expect(found).toEqual(expected);
  expect(compiled).toEqual(['read_devices', 'read_devices']);
  for (const time of times) expect(found.text).toContain(`"createdAt":"${time}"`);
});
