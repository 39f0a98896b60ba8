import type { Caller } from '../support/device-fixture';
import type { GraphqlError } from '../support/test-app';
import { SAMPLES } from './reading-samples.harness';
import { hoursFromNow, ReadingFixture, SCALARS, WHOLE, type ReadingInput } from './reading-fixture.harness';

let fixture: ReadingFixture;
let device: { id: string; serial: string };
beforeAll(async () => {
  fixture = await ReadingFixture.start();
  device = await fixture.heldDevice();
});
afterAll(() => fixture.stop());

let instants = 0;
const reading = (): ReadingInput => ({
  deviceId: device.id,
  takenAt: hoursFromNow(-1, -(instants += 1)),
  weight: { value: 180, unit: 'POUND' },
});

const inShort = (errors: GraphqlError[] | undefined) =>
  errors?.map(({ message, path, extensions }) => ({ code: extensions.code, message, path: path?.join('.') }));

it.each<['ADMIN' | 'MEMBER' | 'OPERATOR', string | null]>([
  ['ADMIN', '1'],
  ['MEMBER', '1'],
  ['OPERATOR', null],
])('%s records readings and can read all their fields', async (role, customerId) => {
  const caller: Caller = await fixture.devices.key(role, customerId);

  const { results } = await fixture.record([reading()], { caller, fields: WHOLE });

  const patient = { databaseId: fixture.devices.patients.ann };
  expect(results).toMatchObject([{ outcome: 'RECORDED', reading: { device: { databaseId: device.id }, patient } }]);
});

describe('INGEST', () => {
  it('records all kinds and can read all fields except links', async () => {
    const takenAt = hoursFromNow(-2);
    const readings = SAMPLES.map(({ input }) => ({ deviceId: device.id, takenAt, ...input }));

    const { results } = await fixture.record(readings, { caller: 'ingest', fields: SCALARS });

    expect(results).toMatchObject(
      SAMPLES.map(({ typeName, kind, members, measurements }) => ({
        outcome: 'RECORDED',
        reading: {
          __typename: typeName,
          kind,
          takenAt,
          attribution: 'ASSOCIATION',
          manual: false,
          ...members,
          measurements,
        },
        userErrors: [],
      })),
    );
    const again = await fixture.record(readings, { caller: 'ingest', fields: SCALARS });
    expect(again.results.map(({ reading }) => reading)).toEqual(results.map(({ reading }) => reading));
  });

  it('gets null and an error for device and patient, and all other fields', async () => {
    const input = reading();

    const { data, errors } = await fixture.send([input, input], { caller: 'ingest' });

    const message = 'The role INGEST does not allow the action data:read.';
    expect(inShort(errors)?.sort((one, other) => (one.path! < other.path! ? -1 : 1))).toEqual(
      ['0.reading.device', '0.reading.patient', '1.reading.device', '1.reading.patient'].map((path) => ({
        code: 'FORBIDDEN',
        message,
        path: `recordReadings.results.${path}`,
      })),
    );
    const returned = { kind: 'WEIGHT', takenAt: input.takenAt, weight: 180, device: null, patient: null };
    expect(data!.recordReadings).toMatchObject({
      results: [
        { outcome: 'RECORDED', reading: returned, userErrors: [] },
        { outcome: 'DUPLICATE', reading: returned, userErrors: [] },
      ],
      recorded: 1,
      duplicates: 1,
    });
    expect(await fixture.sql('select weight from reading where taken_at = $1', [input.takenAt])).toEqual([
      { weight: 180 },
    ]);
  });

  it('cannot find out whether a reading has a device or a patient', async () => {
    const unheld = await fixture.device();
    const patientId = fixture.devices.patients.bob;
    const { takenAt, weight } = reading();

    const { data, errors } = await fixture.send(
      [
        { deviceId: unheld.id, takenAt, weight },
        { patientId, manual: true, takenAt, weight },
      ],
      { caller: 'ingest', fields: 'device { databaseId } patient { databaseId }' },
    );

    expect(errors).toHaveLength(4);
    const nothing = { outcome: 'RECORDED', reading: { device: null, patient: null } };
    expect(data!.recordReadings!.results).toMatchObject([nothing, nothing]);
  });

  it('finds only devices of its own customer', async () => {
    const theirs = await fixture.devices.device({ status: 'LOST', customerId: fixture.devices.customers.lakeview });

    const { results } = await fixture.expectNothingWritten(() =>
      fixture.record([{ ...reading(), deviceId: theirs.id }], { caller: 'ingest', fields: SCALARS }),
    );

    expect(results[0]!.userErrors.map(({ code }) => code)).toEqual(['DEVICE_NOT_FOUND']);
  });

  it('cannot read by id what it has recorded', async () => {
    const { results } = await fixture.record([reading()], { caller: 'ingest', fields: SCALARS });

    const { data, errors } = await fixture.app.query('ingest', 'query ($id: ID!) { node(id: $id) { id } }', {
      id: results[0]!.reading!.id,
    });

    expect(data).toEqual({ node: null });
    expect(errors).toMatchObject([{ path: ['node'], extensions: { code: 'FORBIDDEN' } }]);
  });
});

describe('READ_ONLY', () => {
  it.each<[string, () => unknown[]]>([
    ['a valid batch', () => [reading(), reading()]],
    ['a broken one', () => [{ ...reading(), weight: { value: 0, unit: 'POUND' } }]],
    ['an empty one', () => []],
    ['one with a malformed id', () => [{ ...reading(), deviceId: 'not an id' }]],
  ])('cannot record: %s', async (_name, readings) => {
    const { data, errors } = await fixture.expectNothingWritten(() => fixture.send(readings(), { caller: 'readOnly' }));

    expect(data).toEqual({ recordReadings: null });
    expect(inShort(errors)).toEqual([
      {
        code: 'FORBIDDEN',
        message: 'The role READ_ONLY does not allow the action reading:record.',
        path: 'recordReadings',
      },
    ]);
  });
});

it('callers without a key cannot record', async () => {
  const response = await fixture.expectNothingWritten(() => fixture.send([reading()], { caller: { key: 'no key' } }));
  expect(response.errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
});
