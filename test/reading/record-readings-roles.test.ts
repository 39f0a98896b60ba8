import type { Caller } from '../support/device-programme';
import type { GraphqlError } from '../support/test-app';
import { SAMPLES } from './reading-samples.harness';
import { hoursFromNow, ReadingProgramme, SCALARS, WHOLE, type ReadingInput } from './reading-programme.harness';

let programme: ReadingProgramme;
let device: { id: string; serial: string };
beforeAll(async () => {
  programme = await ReadingProgramme.start();
  device = await programme.heldDevice();
});
afterAll(() => programme.stop());

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
])('%s records, and sees all of what was recorded', async (role, customerId) => {
  const caller: Caller = await programme.devices.key(role, customerId);

  const { results } = await programme.record([reading()], { caller, fields: WHOLE });

  const patient = { databaseId: programme.devices.patients.ann };
  expect(results).toMatchObject([{ outcome: 'RECORDED', reading: { device: { databaseId: device.id }, patient } }]);
});

describe('INGEST', () => {
  it('records all kinds, and sees all but what is behind them', async () => {
    const takenAt = hoursFromNow(-2);
    const readings = SAMPLES.map(({ input }) => ({ deviceId: device.id, takenAt, ...input }));

    const { results } = await programme.record(readings, { caller: 'ingest', fields: SCALARS });

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
    const again = await programme.record(readings, { caller: 'ingest', fields: SCALARS });
    expect(again.results.map(({ reading }) => reading)).toEqual(results.map(({ reading }) => reading));
  });

  it('gets a null for device and patient, with an error for each, and the rest', async () => {
    const input = reading();

    const { data, errors } = await programme.send([input, input], { caller: 'ingest' });

    const message = 'The role INGEST does not allow the action data:read.';
    expect(inShort(errors)?.sort((one, other) => (one.path! < other.path! ? -1 : 1))).toEqual(
      ['0.reading.device', '0.reading.patient', '1.reading.device', '1.reading.patient'].map((path) => ({
        code: 'FORBIDDEN',
        message,
        path: `recordReadings.results.${path}`,
      })),
    );
    const answered = { kind: 'WEIGHT', takenAt: input.takenAt, weight: 180, device: null, patient: null };
    expect(data!.recordReadings).toMatchObject({
      results: [
        { outcome: 'RECORDED', reading: answered, userErrors: [] },
        { outcome: 'DUPLICATE', reading: answered, userErrors: [] },
      ],
      recorded: 1,
      duplicates: 1,
    });
    expect(await programme.sql('select weight from reading where taken_at = $1', [input.takenAt])).toEqual([
      { weight: 180 },
    ]);
  });

  it('cannot tell whether a reading has a device or a patient', async () => {
    const nobodys = await programme.device();
    const patientId = programme.devices.patients.bob;
    const { takenAt, weight } = reading();

    const { data, errors } = await programme.send(
      [
        { deviceId: nobodys.id, takenAt, weight },
        { patientId, manual: true, takenAt, weight },
      ],
      { caller: 'ingest', fields: 'device { databaseId } patient { databaseId }' },
    );

    expect(errors).toHaveLength(4);
    const nothing = { outcome: 'RECORDED', reading: { device: null, patient: null } };
    expect(data!.recordReadings!.results).toMatchObject([nothing, nothing]);
  });

  it("finds its own customer's devices only", async () => {
    const theirs = await programme.devices.device({ status: 'LOST', customerId: programme.devices.customers.lakeview });

    const { results } = await programme.expectNothingWritten(() =>
      programme.record([{ ...reading(), deviceId: theirs.id }], { caller: 'ingest', fields: SCALARS }),
    );

    expect(results[0]!.userErrors.map(({ code }) => code)).toEqual(['DEVICE_NOT_FOUND']);
  });

  it('does not see by its id what it has recorded', async () => {
    const { results } = await programme.record([reading()], { caller: 'ingest', fields: SCALARS });

    const { data, errors } = await programme.app.query('ingest', 'query ($id: ID!) { node(id: $id) { id } }', {
      id: results[0]!.reading!.id,
    });

    expect(data).toEqual({ node: null });
    expect(errors).toMatchObject([{ path: ['node'], extensions: { code: 'FORBIDDEN' } }]);
  });
});

describe('READ_ONLY', () => {
  it.each<[string, () => unknown[]]>([
    ['a good batch', () => [reading(), reading()]],
    ['a broken one', () => [{ ...reading(), weight: { value: 0, unit: 'POUND' } }]],
    ['an empty one', () => []],
    ['one with a malformed id', () => [{ ...reading(), deviceId: 'not an id' }]],
  ])('may not record: %s', async (_name, readings) => {
    const { data, errors } = await programme.expectNothingWritten(() =>
      programme.send(readings(), { caller: 'readOnly' }),
    );

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

it('nobody records without a key', async () => {
  const response = await programme.expectNothingWritten(() =>
    programme.send([reading()], { caller: { key: 'no key' } }),
  );
  expect(response.errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
});
