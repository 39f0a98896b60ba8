import { globalId } from '../support/global-id';
import { DeviceFixture, type Operation, type Refusal, type Situation } from '../support/device-fixture';

let fixture: DeviceFixture;
beforeAll(async () => {
  fixture = await DeviceFixture.start();
});
afterAll(() => fixture.stop());

const atClinic = (): Situation => ({ status: 'AVAILABLE_AT_SITE', siteId: fixture.sites.clinic });

/** Each operation, with a situation in which it changes a device, and the rest of its input. */
const OPERATIONS: [Operation, () => Situation, () => object][] = [
  ['associateDevice', atClinic, () => ({ patientId: fixture.patients.ann })],
  ['associateDeviceWithSite', atClinic, () => ({ siteId: fixture.sites.office })],
  ['disassociateDevice', () => ({ status: 'WITH_PATIENT', holderId: fixture.patients.ann }), () => ({})],
  ['updateDeviceStatus', atClinic, () => ({ status: 'LOST' })],
  ['disableDeviceReadings', atClinic, () => ({})],
  ['enableDeviceReadings', () => ({ ...atClinic(), status: 'DECOMMISSIONED' }), () => ({})],
];

const notFound = (member: string, thing = 'device'): Refusal => ({
  code: `${thing.toUpperCase()}_NOT_FOUND`,
  message: `There is no such ${thing}. Check ${member}.`,
  path: ['input', member],
});

/** Refusal of a malformed id. */
const noId = (member: string) => ({
  code: 'INVALID_INPUT',
  message: `${member} is not an id of this API.`,
  path: ['input', member],
});

describe.each(OPERATIONS)('the device of %s', (operation, situation, others) => {
  it.each<[string, (device: { id: string; serial: string }) => object]>([
    ['its databaseId', ({ id }) => ({ deviceId: id })],
    ['its databaseId as a number', ({ id }) => ({ deviceId: Number(id) })],
    ['its databaseId with leading zeros', ({ id }) => ({ deviceId: id.padStart(19, '0') })],
    ['its global id', ({ id }) => ({ deviceId: globalId('Device', id) })],
    ['an identifier', ({ serial }) => ({ deviceIdentifier: serial })],
    ['an identifier in other case', ({ serial }) => ({ deviceIdentifier: serial.toLowerCase() })],
    ['an identifier with colons and spaces', ({ serial }) => ({ deviceIdentifier: ` ${serial.replace('-', ': ')}- ` })],
    ['both, which agree', ({ id, serial }) => ({ deviceId: globalId('Device', id), deviceIdentifier: serial })],
    ['its id, and null for the identifier', ({ id }) => ({ deviceId: id, deviceIdentifier: null })],
  ])('is named by %s', async (_name, reference) => {
    const device = await fixture.device(situation());

    const payload = await fixture.call(operation, { ...others(), ...reference(device) });

    expect(payload).toMatchObject({
      device: { databaseId: device.id, version: 2 },
      statusChange: { deviceVersion: 2 },
      userErrors: [],
    });
  });

  it('must be named', async () => {
    const message = 'Give deviceId or deviceIdentifier.';
    const refusal = { code: 'REFERENCE_MISSING', message, path: ['input', 'deviceId'] };

    await fixture.expectRefusal(operation, others(), refusal);
    await fixture.expectRefusal(operation, { ...others(), deviceId: null, deviceIdentifier: null }, refusal);
  });

  it('must be one: two references that disagree are refused', async () => {
    const [one, other] = [await fixture.device(situation()), await fixture.device(situation())];
    const message = 'deviceId and deviceIdentifier name different devices.';
    const refusal = { code: 'REFERENCE_MISMATCH', message, path: ['input', 'deviceIdentifier'] };

    await fixture.expectRefusal(operation, { ...others(), deviceId: one.id, deviceIdentifier: other.serial }, refusal);
  });

  it('must exist and belong to the customer', async () => {
    const mine = await fixture.device(situation());
    const theirs = await fixture.device({ status: 'LOST', customerId: fixture.customers.lakeview });

    for (const deviceId of [
      '0',
      '9223372036854775807',
      globalId('Site', mine.id),
      globalId('Nonsense', mine.id),
      theirs.id,
    ]) {
      await fixture.expectRefusal(operation, { ...others(), deviceId }, notFound('deviceId'));
    }
    for (const deviceIdentifier of ['', ' -: ', 'unknown', theirs.serial, '\u{1F642}', 'x'.repeat(10_000)]) {
      await fixture.expectRefusal(operation, { ...others(), deviceIdentifier }, notFound('deviceIdentifier'));
    }
    const [oneWrong, otherWrong] = [
      { deviceId: theirs.id, deviceIdentifier: mine.serial },
      { deviceId: mine.id, deviceIdentifier: theirs.serial },
    ];
    await fixture.expectRefusal(operation, { ...others(), ...oneWrong }, notFound('deviceId'));
    await fixture.expectRefusal(operation, { ...others(), ...otherWrong }, notFound('deviceIdentifier'));
  });

  it('is refused when its id is malformed', async () => {
    for (const deviceId of [
      '',
      'abc',
      '-1',
      '1.5',
      '9223372036854775808',
      '99999999999999999999',
      globalId('Device', 'x'),
    ]) {
      await fixture.expectRefusal(operation, { ...others(), deviceId }, noId('deviceId'));
    }
  });

  it('is changed by members and operators, and by no role that only reads', async () => {
    const allowed = [await fixture.key('MEMBER', fixture.customers.northside), 'operator'] as const;
    for (const caller of allowed) {
      const { id } = await fixture.device(situation());
      expect((await fixture.call(operation, { ...others(), deviceId: id }, caller)).userErrors).toEqual([]);
    }
    const { id } = await fixture.device(situation());
    const action = /Readings|Status/.test(operation) ? 'device:override' : 'device:associate';
    for (const [caller, role] of [
      ['readOnly', 'READ_ONLY'],
      ['ingest', 'INGEST'],
    ] as const) {
      const error = { code: 'FORBIDDEN', message: `The role ${role} does not allow the action ${action}.` };
      await fixture.expectError(operation, { ...others(), deviceId: id }, error, caller);
    }
  });

  it('stores a note trimmed, and an empty note as null', async () => {
    const notes: [string | null, string | null][] = [
      ['', null],
      [' \n ', null],
      [null, null],
      ['  two\nlines, tab\t, \u{1F469}‍⚕️ and ñ ', 'two\nlines, tab\t, \u{1F469}‍⚕️ and ñ'],
      ['n'.repeat(2_000), 'n'.repeat(2_000)],
    ];
    for (const [note, kept] of notes) {
      const { id } = await fixture.device(situation());
      const { statusChange } = await fixture.call(operation, { ...others(), deviceId: id, note });
      expect(statusChange?.note).toBe(kept);
      expect((await fixture.changes(id))[1]!.note).toBe(kept);
    }
  });

  it('refuses a note that is too long or has control characters', async () => {
    const { id } = await fixture.device(situation());
    const tooLong = 'note must have at most 2000 characters.';
    const control = 'note must not contain control characters.';
    for (const [note, message] of [
      ['n'.repeat(2_001), tooLong],
      ['n'.repeat(10_000), tooLong],
      ['A\0B', 'note must not contain a NUL character.'],
      ['A\u001bB', control],
    ]) {
      const refusal = { code: 'INVALID_INPUT', message: message!, path: ['input', 'note'] };
      await fixture.expectRefusal(operation, { ...others(), deviceId: id, note }, refusal);
    }
  });
});

describe.each<Operation>(['associateDevice', 'disassociateDevice'])('the patient of %s', (operation) => {
  const situation = (): Situation =>
    operation === 'associateDevice' ? atClinic() : { status: 'WITH_PATIENT', holderId: fixture.patients.ann };

  it.each<[string, () => object]>([
    ['the databaseId', () => ({ patientId: fixture.patients.ann })],
    ['the global id', () => ({ patientId: globalId('Patient', fixture.patients.ann) })],
    ['the external identifier', () => ({ patientExternalIdentifier: 'ann' })],
    ['both, which agree', () => ({ patientId: fixture.patients.ann, patientExternalIdentifier: 'ann' })],
  ])('is named by %s, for customers and operators', async (_name, reference) => {
    for (const caller of ['northside', 'operator'] as const) {
      const { id } = await fixture.device(situation());
      const payload = await fixture.call(operation, { deviceId: id, ...reference() }, caller);
      expect(payload).toMatchObject({
        association: { patient: { databaseId: fixture.patients.ann } },
        userErrors: [],
      });
    }
  });

  it('must be one: two references that disagree are refused', async () => {
    const { id } = await fixture.device(situation());
    const message = 'patientId and patientExternalIdentifier name different patients.';
    const refusal = { code: 'REFERENCE_MISMATCH', message, path: ['input', 'patientExternalIdentifier'] };
    const input = { deviceId: id, patientId: fixture.patients.ann, patientExternalIdentifier: 'bob' };

    await fixture.expectRefusal(operation, input, refusal);
  });

  it('must exist and belong to the customer of the device, even for an operator', async () => {
    const { ann, lakeview } = fixture.patients;
    const { id } = await fixture.device(situation());
    for (const caller of ['northside', 'operator'] as const) {
      for (const patientId of [
        '9223372036854775807',
        lakeview,
        globalId('Patient', lakeview),
        globalId('Device', ann),
      ]) {
        await fixture.expectRefusal(operation, { deviceId: id, patientId }, notFound('patientId', 'patient'), caller);
      }
      for (const patientExternalIdentifier of ['', 'ANN', 'lakeview', 'unknown']) {
        const refusal = notFound('patientExternalIdentifier', 'patient');
        await fixture.expectRefusal(operation, { deviceId: id, patientExternalIdentifier }, refusal, caller);
      }
    }
  });

  it('is refused when its id is malformed', async () => {
    const { id } = await fixture.device(situation());
    for (const patientId of ['', 'abc', '9223372036854775808']) {
      await fixture.expectRefusal(operation, { deviceId: id, patientId }, noId('patientId'));
    }
  });
});

it('associateDevice needs a patient', async () => {
  const { id } = await fixture.freeDevice();
  const message = 'Give patientId or patientExternalIdentifier.';

  await fixture.expectRefusal(
    'associateDevice',
    { deviceId: id },
    { code: 'REFERENCE_MISSING', message, path: ['input', 'patientId'] },
  );
});

it('shows a change by an operator to customers as made by Impilo, and to operators with the name', async () => {
  const { ann } = fixture.patients;
  const { id } = await fixture.freeDevice();
  const { association } = await fixture.call('associateDevice', { deviceId: id, patientId: ann }, 'operator');
  expect(association?.startedBy).toEqual({ __typename: 'StaffActor', displayName: 'Operator demo key' });

  const again = await fixture.expectNoChange('associateDevice', { deviceId: id, patientId: ann });
  expect(again.association?.startedBy).toEqual({ __typename: 'StaffActor', displayName: 'Impilo' });
  const ended = await fixture.call('disassociateDevice', { deviceId: id });
  expect(ended.association).toMatchObject({
    startedBy: { __typename: 'StaffActor', displayName: 'Impilo' },
    endedBy: { __typename: 'ApiKeyActor', displayName: 'Northside demo key' },
  });
});
