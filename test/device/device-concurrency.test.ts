import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { expectConsistentHistory } from '../support/device-history';
import { DeviceProgramme, type Answer } from '../support/device-programme';

let programme: DeviceProgramme;
/** A client with a transaction of its own, which stands in other's ways. */
let rival: Client;
beforeAll(async () => {
  programme = await DeviceProgramme.start({ instances: 2 });
  rival = new Client({ connectionString: programme.app.database.url });
  await rival.connect();
});
afterAll(async () => {
  await rival.end();
  await programme.stop();
});

const codeOf = ({ userErrors }: Answer): string => userErrors.map(({ code }) => code).join() || 'OK';

const countOf = (values: string[]): Record<string, number> =>
  values.reduce<Record<string, number>>((counts, value) => ({ ...counts, [value]: (counts[value] ?? 0) + 1 }), {});

/** Waits until this many statements of the gateways wait for a lock. */
async function untilBlocked(count: number): Promise<void> {
  const query = `select count(*)::int as blocked from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock' and application_name like 'device-gateway%'`;
  for (;;) {
    const [row] = await programme.sql<{ blocked: number }>(query);
    if (row!.blocked >= count) return;
    await pause(3);
  }
}

/** Begins `work` while a transaction of `rival` holds what `hold` takes, and commits that when `work` waits for it. */
async function behind<Result>(hold: string, work: () => Promise<Result>): Promise<Result> {
  await rival.query('begin');
  await rival.query(hold);
  const result = work();
  await untilBlocked(1);
  await rival.query('commit');
  return result;
}

const archive = (patientId: string, archived = true) =>
  programme.app.data(
    'northside',
    'mutation ($input: UpdatePatientInput!) { updatePatient(input: $input) { patient { archived } userErrors { code } } }',
    { input: { patientId, archived } },
  );

const deactivate = (siteId: string) =>
  programme.app.data(
    'northside',
    'mutation ($input: UpdateSiteInput!) { updateSite(input: $input) { site { active } userErrors { code } } }',
    { input: { siteId, active: false } },
  );

it('of 30 patients who are given one device at once, on two instances, one gets it', async () => {
  const { id } = await programme.freeDevice();
  const patients: string[] = [];
  while (patients.length < 30) patients.push(await programme.patient());

  const answers = await Promise.all(
    patients.map((patientId, index) =>
      programme.call('associateDevice', { deviceId: id, patientId }, 'northside', index % 2),
    ),
  );

  expect(countOf(answers.map(codeOf))).toEqual({ OK: 1, DEVICE_ASSOCIATED: 29 });
  const winner = patients[answers.findIndex(({ userErrors }) => userErrors.length === 0)];
  expect(await programme.row(id)).toMatchObject({ status: 'WITH_PATIENT', holderId: winner, version: 2 });
  expect(await expectConsistentHistory(programme, id)).toBe(1);
});

it('of 20 repetitions at once one changes the device, and all succeed', async () => {
  const { id } = await programme.freeDevice();
  const input = { deviceId: id, patientId: programme.patients.ann };

  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) => programme.call('associateDevice', input, 'northside', index % 2)),
  );

  expect(countOf(answers.map(codeOf))).toEqual({ OK: 20 });
  expect(answers.filter(({ statusChange }) => statusChange !== null)).toHaveLength(1);
  expect(new Set(answers.map(({ association }) => association?.databaseId)).size).toBe(1);
  expect(await expectConsistentHistory(programme, id)).toBe(1);
});

it('of ten who saw the same version one changes the device', async () => {
  const { id } = await programme.freeDevice();
  const { clinic, office } = programme.sites;

  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      index % 2 === 0
        ? programme.call('updateDeviceStatus', { deviceId: id, status: 'LOST', note: `${index}`, expectedVersion: 1 })
        : programme.call(
            'associateDeviceWithSite',
            { deviceId: id, siteId: office, note: `${index}`, expectedVersion: 1 },
            'northside',
            1,
          ),
    ),
  );

  // Who asks for what the winner has done finds nothing to change, which comes before the version.
  expect(answers.filter(({ statusChange }) => statusChange !== null)).toHaveLength(1);
  expect(countOf(answers.map(codeOf))).toEqual({ OK: 5, STALE_VERSION: 5 });
  const { status, siteId } = await programme.row(id);
  expect([`LOST at ${clinic}`, `AVAILABLE_AT_SITE at ${office}`]).toContain(`${status} at ${siteId}`);
  expect(await expectConsistentHistory(programme, id)).toBe(1);
});

it('associations, disassociations and overrides of one device at once leave a history without gaps', async () => {
  const { id, serial } = await programme.freeDevice();
  const { ann, bob } = programme.patients;
  const { clinic, office } = programme.sites;
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

  const answers: Answer[] = [];
  for (let round = 0; round < 5; round += 1) {
    answers.push(
      ...(await Promise.all(
        calls.map(([operation, input], index) => programme.call(operation, input, 'northside', index % 2)),
      )),
    );
  }

  const versions = answers.flatMap(({ statusChange }) => (statusChange ? [statusChange.deviceVersion] : []));
  expect(versions.sort((a, b) => a - b)).toEqual(versions.map((_, index) => index + 2));
  expect(await expectConsistentHistory(programme, id)).toBe(versions.length);
  expect(versions.length).toBeGreaterThan(5);
});

it('two who name two devices by both references, each the other way round, do not wait for each other for ever', async () => {
  const [one, other] = [await programme.freeDevice(), await programme.freeDevice()];

  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) => {
      const [byId, byIdentifier] = index % 2 === 0 ? [one, other] : [other, one];
      const input = { deviceId: byId.id, deviceIdentifier: byIdentifier.serial, status: 'LOST' };
      return programme.call('updateDeviceStatus', input, 'northside', index % 2);
    }),
  );

  expect(countOf(answers.map(codeOf))).toEqual({ REFERENCE_MISMATCH: 20 });
});

describe('while a patient is archived', () => {
  it('an association that waits for it is refused', async () => {
    const { id } = await programme.freeDevice();
    const patientId = await programme.patient();

    const answer = await behind(`update patient set archived = true where id = ${patientId}`, () =>
      programme.call('associateDevice', { deviceId: id, patientId }),
    );

    expect(codeOf(answer)).toBe('PATIENT_ARCHIVED');
    expect(await expectConsistentHistory(programme, id)).toBe(0);
  });

  it('an association that waits for its device sees it', async () => {
    const { id } = await programme.freeDevice();
    const patientId = await programme.patient();

    await rival.query('begin');
    await rival.query(`select from device where id = ${id} for update`);
    const answer = programme.call('associateDevice', { deviceId: id, patientId });
    await untilBlocked(1);
    expect(await archive(patientId)).toEqual({ updatePatient: { patient: { archived: true }, userErrors: [] } });
    await rival.query('commit');

    expect(codeOf(await answer)).toBe('PATIENT_ARCHIVED');
  });

  it('an association that came first stays', async () => {
    const { id } = await programme.freeDevice();
    const patientId = await programme.patient();

    await rival.query('begin');
    await rival.query('lock table device_status_change in exclusive mode');
    const associating = programme.call('associateDevice', { deviceId: id, patientId });
    await untilBlocked(1);
    const archiving = archive(patientId);
    await untilBlocked(2);
    await rival.query('commit');

    expect(codeOf(await associating)).toBe('OK');
    expect(await archiving).toEqual({ updatePatient: { patient: { archived: true }, userErrors: [] } });
    expect(await programme.row(id)).toMatchObject({ status: 'WITH_PATIENT', holderId: patientId });
  });
});

describe('while a site is deactivated', () => {
  it('a device that waits for it is refused', async () => {
    const siteId = await programme.site(programme.customers.northside);
    const free = await programme.freeDevice();
    const held = await programme.device({ status: 'WITH_PATIENT', holderId: programme.patients.ann });
    const calls = [
      () => programme.call('associateDeviceWithSite', { deviceId: free.id, siteId }),
      () => programme.call('disassociateDevice', { deviceId: held.id, siteId }),
    ];

    for (const call of calls) {
      await programme.sql('update site set active = true where id = $1', [siteId]);
      const answer = await behind(`update site set active = false where id = ${siteId}`, call);
      expect(codeOf(answer)).toBe('SITE_INACTIVE');
    }
    expect(await expectConsistentHistory(programme, free.id)).toBe(0);
    expect(await expectConsistentHistory(programme, held.id)).toBe(0);
  });

  it('a device that came first stays', async () => {
    const siteId = await programme.site(programme.customers.northside);
    const { id } = await programme.freeDevice();

    await rival.query('begin');
    await rival.query('lock table device_status_change in exclusive mode');
    const moving = programme.call('associateDeviceWithSite', { deviceId: id, siteId });
    await untilBlocked(1);
    const deactivating = deactivate(siteId);
    await untilBlocked(2);
    await rival.query('commit');

    expect(codeOf(await moving)).toBe('OK');
    expect(await deactivating).toEqual({ updateSite: { site: { active: false }, userErrors: [] } });
    expect(await programme.row(id)).toMatchObject({ siteId, version: 2 });
  });
});

it('keeps periods apart when one ends and the next begins within a millisecond', async () => {
  const { ann, bob } = programme.patients;
  const { id } = await programme.freeDevice();
  await programme.sql(`update device set updated_at = clock_timestamp() + interval '1 hour' where id = $1`, [id]);

  for (const patientId of [ann, bob, ann]) {
    expect(codeOf(await programme.call('associateDevice', { deviceId: id, patientId }))).toBe('OK');
    expect(codeOf(await programme.call('disassociateDevice', { deviceId: id }))).toBe('OK');
  }

  expect(await expectConsistentHistory(programme, id)).toBe(6);
  const instants = await programme.sql(
    'select distinct changed_at from device_status_change where device_id = $1 and device_version > 1',
    [id],
  );
  expect(instants).toHaveLength(1);
});
