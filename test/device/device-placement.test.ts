import { DevicePlacement } from '../../src/features/device/device-status';
import { DeviceFixture, type Situation } from '../support/device-fixture';
import { namesOf } from '../support/statement-names';

type Where = Omit<Situation, 'status'>;

let fixture: DeviceFixture;
/** Devices by placement, oldest first. */
const there = new Map<DevicePlacement, string[]>();

/** Every state that the database allows, with its placement. */
const cases = (): [DevicePlacement, Situation['status'], Where][] => {
  const { warehouse, clinic } = fixture.sites;
  const holderId = fixture.patients.ann;
  const blocked = ([siteId, place]: [string, DevicePlacement]): [DevicePlacement, Situation['status'], Where] => [
    place,
    'DECOMMISSIONED',
    { siteId },
  ];
  return [
    ['WAREHOUSE', 'AVAILABLE', { siteId: warehouse }],
    ['SITE', 'AVAILABLE_AT_SITE', { siteId: clinic }],
    ['PATIENT', 'WITH_PATIENT', { holderId }],
    ['PATIENT', 'WITH_PATIENT', { holderId, siteId: clinic }],
    ['PATIENT', 'WITH_PATIENT', { holderId, inOrder: true }],
    ['OUTBOUND', 'IN_TRANSIT', { holderId, inOrder: true }],
    ['OUTBOUND', 'IN_TRANSIT', { inOrder: true }],
    ['RETURNING', 'RETURNING', {}],
    ['RETURNING', 'RETURNING', { onReturnLeg: true }],
    blocked([warehouse, 'WAREHOUSE']),
    blocked([clinic, 'SITE']),
    ['PATIENT', 'DECOMMISSIONED', { holderId }],
    ['PATIENT', 'DECOMMISSIONED', { holderId, siteId: clinic }],
    ['OUTBOUND', 'DECOMMISSIONED', { holderId, inOrder: true }],
    ['OUTBOUND', 'DECOMMISSIONED', { inOrder: true }],
    ['RETURNING', 'DECOMMISSIONED', {}],
    ['RETURNING', 'DECOMMISSIONED', { onReturnLeg: true }],
    ['LOST', 'LOST', {}],
    ['LOST', 'LOST', { holderId }],
    ['LOST', 'LOST', { siteId: warehouse }],
    ['LOST', 'LOST', { inOrder: true }],
    ['LOST', 'LOST', { onReturnLeg: true }],
  ];
};

beforeAll(async () => {
  fixture = await DeviceFixture.start();
  for (const [place, status, where] of cases()) {
    const { id } = await fixture.device({ status, ...where });
    there.set(place, [...(there.get(place) ?? []), id]);
  }
  await fixture.device({
    status: 'AVAILABLE_AT_SITE',
    siteId: fixture.sites.lakeview,
    customerId: fixture.customers.lakeview,
  });
});
afterAll(() => fixture.stop());

interface Listed {
  devices: { totalCount: number; nodes: { databaseId: string; placement: DevicePlacement }[] };
}

async function listed(filter: object, caller: 'northside' | 'operator' = 'northside'): Promise<Listed['devices']> {
  const query =
    'query ($filter: DeviceFilter) { devices(first: 100, filter: $filter) { totalCount nodes { databaseId placement } } }';
  return (await fixture.app.data<Listed>(caller, query, { filter })).devices;
}

describe('Device.placement', () => {
  it.each(Object.values(DevicePlacement))(
    '%s is returned and can be filtered by, in every status',
    async (placement) => {
      const ids = there.get(placement)!;
      expect(ids.length).toBeGreaterThan(1);
      expect(await listed({ placements: [placement] })).toEqual({
        totalCount: ids.length,
        nodes: ids.map((databaseId) => ({ databaseId, placement })),
      });
    },
  );

  it('filters by several placements, combined with other conditions', async () => {
    const idsOf = async (filter: object, caller?: 'operator') =>
      (await listed(filter, caller)).nodes.map(({ databaseId }) => databaseId);
    const blocked = await idsOf({ placements: ['OUTBOUND', 'RETURNING'], statuses: ['DECOMMISSIONED'] });
    expect(blocked).toEqual([...there.get('OUTBOUND')!.slice(2), ...there.get('RETURNING')!.slice(2)]);
    expect(await idsOf({ placements: [] })).toEqual([]);
    expect(await idsOf({ placements: ['SITE'] }, 'operator')).toHaveLength(3);
    expect(await idsOf({ placements: ['SITE'], customerIds: ['2'] }, 'operator')).toHaveLength(1);
  });

  it('distinguishes devices on the shelf of a site from those that its patients hold', async () => {
    const { site } = await fixture.app.data<{ site: { shelf: object; all: object; counts: object[] } }>(
      'northside',
      `query ($id: ID!) { site(id: $id) {
         shelf: devices(filter: { placements: [SITE] }) { totalCount }
         all: devices { totalCount }
         counts: deviceCounts(filter: { placements: [PATIENT] }) { status count } } }`,
      { id: fixture.sites.clinic },
    );
    expect(site).toEqual({
      shelf: { totalCount: 2 },
      all: { totalCount: 4 },
      counts: [
        { status: 'DECOMMISSIONED', count: 1 },
        { status: 'WITH_PATIENT', count: 1 },
      ],
    });
  });

  it('follows each change', async () => {
    const { id } = await fixture.freeDevice();
    const placed = async () =>
      (
        await fixture.app.data<{ device: { placement: string } }>(
          'northside',
          'query ($id: ID!) { device(id: $id) { placement } }',
          { id },
        )
      ).device.placement;
    expect(await placed()).toBe('SITE');
    await fixture.call('associateDevice', { deviceId: id, patientId: fixture.patients.ann });
    expect(await placed()).toBe('PATIENT');
    await fixture.call('updateDeviceStatus', { deviceId: id, status: 'LOST' });
    expect(await placed()).toBe('LOST');
    await fixture.call('updateDeviceStatus', { deviceId: id, status: 'DECOMMISSIONED' });
    expect(await placed()).toBe('PATIENT');
    await fixture.call('disassociateDevice', { deviceId: id });
    expect(await placed()).toBe('SITE');
    const { device } = await fixture.call('updateDeviceStatus', { deviceId: id, status: 'AVAILABLE_AT_SITE' });
    expect(device).toMatchObject({ currentStatus: 'AVAILABLE_AT_SITE' });
  });
});

describe('Device.serialNumber', () => {
  it('is the identifier of type SERIAL, or null when there is none', async () => {
    const { id, serial } = await fixture.freeDevice();
    const other = await fixture.freeDevice();
    await fixture.sql(`update device_identifier set type = 'IMEI' where device_id = $1`, [other.id]);
    const query = 'query ($id: ID!) { device(id: $id) { serialNumber identifiers { type } } }';
    expect(await fixture.app.data('northside', query, { id })).toEqual({
      device: { serialNumber: serial, identifiers: [{ type: 'SERIAL' }] },
    });
    expect(await fixture.app.data('northside', query, { id: other.id })).toEqual({
      device: { serialNumber: null, identifiers: [{ type: 'IMEI' }] },
    });
  });

  it('is read for all devices of a page by one statement, shared with identifiers', async () => {
    const query = '{ devices(first: 10) { nodes { serialNumber identifiers { value } } } }';
    const statements = await fixture.app.statementsOf(() => fixture.app.data('northside', query));
    expect(namesOf(statements)).toEqual(['devices', 'identifiers_by_device']);
  });
});
