import { IMPILO, Listener, NORTHSIDE_KEY } from './listener.harness';

let listener: Listener;
beforeAll(async () => {
  listener = await Listener.start();
});
afterAll(() => listener.webhooks.stop());

/** Payload of an event of the previous release. */
const FORMER_CHANGE = {
  customerId: '1',
  id: '1',
  eventId: '1',
  deviceId: '1',
  deviceVersion: 2,
  previousStatus: 'AVAILABLE_AT_SITE',
  status: 'LOST',
  reason: 'STATUS_OVERRIDE',
  note: null,
  patientId: null,
  previousPatientId: null,
  siteId: '1',
  previousSiteId: '1',
  changedAt: '2026-11-20T10:00:00.001Z',
  changedByKind: 'OPERATOR',
  changedByLabel: 'A person of the staff',
};

it('events of the previous release are delivered with the current names', async () => {
  const step = { status: 'shipped', at: '2026-11-20T10:00:00.002Z', note: null };
  const former = { orderId: '7', event: { ...step, by: { kind: 'operator', label: 'Impilo' } } };
  const messages = await listener.messagesOf(() =>
    listener.webhooks.sql(
      `insert into event (customer_id, type, payload) values (1, 'device.statusChanged', $1), (1, 'order.status', $2)`,
      [JSON.stringify(FORMER_CHANGE), JSON.stringify(former)],
    ),
  );
  const { status, note, at: occurredAt } = step;
  expect(messages.map(({ type, payload }) => ({ type, payload }))).toEqual([
    {
      type: 'device.statusChanged',
      payload: {
        id: '1',
        deviceId: '1',
        deviceVersion: 2,
        previousStatus: 'availableAtSite',
        status: 'lost',
        reason: 'statusOverride',
        note: null,
        patientId: null,
        previousPatientId: null,
        siteId: '1',
        previousSiteId: '1',
        orderId: null,
        occurredAt: FORMER_CHANGE.changedAt,
        actor: IMPILO,
      },
    },
    { type: 'order.status', payload: { orderId: '7', event: { status, note, occurredAt, actor: IMPILO } } },
  ]);
});

describe('device', () => {
  it('associationCreated, associationRemoved and statusChanged have the values of their rows', async () => {
    const { fixture } = listener.webhooks;
    const { ann } = fixture.patients;
    const { clinic, office } = fixture.sites;
    const { id } = await fixture.freeDevice();
    const messages = await listener.messagesOf(async () => {
      await fixture.call('associateDevice', { deviceId: id, patientId: ann, note: 'first "visit" – ü' });
      await fixture.call('disassociateDevice', { deviceId: id, siteId: office }, 'operator');
    });

    const [, taken, back] = await fixture.changes(id);
    const [association] = await listener.webhooks.sql<{ id: string }>(
      'select id from device_association where device_id = $1',
      [id],
    );
    const [takenAt, backAt] = [taken, back].map((change) => (change!.changed_at as Date).toISOString());
    const [created, removed] = [
      await listener.eventIds('device.associationCreated'),
      await listener.eventIds('device.associationRemoved'),
    ];
    const common = { id: association!.id, deviceId: id, patientId: ann, startedAt: takenAt, startedBy: NORTHSIDE_KEY };
    expect(messages).toEqual([
      {
        id: `evt_${String(taken!.event_id)}`,
        type: 'device.statusChanged',
        payload: {
          id: taken!.id,
          deviceId: id,
          deviceVersion: 2,
          previousStatus: 'availableAtSite',
          status: 'withPatient',
          reason: 'associated',
          note: 'first "visit" – ü',
          patientId: ann,
          previousPatientId: null,
          siteId: clinic,
          previousSiteId: clinic,
          orderId: null,
          occurredAt: takenAt,
          actor: NORTHSIDE_KEY,
        },
      },
      {
        id: `evt_${created.at(-1)}`,
        type: 'device.associationCreated',
        payload: { ...common, endedAt: null, endedBy: null },
      },
      {
        id: `evt_${String(back!.event_id)}`,
        type: 'device.statusChanged',
        payload: {
          id: back!.id,
          deviceId: id,
          deviceVersion: 3,
          previousStatus: 'withPatient',
          status: 'availableAtSite',
          reason: 'disassociated',
          note: null,
          patientId: null,
          previousPatientId: ann,
          siteId: office,
          previousSiteId: clinic,
          orderId: null,
          occurredAt: backAt,
          actor: IMPILO,
        },
      },
      {
        id: `evt_${removed.at(-1)}`,
        type: 'device.associationRemoved',
        payload: { ...common, endedAt: backAt, endedBy: IMPILO },
      },
    ]);
  });

  it('statusChanged is delivered for a registration too', async () => {
    const { sites, itemId } = listener.webhooks.fixture;
    const input = {
      customerId: '1',
      itemId,
      siteId: sites.clinic,
      identifiers: [{ type: 'SERIAL', value: 'NEW-1' }],
    };
    const [message] = await listener.messagesOf(() =>
      listener.webhooks.fixture.call('registerDevice', input, 'operator'),
    );
    expect(message).toMatchObject({
      type: 'device.statusChanged',
      payload: {
        previousStatus: null,
        status: 'availableAtSite',
        reason: 'registered',
        deviceVersion: 1,
        actor: IMPILO,
      },
    });
  });
});

describe('reading', () => {
  const TAKEN_AT = '2026-01-02T15:04:05.000Z';
  const RECORD = `mutation ($readings: [ReadingInput!]!) { recordReadings(input: { readings: $readings }) {
    recorded results { reading { databaseId receivedAt } } } }`;
  /** Recorded and delivered values of each kind. Delivered numbers are always in the same units. */
  const VALUES: Record<string, [sent: object, delivered: object]> = {
    bloodPressure: [
      { systolic: 120, diastolic: 80, heartRate: null },
      { systolic: 120, diastolic: 80, heartRate: null },
    ],
    bloodGlucose: [
      {
        glucose: { value: 33.3, unit: 'MILLIMOLE_PER_LITER', comparator: 'GREATER_THAN' },
        mealTiming: 'BEFORE_MEAL',
      },
      {
        glucose: 599.9,
        glucoseUnit: 'milligramPerDeciliter',
        comparator: 'greaterThan',
        mealTiming: 'beforeMeal',
      },
    ],
    bloodOxygen: [
      { bloodOxygen: 97, heartRate: 64 },
      { bloodOxygen: 97, heartRate: 64 },
    ],
    weight: [
      { value: 165.412, unit: 'POUND' },
      { weight: 165.412, weightUnit: 'pound' },
    ],
    heartRate: [{ value: 61 }, { heartRate: 61 }],
    temperature: [
      { value: 37.04, unit: 'CELSIUS' },
      { temperature: 98.67, temperatureUnit: 'fahrenheit' },
    ],
    peakFlow: [
      { peakExpiratoryFlow: 420.5, forcedExpiratoryVolumeInOneSecond: 3.1 },
      { peakExpiratoryFlow: 420.5, forcedExpiratoryVolumeInOneSecond: 3.1 },
    ],
    respiratoryRate: [{ value: 16 }, { respiratoryRate: 16 }],
    bodyComposition: [
      { bodyFat: 24.5, muscleMass: null },
      { bodyFat: 24.5, muscleMass: null, muscleMassUnit: null },
    ],
  };

  async function record(readings: object[]) {
    const data = await listener.webhooks.app.data<{
      recordReadings: { results: { reading: { databaseId: string; receivedAt: string } }[] };
    }>('northside', RECORD, { readings });
    return data.recordReadings.results.map(({ reading }) => reading);
  }

  it.each(['at once', 'one by one'])('of each kind, recorded %s, has its values', async (how) => {
    const { id: deviceId } = await listener.webhooks.fixture.freeDevice();
    const readings = Object.entries(VALUES).map(([kind, [sent]]) => ({ deviceId, takenAt: TAKEN_AT, [kind]: sent }));
    let recorded: Awaited<ReturnType<typeof record>> = [];
    const messages = await listener.messagesOf(async () => {
      if (how === 'at once') recorded = await record(readings);
      else for (const reading of readings) recorded.push(...(await record([reading])));
    });
    const events = await listener.eventIds('reading.recorded');
    expect(messages).toEqual(
      Object.entries(VALUES).map(([kind, [, delivered]], index) => ({
        id: how === 'at once' ? `evt_${events.at(-1)}_${index + 1}` : `evt_${events.at(index - readings.length)}`,
        type: `reading.${kind}`,
        payload: {
          id: recorded[index]!.databaseId,
          kind,
          takenAt: TAKEN_AT,
          receivedAt: recorded[index]!.receivedAt,
          clockAhead: false,
          sourceId: null,
          deviceId,
          patientId: null,
          attribution: 'unattributed',
          manual: false,
          deviceTimeZoneOffset: null,
          patientTimeZoneOffset: null,
          ...delivered,
        },
      })),
    );
  });

  it('has its patient and both offsets', async () => {
    const { ann } = listener.webhooks.fixture.patients;
    await listener.webhooks.app.data(
      'northside',
      `mutation ($id: ID!) { updatePatient(input: { patientId: $id, timeZoneOverride: "America/New_York" }) { userErrors { code } } }`,
      { id: ann },
    );
    const reading = {
      patientId: ann,
      takenAt: TAKEN_AT,
      manual: true,
      deviceTimeZoneOffset: -21_600,
      weight: { value: 180, unit: 'POUND' },
    };
    const messages = await listener.messagesOf(() => record([reading]));
    expect(messages).toMatchObject([
      {
        type: 'reading.weight',
        payload: {
          deviceId: null,
          patientId: ann,
          attribution: 'named',
          manual: true,
          deviceTimeZoneOffset: -21_600,
          patientTimeZoneOffset: -18_000,
        },
      },
    ]);
  });
});
