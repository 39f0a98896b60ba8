import { DeviceFixture, type Caller } from '../support/device-fixture';
import { eventually } from '../support/eventually';
import { globalId } from '../support/global-id';
import {
  at,
  cursorNow,
  follow,
  heldDevice,
  recordNew,
  refusalOf,
  receivedEvents,
  type ReadingSubscriber,
} from '../support/live-readings';
import type { TestApp } from '../support/test-app';

let fixture: DeviceFixture;
let app: TestApp;
let ids: Record<'cuff' | 'scale' | 'free' | 'stock' | 'lakeview' | 'ann' | 'bob' | 'carl', string>;
let sites: DeviceFixture['sites'];

beforeAll(async () => {
  fixture = await DeviceFixture.start({ instances: 2 });
  ({ app, sites } = fixture);
  const { ann, bob, lakeview: carl } = fixture.patients;
  await fixture.sql('update patient set site_id = $2 where id = $1', [ann, sites.office]);
  ids = {
    cuff: await heldDevice(fixture, ann),
    scale: await heldDevice(fixture, bob),
    free: (await fixture.freeDevice()).id,
    stock: (await fixture.device({ status: 'AVAILABLE', siteId: sites.warehouse })).id,
    lakeview: (
      await fixture.device({ status: 'WITH_PATIENT', customerId: '2', siteId: sites.lakeview, holderId: carl })
    ).id,
    ann,
    bob,
    carl,
  };
  await fixture.sql(`update device_association set started_at = '2020-01-01'`);
});
afterAll(() => fixture.stop());

/** Each reading of these tests has a letter, which determines the second in which it was taken. */
const timeOf = (letter: string): string => at(letter.charCodeAt(0));
const lettersReceivedBy = (subscriber: ReadingSubscriber): string =>
  receivedEvents(subscriber)
    .map(({ reading }) => String.fromCharCode((Date.parse(reading.takenAt) - Date.parse(at(0))) / 1000))
    .join('');

const WEIGHT = { weight: { value: 180, unit: 'POUND' } };
const HEART_RATE = { heartRate: { value: 60 } };

/** At first, cuff and scale are at the clinic, and the office cares for Ann. Then the cuff moves, and the clinic cares for Bob. */
async function recordAll(): Promise<void> {
  const { cuff, scale, free, stock, lakeview, ann, bob } = ids;
  const one = (letter: string, reading: object, caller: Caller = 'northside') =>
    recordNew(app, [{ takenAt: timeOf(letter), ...reading }], { caller });
  await one('a', { deviceId: cuff, ...WEIGHT });
  await one('b', { deviceId: cuff, ...HEART_RATE });
  await one('c', { deviceId: scale, ...WEIGHT });
  await one('d', { deviceId: free, ...WEIGHT });
  await one('e', { patientId: ann, manual: true, ...WEIGHT });
  await one('f', { patientId: bob, manual: true, ...HEART_RATE });
  await one('g', { deviceId: stock, ...WEIGHT });
  await one('h', { deviceId: lakeview, ...WEIGHT }, 'lakeview');
  await fixture.call('disassociateDevice', { deviceId: cuff, siteId: sites.office });
  await one('i', { deviceId: cuff, ...WEIGHT });
  await app.data(
    'northside',
    `mutation { updatePatient(input: { patientId: "${bob}", siteId: "${sites.clinic}" }) { patient { id } } }`,
  );
  await one('j', { patientId: bob, manual: true, ...HEART_RATE });
  // An operator records readings of both customers in one call.
  const both = [
    { deviceId: free, takenAt: timeOf('k'), ...HEART_RATE },
    { deviceId: lakeview, takenAt: timeOf('l'), ...HEART_RATE },
  ];
  await recordNew(app, both, { caller: 'operator' });
}

/** The last reading: when it has arrived, so have all earlier ones. */
const END = 'z';

it('each subscriber receives exactly the matching readings, in order, live and from the table', async () => {
  const { cuff, scale, free, stock, lakeview, ann, bob, carl } = ids;
  const cases: [Caller, Record<string, unknown> | null | undefined, string][] = [
    ['northside', undefined, 'abcdefgijk'],
    ['northside', null, 'abcdefgijk'],
    ['northside', {}, 'abcdefgijk'],
    ['northside', { deviceIds: null, kinds: null, siteIds: null, patientIds: null, customerIds: null }, 'abcdefgijk'],
    ['readOnly', {}, 'abcdefgijk'],
    ['northside', { deviceIds: [cuff] }, 'abi'],
    ['northside', { deviceIds: [globalId('Device', cuff)] }, 'abi'],
    ['northside', { deviceIds: [cuff, stock] }, 'abgi'],
    ['northside', { deviceIds: [] }, ''],
    ['northside', { deviceIds: ['999999999'] }, ''],
    ['northside', { deviceIds: [globalId('Patient', cuff)] }, ''],
    // A reading belongs to the holder at the time it was taken, before the disassociation.
    ['northside', { patientIds: [ann] }, 'abei'],
    ['northside', { patientIds: [bob] }, 'cfj'],
    ['northside', { patientIds: [ann, bob] }, 'abcefij'],
    ['northside', { patientIds: [] }, ''],
    // Site of the device, or of the patient, when the reading is recorded.
    ['northside', { siteIds: [sites.clinic] }, 'abcdjk'],
    ['northside', { siteIds: [sites.office] }, 'abei'],
    ['northside', { siteIds: [sites.warehouse] }, 'g'],
    ['northside', { siteIds: [sites.clinic, sites.office] }, 'abcdeijk'],
    ['northside', { siteIds: [] }, ''],
    ['northside', { kinds: ['WEIGHT'] }, 'acdegi'],
    ['northside', { kinds: ['HEART_RATE', 'PEAK_FLOW'] }, 'bfjk'],
    ['northside', { kinds: ['TEMPERATURE'] }, ''],
    ['northside', { kinds: [] }, ''],
    // All conditions must hold.
    ['northside', { siteIds: [sites.clinic], kinds: ['WEIGHT'] }, 'acd'],
    ['northside', { deviceIds: [cuff], patientIds: [ann], siteIds: [sites.office], kinds: ['HEART_RATE'] }, 'b'],
    ['northside', { deviceIds: [scale], patientIds: [ann] }, ''],
    ['northside', { deviceIds: [cuff], kinds: [] }, ''],
    // Rows of another customer match nothing.
    ['northside', { deviceIds: [lakeview] }, ''],
    ['northside', { patientIds: [carl] }, ''],
    ['northside', { siteIds: [sites.lakeview] }, ''],
    ['northside', { customerIds: ['2'] }, ''],
    ['northside', { customerIds: ['1'] }, 'abcdefgijk'],
    ['lakeview', {}, 'hl'],
    ['lakeview', { deviceIds: [cuff, free] }, ''],
    ['lakeview', { patientIds: [ann, bob] }, ''],
    ['lakeview', { siteIds: [sites.clinic, sites.office, sites.warehouse] }, ''],
    ['operator', {}, 'abcdefghijkl'],
    ['operator', { customerIds: ['1'] }, 'abcdefgijk'],
    ['operator', { customerIds: ['2'] }, 'hl'],
    ['operator', { customerIds: [globalId('Customer', '1'), '2'] }, 'abcdefghijkl'],
    ['operator', { customerIds: [] }, ''],
    ['operator', { customerIds: ['2'], kinds: ['WEIGHT'] }, 'h'],
    ['operator', { patientIds: [carl] }, 'hl'],
  ];
  const cursors = new Map<Caller, string>();
  for (const caller of ['northside', 'readOnly', 'lakeview', 'operator'] as const)
    cursors.set(caller, await cursorNow(app, caller));
  const followAll = () =>
    cases.map(([caller, filter]) => follow(app, { filter, after: cursors.get(caller) }, { caller, instance: 1 }));
  const live = followAll();
  await eventually(() => app.subscribers === cases.length);

  await recordAll();
  const late = followAll();
  await recordNew(app, [{ deviceId: ids.lakeview, takenAt: timeOf(END), ...WEIGHT }], { caller: 'lakeview' });
  await recordNew(app, [{ deviceId: free, takenAt: timeOf(END), ...WEIGHT }]);
  // Events are offered to all subscribers at once: when the last one has reached the subscribers without a filter, all were offered.
  const everything = cases.flatMap(([, filter], index) => (filter && Object.keys(filter).length > 0 ? [] : [index]));
  for (const subscribers of [live, late]) {
    await Promise.all(
      everything.map((index) => subscribers[index]!.until((subscriber) => lettersReceivedBy(subscriber).includes(END))),
    );
    await Promise.all(subscribers.map((subscriber, index) => subscriber.count(cases[index]![2].length)));
    const received = cases.map(([caller, filter], index) => [
      caller,
      filter,
      lettersReceivedBy(subscribers[index]!).replaceAll(END, ''),
    ]);
    expect(received).toEqual(cases);
  }
  await Promise.all([...live, ...late].map((subscriber) => subscriber.stop()));
  await eventually(() => app.subscribers === 0);
});

it.each([
  ['a malformed id of a device', 'northside', { deviceIds: ['not an id'] }, 'BAD_USER_INPUT'],
  ['a malformed id of a patient', 'northside', { patientIds: ['1', '-1'] }, 'BAD_USER_INPUT'],
  ['a NUL character', 'northside', { siteIds: ['1\u0000'] }, 'BAD_USER_INPUT'],
  ['an empty id', 'operator', { customerIds: [''] }, 'BAD_USER_INPUT'],
  ['an id that is null', 'northside', { deviceIds: [null] }, 'BAD_USER_INPUT'],
  ['an unknown kind', 'northside', { kinds: ['MOOD'] }, 'BAD_USER_INPUT'],
  ['a role that only records readings', 'ingest', {}, 'FORBIDDEN'],
] as const)('%s is refused, and leaves no subscription open', async (_what, caller, filter, code) => {
  expect(await refusalOf(follow(app, { filter }, { caller, instance: 1 }))).toBe(code);
  expect(app.subscribers).toBe(0);
});
