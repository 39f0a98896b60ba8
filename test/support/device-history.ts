import type { DeviceFixture } from './device-fixture';

interface ChangeRow {
  eventId: string;
  version: number;
  previousStatus: string | null;
  status: string;
  previousPatientId: string | null;
  patientId: string | null;
  previousSiteId: string | null;
  siteId: string | null;
}

const CHANGES = `select event_id as "eventId", device_version as version, previous_status as "previousStatus", status,
  previous_patient_id as "previousPatientId", patient_id as "patientId", previous_site_id as "previousSiteId", site_id as "siteId"
  from device_status_change where device_id = $1 order by id`;
const ASSOCIATIONS = `select patient_id as "patientId", ended_at as "endedAt" from device_association where device_id = $1 order by id`;
const EVENTS = `select id, type, payload from event where payload ->> 'deviceId' = $1 order by id`;

/**
 * Asserts the invariants of a device's history: one status change per version, without gaps, each continuing the one before, the
 * last one in the device's current state; associations that match the holders; and exactly the events of these changes. The first
 * change of a device that was not registered through the API has no events.
 *
 * @returns the number of changes after the first
 */
export async function expectConsistentHistory(
  fixture: DeviceFixture,
  deviceId: string,
  { registered = false } = {},
): Promise<number> {
  const changes = await fixture.sql<ChangeRow>(CHANGES, [deviceId]);
  const { status, holderId, siteId, version } = await fixture.row(deviceId);
  expect(changes.map((change) => change.version)).toEqual(Array.from({ length: version }, (_, index) => index + 1));
  expect(changes.at(-1)).toMatchObject({ status, patientId: holderId, siteId });
  const later = changes.slice(1);
  later.forEach((change, index) => {
    const { status: previousStatus, patientId: previousPatientId, siteId: previousSiteId } = changes[index]!;
    expect(change).toMatchObject({ previousStatus, previousPatientId, previousSiteId });
  });

  const holders = changes
    .map(({ patientId }) => patientId)
    .filter((patientId, index, all) => patientId !== all[index - 1]);
  const associations = await fixture.sql<{ patientId: string; endedAt: Date | null }>(ASSOCIATIONS, [deviceId]);
  expect(associations.map(({ patientId }) => patientId)).toEqual(holders.filter((patientId) => patientId !== null));
  expect(associations.filter(({ endedAt }) => endedAt === null).map(({ patientId }) => patientId)).toEqual(
    holderId === null ? [] : [holderId],
  );

  const events = await fixture.sql<{ id: string; type: string; payload: Record<string, unknown> }>(EVENTS, [deviceId]);
  const expected = (registered ? changes : later).flatMap(
    ({ eventId, version: deviceVersion, patientId, previousPatientId }) => [
      { type: 'device.statusChanged', id: eventId, payload: { deviceVersion } },
      ...(previousPatientId !== null && previousPatientId !== patientId
        ? [{ type: 'device.associationRemoved', payload: { patientId: previousPatientId } }]
        : []),
      ...(patientId !== null && previousPatientId !== patientId
        ? [{ type: 'device.associationCreated', payload: { patientId } }]
        : []),
    ],
  );
  expect(events).toMatchObject(expected);
  expect(events).toHaveLength(expected.length);
  return later.length;
}
