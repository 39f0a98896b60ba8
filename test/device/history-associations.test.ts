import { hoursFromNow, ReadingFixture } from '../reading/reading-fixture.harness';
import { namesOf } from '../support/statement-names';

let fixture: ReadingFixture;
beforeAll(async () => {
  fixture = await ReadingFixture.start({ clock: { now: () => new Date() } });
});
afterAll(() => fixture.stop());

interface Association {
  databaseId: string;
  patient: { databaseId: string };
}
interface DeviceResponse {
  device: {
    associations: { nodes: Association[] };
    statusHistory: { nodes: { reason: string; association: Association | null }[] };
    readings: { nodes: { takenAt: string; association: Association | null }[] };
  };
}

const ASSOCIATION = 'association { databaseId patient { databaseId } }';
const DEVICE = `query ($id: ID!) { device(id: $id) {
  associations { nodes { databaseId patient { databaseId } } }
  statusHistory { nodes { reason ${ASSOCIATION} } }
  readings { nodes { takenAt ${ASSOCIATION} } } } }`;

const read = async (id: string, caller: 'northside' | 'operator' = 'northside') =>
  (await fixture.app.data<DeviceResponse>(caller, DEVICE, { id })).device;

describe('DeviceStatusChange.association', () => {
  it.each(['northside', 'operator'] as const)(
    'is the association that the change started, occurred in, or ended, for %s',
    async (caller) => {
      const { ann, bob } = fixture.devices.patients;
      const { id } = await fixture.devices.freeDevice();
      const call = (operation: Parameters<typeof fixture.devices.call>[0], input: object = {}) =>
        fixture.devices.call(operation, { deviceId: id, ...input });
      await call('associateDevice', { patientId: ann });
      await call('updateDeviceStatus', { status: 'LOST' });
      await call('updateDeviceStatus', { status: 'WITH_PATIENT' });
      await call('disassociateDevice');
      await call('updateDeviceStatus', { status: 'LOST' });
      await call('updateDeviceStatus', { status: 'AVAILABLE_AT_SITE' });
      await call('associateDevice', { patientId: bob });

      const { associations, statusHistory } = await read(id, caller);
      const [ofBob, ofAnn] = associations.nodes;
      expect([ofBob!.patient, ofAnn!.patient]).toEqual([{ databaseId: bob }, { databaseId: ann }]);
      expect(statusHistory.nodes.reverse()).toEqual([
        { reason: 'REGISTERED', association: null },
        { reason: 'ASSOCIATED', association: ofAnn },
        { reason: 'STATUS_OVERRIDE', association: ofAnn },
        { reason: 'STATUS_OVERRIDE', association: ofAnn },
        { reason: 'DISASSOCIATED', association: ofAnn },
        { reason: 'STATUS_OVERRIDE', association: null },
        { reason: 'STATUS_OVERRIDE', association: null },
        { reason: 'ASSOCIATED', association: ofBob },
      ]);
    },
  );

  it('is found for an association of zero length', async () => {
    const { ann } = fixture.devices.patients;
    const { id } = await fixture.devices.freeDevice();
    await fixture.devices.call('associateDevice', { deviceId: id, patientId: ann });
    await fixture.devices.call('disassociateDevice', { deviceId: id });
    await fixture.sql('update device_association set ended_at = started_at where device_id = $1', [id]);
    await fixture.sql(
      `update device_status_change c set changed_at = a.started_at from device_association a
       where c.device_id = $1 and a.device_id = $1 and c.device_version > 1`,
      [id],
    );
    const { associations, statusHistory } = await read(id);
    const [association] = associations.nodes;
    expect(statusHistory.nodes).toEqual([
      { reason: 'DISASSOCIATED', association },
      { reason: 'ASSOCIATED', association },
      { reason: 'REGISTERED', association: null },
    ]);
  });
});

describe('Reading.association', () => {
  it.each(['northside', 'operator'] as const)(
    'is the half-open period in which the reading was taken, or null outside all periods, for %s',
    async (caller) => {
      const { ann, bob } = fixture.devices.patients;
      const ofAnn = { patientId: ann, from: hoursFromNow(-10), to: hoursFromNow(-5) };
      const { id } = await fixture.device(ofAnn, { patientId: bob, from: hoursFromNow(-4) });
      const times = [
        hoursFromNow(-10, -1),
        hoursFromNow(-10),
        hoursFromNow(-5, -1),
        hoursFromNow(-5),
        hoursFromNow(-4),
        hoursFromNow(-1),
      ];
      await fixture.record(times.map((takenAt) => ({ deviceId: id, takenAt, heartRate: { value: 61 } })));

      const { associations, readings } = await read(id, caller);
      const periodOf = (patientId: string) =>
        associations.nodes.find(({ patient }) => patient.databaseId === patientId)!;
      const [first, second] = [periodOf(ann), periodOf(bob)];
      expect(readings.nodes.map(({ takenAt, association }) => [takenAt, association]).reverse()).toEqual([
        [times[0], null],
        [times[1], first],
        [times[2], first],
        [times[3], null],
        [times[4], second],
        [times[5], second],
      ]);
    },
  );

  it('is null for a reading that names a patient and no device', async () => {
    const { ann } = fixture.devices.patients;
    const takenAt = hoursFromNow(-1);
    const { results } = await fixture.record([{ patientId: ann, takenAt, manual: true, heartRate: { value: 62 } }], {
      fields: `patient { databaseId } ${ASSOCIATION}`,
    });
    expect(results).toMatchObject([
      { outcome: 'RECORDED', reading: { patient: { databaseId: ann }, association: null } },
    ]);
  });

  it('is read for all readings and changes of a page by one statement', async () => {
    const { ann } = fixture.devices.patients;
    const { id } = await fixture.device({ patientId: ann, from: hoursFromNow(-9) });
    await fixture.record(
      [1, 2, 3].map((hours) => ({ deviceId: id, takenAt: hoursFromNow(-hours), heartRate: { value: 63 } })),
    );
    const query = `query ($id: ID!) { device(id: $id) { readings { nodes { association { databaseId } } } } }`;
    const statements = await fixture.app.statementsOf(() => fixture.app.data('northside', query, { id }));
    expect(namesOf(statements)).toEqual(['association_of_reading', 'device_by_id', 'readings_by_device']);
  });
});
