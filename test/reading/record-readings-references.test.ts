import { globalId } from '../support/global-id';
import { hoursFromNow, outcomesOf, ReadingFixture, BRIEF, type ReadingInput } from './reading-fixture.harness';

let fixture: ReadingFixture;
beforeAll(async () => {
  fixture = await ReadingFixture.start();
});
afterAll(() => fixture.stop());

const weight = { weight: { value: 180, unit: 'POUND' } };
const at = (index: number) => hoursFromNow(-1, -index);

const expectRefused = (members: Record<string, unknown>, ...refusal: [code: string, message: string, member: string]) =>
  fixture.expectRefused({ takenAt: hoursFromNow(-1), ...weight, ...members }, ...refusal);

const noDevice = (member: string) => ['DEVICE_NOT_FOUND', `There is no such device. Check ${member}.`, member] as const;

describe('a device', () => {
  it('is found by its id, its global id and its identifier in any spelling, or by two of them', async () => {
    const { id, serial } = await fixture.heldDevice();
    const imei = `35-209900-${id.padStart(6, '0')}-1`;
    await fixture.sql(
      `insert into device_identifier (customer_id, device_id, type, value, normalized) values (1, $1, 'IMEI', $2, $3)`,
      [id, imei, imei.replaceAll('-', '')],
    );
    const address = `00:1B:44:11:3A:${id.padStart(2, '0').slice(-2)}`;
    await fixture.sql(
      `insert into device_identifier (customer_id, device_id, type, value, normalized) values (1, $1, 'MAC_ADDRESS', $2, $3)`,
      [id, address, address.replaceAll(':', '')],
    );
    const references = [
      { deviceId: id },
      { deviceId: `000${id}` },
      { deviceId: Number(id) },
      { deviceId: globalId('Device', id) },
      { deviceIdentifier: serial },
      { deviceIdentifier: serial.toLowerCase() },
      { deviceIdentifier: serial.replaceAll('-', '') },
      { deviceIdentifier: ` ${[...serial].join(' ')}\t` },
      { deviceIdentifier: serial.replaceAll('-', ':') },
      { deviceIdentifier: imei },
      { deviceIdentifier: imei.replaceAll('-', ' ') },
      { deviceIdentifier: `001b.4411.3a${address.slice(-2)}` },
      { deviceId: id, deviceIdentifier: `001b44-113a${address.slice(-2)}` },
      { deviceId: id, deviceIdentifier: imei },
      { deviceId: globalId('Device', id), deviceIdentifier: serial.toLowerCase() },
      { deviceId: null, deviceIdentifier: serial },
      { deviceId: id, deviceIdentifier: null },
    ];

    const { results } = await fixture.record(
      references.map((reference, index) => ({ ...reference, takenAt: at(index), ...weight })),
    );

    expect(
      results.map(({ outcome, reading }) => [outcome, (reading!.device as { databaseId: string }).databaseId]),
    ).toEqual(references.map(() => ['RECORDED', id]));
  });

  it('must be named', async () => {
    const message = 'Give deviceId or deviceIdentifier. A manual reading can name a patient instead.';
    await expectRefused({}, 'REFERENCE_MISSING', message, 'deviceId');
    await expectRefused({ manual: true }, 'REFERENCE_MISSING', message, 'deviceId');
    await expectRefused({ deviceId: null, deviceIdentifier: null }, 'REFERENCE_MISSING', message, 'deviceId');
  });

  it('must exist', async () => {
    await expectRefused({ deviceId: '99999' }, ...noDevice('deviceId'));
    await expectRefused({ deviceId: '9223372036854775807' }, ...noDevice('deviceId'));
    await expectRefused({ deviceIdentifier: 'NO-SUCH' }, ...noDevice('deviceIdentifier'));
    for (const deviceIdentifier of ['', ' - '])
      await expectRefused({ deviceIdentifier }, ...noDevice('deviceIdentifier'));
    await expectRefused(
      { deviceIdentifier: '\ud800' },
      'INVALID_INPUT',
      'deviceIdentifier must not contain half of a surrogate pair, which is not a character.',
      'deviceIdentifier',
    );
  });

  it('is not found by a global id of another type', async () => {
    const { id } = await fixture.heldDevice();
    await expectRefused({ deviceId: globalId('Patient', id) }, ...noDevice('deviceId'));
    await expectRefused({ deviceId: globalId('Reading', id) }, ...noDevice('deviceId'));
  });

  it('of another customer gets the same error as one that does not exist', async () => {
    const theirs = await fixture.devices.device({ status: 'LOST', customerId: fixture.devices.customers.lakeview });

    await expectRefused({ deviceId: theirs.id }, ...noDevice('deviceId'));
    await expectRefused({ deviceId: globalId('Device', theirs.id) }, ...noDevice('deviceId'));
    await expectRefused({ deviceIdentifier: theirs.serial }, ...noDevice('deviceIdentifier'));
    await expectRefused({ deviceId: theirs.id, deviceIdentifier: theirs.serial }, ...noDevice('deviceId'));
    const response = await fixture.record([{ deviceId: theirs.id, takenAt: at(0), ...weight }], { caller: 'lakeview' });
    expect(response.recorded).toBe(1);
  });

  it('must be the same for both references', async () => {
    const [one, other] = [await fixture.heldDevice(), await fixture.heldDevice()];

    await expectRefused(
      { deviceId: one.id, deviceIdentifier: other.serial },
      'REFERENCE_MISMATCH',
      'deviceId and deviceIdentifier name different devices.',
      'deviceIdentifier',
    );
    await expectRefused({ deviceId: one.id, deviceIdentifier: 'NO-SUCH' }, ...noDevice('deviceIdentifier'));
    await expectRefused({ deviceId: '99999', deviceIdentifier: one.serial }, ...noDevice('deviceId'));
  });
});

it('only the reading of an unknown device is refused among 999 valid readings', async () => {
  const [first, second, third] = [await fixture.heldDevice(), await fixture.heldDevice(), await fixture.heldDevice()];
  const devices = [first, second, third];
  const readings: ReadingInput[] = Array.from({ length: 1_000 }, (_, index) => ({
    deviceId: devices[index % 3]!.id,
    takenAt: at(index),
    ...weight,
  }));
  readings[512] = { ...readings[512]!, deviceId: undefined, deviceIdentifier: 'NO-SUCH' };

  const response = await fixture.record(readings, { fields: BRIEF });

  expect(response).toMatchObject({ recorded: 999, duplicates: 0, conflicts: 0, refused: 1 });
  expect(outcomesOf(response).indexOf('REFUSED')).toBe(512);
  expect(response.results[512]).toEqual({
    outcome: 'REFUSED',
    reading: null,
    userErrors: [
      {
        code: 'DEVICE_NOT_FOUND',
        message: 'There is no such device. Check deviceIdentifier.',
        path: ['input', 'readings', '512', 'deviceIdentifier'],
      },
    ],
  });
  expect(await fixture.stored(first.id)).toHaveLength(334);
  expect(await fixture.stored(second.id)).toHaveLength(333);
  expect(await fixture.stored(third.id)).toHaveLength(332);
});

it('only the reading with a text that PostgreSQL cannot store is refused', async () => {
  const { id, serial } = await fixture.heldDevice();
  const { ann } = fixture.devices.patients;
  const manual = { manual: true, takenAt: at(0), ...weight };

  const { results } = await fixture.record([
    { deviceId: id, takenAt: at(0), ...weight },
    { deviceIdentifier: `${serial}\0`, takenAt: at(1), ...weight },
    { patientExternalIdentifier: 'ann\0', ...manual },
    { deviceId: id, patientExternalIdentifier: '\0', ...manual, takenAt: at(2) },
    { patientId: ann, ...manual },
  ]);

  expect(results.map(({ outcome, userErrors }) => [outcome, ...userErrors.map(({ code }) => code)])).toEqual([
    ['RECORDED'],
    ['REFUSED', 'INVALID_INPUT'],
    ['REFUSED', 'INVALID_INPUT'],
    ['REFUSED', 'INVALID_INPUT'],
    ['RECORDED'],
  ]);
});

it('a missing reference is reported together with other broken rules of the reading', async () => {
  const { results } = await fixture.expectNothingWritten(() =>
    fixture.record([
      { takenAt: hoursFromNow(25), patientId: fixture.devices.patients.ann, weight: { value: 0, unit: 'POUND' } },
    ]),
  );

  expect(results[0]!.userErrors.map(({ code, path }) => [code, path.slice(3).join('.')])).toEqual([
    ['REFERENCE_MISSING', 'deviceId'],
    ['INVALID_READING', 'takenAt'],
    ['INVALID_READING', 'weight.value'],
  ]);
});
