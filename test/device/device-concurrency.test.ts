import { expectConsistentHistory } from '../support/device-history';
import { DeviceFixture, type DevicePayload } from '../support/device-fixture';
import { codeOf, countsOf, Rival } from '../support/rival';

let fixture: DeviceFixture;
let rival: Rival;
beforeAll(async () => {
  fixture = await DeviceFixture.start({ instances: 2 });
  rival = await Rival.start(fixture);
});
afterAll(async () => {
  await rival.stop();
  await fixture.stop();
});

/** Two instances with five connections for customers each: no more callers can wait at once. */
const AT_ONCE = 10;

const lockOf = (...deviceIds: string[]) =>
  `select from device where id in (${deviceIds.join()}) order by id for update`;

/** Starts `work` while the rival holds the locks of `hold`, and commits the rival once `work` waits for it. */
async function runWhileHeld<Result>(hold: string, work: () => Promise<Result>): Promise<Result> {
  const [result] = await rival.atOnce(hold, [work]);
  return result!;
}

const archive = (patientId: string) =>
  fixture.app.data(
    'northside',
    'mutation ($input: ArchivePatientInput!) { archivePatient(input: $input) { patient { archived } userErrors { code } } }',
    { input: { patientId } },
  );

const deactivate = (siteId: string) =>
  fixture.app.data(
    'northside',
    'mutation ($input: DeactivateSiteInput!) { deactivateSite(input: $input) { site { active } userErrors { code } } }',
    { input: { siteId } },
  );

it('one of ten concurrent associations of a device, on two instances, succeeds', async () => {
  const { id } = await fixture.freeDevice();
  const patients: string[] = [];
  while (patients.length < AT_ONCE) patients.push(await fixture.patient());

  const responses = await rival.atOnce(
    lockOf(id),
    patients.map(
      (patientId, index) => () => fixture.call('associateDevice', { deviceId: id, patientId }, 'northside', index % 2),
    ),
  );

  expect(countsOf(responses.map(codeOf))).toEqual({ OK: 1, DEVICE_ASSOCIATED: AT_ONCE - 1 });
  const winner = patients[responses.findIndex(({ userErrors }) => userErrors.length === 0)];
  expect(await fixture.row(id)).toMatchObject({ status: 'WITH_PATIENT', holderId: winner, version: 2 });
  expect(await expectConsistentHistory(fixture, id)).toBe(1);
});

it('ten identical concurrent calls all succeed, and one changes the device', async () => {
  const { id } = await fixture.freeDevice();
  const input = { deviceId: id, patientId: fixture.patients.ann };

  const responses = await rival.atOnce(
    lockOf(id),
    Array.from({ length: AT_ONCE }, (_, index) => () => fixture.call('associateDevice', input, 'northside', index % 2)),
  );

  expect(countsOf(responses.map(codeOf))).toEqual({ OK: AT_ONCE });
  expect(responses.filter(({ statusChange }) => statusChange !== null)).toHaveLength(1);
  expect(new Set(responses.map(({ association }) => association!.databaseId)).size).toBe(1);
  expect(await expectConsistentHistory(fixture, id)).toBe(1);
});

it('one of ten callers with the same expected version changes the device', async () => {
  const { id } = await fixture.freeDevice();
  const { clinic, office } = fixture.sites;

  const responses = await rival.atOnce(
    lockOf(id),
    Array.from({ length: AT_ONCE }, (_, index) => {
      const common = { deviceId: id, note: `${index}`, expectedVersion: 1 };
      return index % 2 === 0
        ? () => fixture.call('updateDeviceStatus', { ...common, status: 'LOST' }, 'northside', 0)
        : () => fixture.call('associateDeviceWithSite', { ...common, siteId: office }, 'northside', 1);
    }),
  );

  // Either kind may win. A caller with the winner's request finds nothing to change, which is checked before the version.
  const winner = responses.findIndex(({ statusChange }) => statusChange !== null);
  expect(responses.filter(({ statusChange }) => statusChange !== null)).toHaveLength(1);
  expect(responses.map(codeOf)).toEqual(
    responses.map((_, index) => (index % 2 === winner % 2 ? 'OK' : 'STALE_VERSION')),
  );
  expect(await fixture.row(id)).toMatchObject(
    winner % 2 === 0
      ? { status: 'LOST', siteId: clinic, version: 2 }
      : { status: 'AVAILABLE_AT_SITE', siteId: office, version: 2 },
  );
  expect(await expectConsistentHistory(fixture, id)).toBe(1);
});

it('concurrent associations, disassociations and overrides of one device leave a history without gaps', async () => {
  const ROUNDS = 3;
  const { id, serial } = await fixture.freeDevice();
  const { ann, bob } = fixture.patients;
  const { clinic, office } = fixture.sites;
  const calls = [
    ['associateDevice', { deviceId: id, patientId: ann }],
    ['disassociateDevice', { deviceIdentifier: serial, siteId: office }],
    ['updateDeviceStatus', { deviceId: id, status: 'LOST' }],
    ['associateDevice', { deviceIdentifier: serial, patientId: bob }],
    ['updateDeviceStatus', { deviceId: id, status: 'AVAILABLE_AT_SITE' }],
    ['disassociateDevice', { deviceId: id, siteId: clinic }],
    ['disableDeviceReadings', { deviceIdentifier: serial }],
    ['enableDeviceReadings', { deviceId: id }],
    ['associateDeviceWithSite', { deviceId: id, siteId: office }],
  ] as const;

  const responses: DevicePayload[] = [];
  const round = calls.map(
    ([operation, input], index) =>
      () =>
        fixture.call(operation, input, 'northside', index % 2),
  );
  for (let rounds = 0; rounds < ROUNDS; rounds += 1) responses.push(...(await rival.atOnce(lockOf(id), round)));

  const versions = responses.flatMap(({ statusChange }) => (statusChange ? [statusChange.deviceVersion] : []));
  expect(versions.sort((a, b) => a - b)).toEqual(versions.map((_, index) => index + 2));
  expect(await expectConsistentHistory(fixture, id)).toBe(versions.length);
  // LOST and DECOMMISSIONED are never refused. In any order at least one is a change, and in the first round both are.
  expect(versions.length).toBeGreaterThan(ROUNDS);
});

it('two callers that name the same two devices in opposite order never deadlock', async () => {
  const [one, other] = [await fixture.freeDevice(), await fixture.freeDevice()];

  const responses = await rival.atOnce(
    lockOf(one.id, other.id),
    Array.from({ length: AT_ONCE }, (_, index) => () => {
      const [byId, byIdentifier] = index % 2 === 0 ? [one, other] : [other, one];
      const input = { deviceId: byId.id, deviceIdentifier: byIdentifier.serial, status: 'LOST' };
      return fixture.call('updateDeviceStatus', input, 'northside', index % 2);
    }),
  );

  expect(countsOf(responses.map(codeOf))).toEqual({ REFERENCE_MISMATCH: AT_ONCE });
});

it.each([
  ['the older by its id', 0, 1],
  ['the younger by its id', 1, 0],
])('a caller that names two devices, %s, locks the older one first', async (_name, byId, byIdentifier) => {
  const devices = [await fixture.freeDevice(), await fixture.freeDevice()];
  const [older, younger] = devices as [(typeof devices)[0], (typeof devices)[0]];
  const input = { deviceId: devices[byId]!.id, deviceIdentifier: devices[byIdentifier]!.serial, status: 'LOST' };
  const free = (id: string) => fixture.sql('select id from device where id = $1 for update skip locked', [id]);

  for (const held of [older, younger]) {
    await rival.hold(lockOf(held.id));
    const updating = fixture.call('updateDeviceStatus', input);
    await rival.untilBlocked(1);
    // A caller that waits for the older has not locked the younger yet. One that waits for the younger holds the older.
    const unlocked = [...(await free(older.id)), ...(await free(younger.id))];
    expect(unlocked).toEqual(held === older ? [{ id: younger.id }] : []);
    await rival.release();
    expect(codeOf(await updating)).toBe('REFERENCE_MISMATCH');
  }
});

describe('while a patient is being archived', () => {
  it('an association that waits for the patient is refused', async () => {
    const { id } = await fixture.freeDevice();
    const patientId = await fixture.patient();

    const response = await runWhileHeld(`update patient set archived_at = now() where id = ${patientId}`, () =>
      fixture.call('associateDevice', { deviceId: id, patientId }),
    );

    expect(codeOf(response)).toBe('PATIENT_ARCHIVED');
    expect(await expectConsistentHistory(fixture, id)).toBe(0);
  });

  it('an association that waits for its device sees the archived patient', async () => {
    const { id } = await fixture.freeDevice();
    const patientId = await fixture.patient();

    await rival.hold(lockOf(id));
    const response = fixture.call('associateDevice', { deviceId: id, patientId });
    await rival.untilBlocked(1);
    expect(await archive(patientId)).toEqual({ archivePatient: { patient: { archived: true }, userErrors: [] } });
    await rival.release();

    expect(codeOf(await response)).toBe('PATIENT_ARCHIVED');
    expect(await expectConsistentHistory(fixture, id)).toBe(0);
  });

  it('an earlier association stays', async () => {
    const { id } = await fixture.freeDevice();
    const patientId = await fixture.patient();

    const [associated, archived] = await rival.inTurn(
      'lock table device_status_change in exclusive mode',
      () => fixture.call('associateDevice', { deviceId: id, patientId }),
      () => archive(patientId),
    );

    expect(codeOf(associated)).toBe('OK');
    expect(archived).toEqual({ archivePatient: { patient: { archived: true }, userErrors: [] } });
    expect(await fixture.row(id)).toMatchObject({ status: 'WITH_PATIENT', holderId: patientId });
  });
});

describe('while a site is being deactivated', () => {
  it('a device that waits for the site is refused', async () => {
    const siteId = await fixture.site(fixture.customers.northside);
    const free = await fixture.freeDevice();
    const held = await fixture.device({ status: 'WITH_PATIENT', holderId: fixture.patients.ann });
    const calls = [
      () => fixture.call('associateDeviceWithSite', { deviceId: free.id, siteId }),
      () => fixture.call('disassociateDevice', { deviceId: held.id, siteId }),
    ];

    for (const call of calls) {
      await fixture.sql('update site set deactivated_at = null where id = $1', [siteId]);
      const response = await runWhileHeld(`update site set deactivated_at = now() where id = ${siteId}`, call);
      expect(codeOf(response)).toBe('SITE_INACTIVE');
    }
    expect(await expectConsistentHistory(fixture, free.id)).toBe(0);
    expect(await expectConsistentHistory(fixture, held.id)).toBe(0);
  });

  it('a device that was there before stays', async () => {
    const siteId = await fixture.site(fixture.customers.northside);
    const { id } = await fixture.freeDevice();

    const [moved, deactivated] = await rival.inTurn(
      'lock table device_status_change in exclusive mode',
      () => fixture.call('associateDeviceWithSite', { deviceId: id, siteId }),
      () => deactivate(siteId),
    );

    expect(codeOf(moved)).toBe('OK');
    expect(deactivated).toEqual({ deactivateSite: { site: { active: false }, userErrors: [] } });
    expect(await fixture.row(id)).toMatchObject({ siteId, version: 2 });
  });
});

it('associations never overlap when one ends and the next begins within a millisecond', async () => {
  const { ann, bob } = fixture.patients;
  const { id } = await fixture.freeDevice();
  await fixture.sql(`update device set updated_at = clock_timestamp() + interval '1 hour' where id = $1`, [id]);

  for (const patientId of [ann, bob, ann]) {
    expect(codeOf(await fixture.call('associateDevice', { deviceId: id, patientId }))).toBe('OK');
    expect(codeOf(await fixture.call('disassociateDevice', { deviceId: id }))).toBe('OK');
  }

  expect(await expectConsistentHistory(fixture, id)).toBe(6);
  const instants = await fixture.sql(
    'select distinct changed_at from device_status_change where device_id = $1 and device_version > 1',
    [id],
  );
  expect(instants).toHaveLength(1);
});
