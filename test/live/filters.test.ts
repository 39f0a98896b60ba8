import { eventually } from '../support/eventually';
import { globalId } from '../support/global-id';
import {
  changesOf,
  createPatient,
  registerDevice,
  setStatus,
  settle,
  SITES,
  subscribe,
  type ChangeSubscriber,
} from '../support/live-fixture';
import { TestApp, type CallerName } from '../support/test-app';

let app: TestApp;
let devices: { cuff: string; scale: string; lakeview: string };
let patients: { ann: string; bob: string };

beforeAll(async () => {
  app = await TestApp.start({ instances: 2 });
  devices = {
    cuff: await registerDevice(app),
    scale: await registerDevice(app, '1', SITES.otherNorthside),
    lakeview: await registerDevice(app, '2', SITES.lakeview),
  };
  patients = { ann: await createPatient(app), bob: await createPatient(app) };
});
afterAll(() => app.stop());

async function operate(operation: string, input: Record<string, unknown>): Promise<void> {
  const type = operation.charAt(0).toUpperCase() + operation.slice(1);
  const data = await app.data(
    'northside',
    `mutation ($input: ${type}Input!) { ${operation}(input: $input) { userErrors { code } } }`,
    { input },
  );
  expect(data[operation]).toEqual({ userErrors: [] });
}

/** Each change has a letter as its note. The cuff starts at the first site, the scale at the other. */
async function makeChanges(): Promise<void> {
  const { cuff, scale, lakeview } = devices;
  await operate('associateDevice', { deviceId: cuff, patientId: patients.ann, note: 'a' });
  await setStatus(app, cuff, 'LOST', { note: 'b' });
  await setStatus(app, cuff, 'WITH_PATIENT', { note: 'c' });
  await operate('disassociateDevice', { deviceId: cuff, siteId: SITES.otherNorthside, note: 'd' });
  await operate('associateDevice', { deviceId: scale, patientId: patients.bob, note: 'e' });
  await operate('associateDeviceWithSite', { deviceId: cuff, siteId: SITES.northside, note: 'f' });
  await setStatus(app, lakeview, 'LOST', { note: 'g', caller: 'lakeview' });
}

it('each subscriber on another instance receives exactly the changes whose state before or after matches, in order', async () => {
  const { cuff, scale, lakeview } = devices;
  const { ann, bob } = patients;
  const cases: [CallerName, Record<string, unknown> | null | undefined, string][] = [
    ['northside', undefined, 'abcdef'],
    ['northside', null, 'abcdef'],
    ['northside', {}, 'abcdef'],
    ['northside', { deviceIds: null, statuses: null }, 'abcdef'],
    ['readOnly', {}, 'abcdef'],
    ['northside', { deviceIds: [cuff] }, 'abcdf'],
    ['northside', { deviceIds: [globalId('Device', cuff)] }, 'abcdf'],
    ['northside', { deviceIds: [cuff, scale] }, 'abcdef'],
    ['northside', { deviceIds: [] }, ''],
    ['northside', { deviceIds: ['999999999'] }, ''],
    ['northside', { deviceIds: [globalId('Patient', cuff)] }, ''],
    ['northside', { siteIds: [SITES.northside] }, 'abcdf'],
    ['northside', { siteIds: [SITES.otherNorthside] }, 'def'],
    ['northside', { siteIds: [SITES.northside, SITES.otherNorthside] }, 'abcdef'],
    ['northside', { siteIds: [] }, ''],
    ['northside', { patientIds: [ann] }, 'abcd'],
    ['northside', { patientIds: [bob] }, 'e'],
    ['northside', { patientIds: [ann, bob] }, 'abcde'],
    ['northside', { statuses: ['LOST'] }, 'bc'],
    ['northside', { statuses: ['AVAILABLE_AT_SITE'] }, 'adef'],
    ['northside', { statuses: ['WITH_PATIENT', 'RETURNING'] }, 'abcde'],
    ['northside', { statuses: [] }, ''],
    // One state must meet all conditions: before d, the cuff is WITH_PATIENT at the first site; after d, it is free at the other.
    ['northside', { statuses: ['WITH_PATIENT'], siteIds: [SITES.otherNorthside] }, 'e'],
    ['northside', { deviceIds: [scale], patientIds: [ann] }, ''],
    // Rows of another customer match nothing.
    ['northside', { deviceIds: [lakeview] }, ''],
    ['northside', { customerIds: ['2'] }, ''],
    ['northside', { customerIds: ['1'] }, 'abcdef'],
    ['lakeview', {}, 'g'],
    ['lakeview', { siteIds: [SITES.northside] }, ''],
    ['operator', {}, 'abcdefg'],
    ['operator', { customerIds: ['1'] }, 'abcdef'],
    ['operator', { customerIds: ['2'] }, 'g'],
    ['operator', { customerIds: ['1', '2'] }, 'abcdefg'],
    ['operator', { customerIds: [] }, ''],
    ['operator', { statuses: ['LOST'] }, 'bcg'],
  ];
  const subscribers = cases.map(([caller, filter]) => subscribe(app, 1, caller, { filter }));
  await eventually(() => app.subscribers === cases.length);

  await makeChanges();
  // When the last changes have reached the subscribers without a filter, all earlier changes were offered to all subscribers.
  await setStatus(app, devices.lakeview, 'AVAILABLE_AT_SITE', { note: 'end', caller: 'lakeview' });
  await setStatus(app, devices.cuff, 'DECOMMISSIONED', { note: 'end' });
  const all = [
    0,
    cases.findIndex(([caller]) => caller === 'lakeview'),
    cases.findIndex(([caller]) => caller === 'operator'),
  ];
  await Promise.all(
    all.map((index) =>
      subscribers[index]!.until((subscriber) => changesOf(subscriber).some(({ note }) => note === 'end')),
    ),
  );

  // A subscription without `after` may start with changes that were committed right before it: the registrations, without a note.
  const notesOf = (subscriber: ChangeSubscriber) => changesOf(subscriber).flatMap(({ note }) => note ?? []);
  // Each event is executed separately, so matching changes may still be in flight.
  await Promise.all(
    subscribers.map((subscriber, index) =>
      subscriber.until(() => notesOf(subscriber).length >= cases[index]![2].length),
    ),
  );
  const seen = subscribers.map(notesOf);
  const received = cases.map(([caller, filter], index) => [
    caller,
    filter,
    seen[index]!.filter((note) => note !== 'end').join(''),
  ]);
  expect(received).toEqual(cases);
  await Promise.all(subscribers.map((subscriber) => subscriber.stop()));
  await eventually(() => app.subscribers === 0);
});

it.each([
  ['a malformed id', 'northside', { deviceIds: ['not an id'] }, 'BAD_USER_INPUT'],
  ['a NUL character', 'northside', { siteIds: ['1\u0000'] }, 'BAD_USER_INPUT'],
  ['an unknown status', 'northside', { statuses: ['BROKEN'] }, 'BAD_USER_INPUT'],
  ['a role that only writes readings', 'ingest', {}, 'FORBIDDEN'],
] as const)('%s is refused, and leaves no subscription open', async (_what, caller, filter, code) => {
  const subscriber = subscribe(app, 1, caller, { filter });
  await subscriber.until(({ completed }) => completed);
  expect(subscriber.received).toEqual([
    { errors: [expect.objectContaining({ extensions: expect.objectContaining({ code }) as object })] },
  ]);
  expect(app.subscribers).toBe(0);
  await subscriber.stop();
});

it('each event reads the device in its current state, with one statement', async () => {
  const deviceId = await registerDevice(app);
  await settle(app);
  const { streamCursor: after } = await app.data('northside', '{ streamCursor }');
  const subscriber = subscribe(app, 1, 'northside', { after });
  await eventually(() => app.subscribers === 1);
  const statements = await app.statementsOf(async () => {
    for (const [index, status] of ['LOST', 'AVAILABLE_AT_SITE', 'DECOMMISSIONED'].entries()) {
      await setStatus(app, deviceId, status);
      await subscriber.count(index + 1);
    }
  });
  expect(changesOf(subscriber).map(({ status, deviceVersion, device }) => [status, deviceVersion, device])).toEqual([
    ['LOST', 2, { databaseId: deviceId, version: 2 }],
    ['AVAILABLE_AT_SITE', 3, { databaseId: deviceId, version: 3 }],
    ['DECOMMISSIONED', 4, { databaseId: deviceId, version: 4 }],
  ]);
  expect(statements.filter(({ text }) => text.startsWith('/* device_by_id */'))).toHaveLength(3);
  await subscriber.stop();
});
