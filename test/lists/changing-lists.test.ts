import { walk, type List } from '../support/connections';
import { TestApp } from '../support/test-app';

let app: TestApp;
let customerId: string;

beforeAll(async () => {
  app = await TestApp.start({ template: 'empty' });
  await app.admin.query(`insert into customer (id, name) values (1, 'Northside Health'), (2, 'Lakeview Care')`);
  await app.admin.query(`insert into item (name, reading_kinds) values ('Cuff', '{BLOOD_PRESSURE}')`);
  customerId = '1';
});
afterAll(() => app.stop());
beforeEach(async () => {
  await app.admin.query(
    'truncate device_status_change, device_association, device_identifier, device, patient, site cascade',
  );
});

let serial = 0;
async function addSite(name = 'Clinic'): Promise<string> {
  const { createSite } = await app.data<{ createSite: { site: { databaseId: string } } }>(
    'northside',
    'mutation ($name: String!) { createSite(input: { name: $name }) { site { databaseId } } }',
    { name },
  );
  return createSite.site.databaseId;
}

async function addDevice(siteId: string): Promise<string> {
  const { registerDevice } = await app.data<{ registerDevice: { device: { databaseId: string } } }>(
    'operator',
    'mutation ($input: RegisterDeviceInput!) { registerDevice(input: $input) { device { databaseId } } }',
    { input: { customerId, itemId: 1, siteId, identifiers: [{ type: 'SERIAL', value: `S${(serial += 1)}` }] } },
  );
  return registerDevice.device.databaseId;
}

async function addPatient(firstName: string, lastName: string): Promise<string> {
  const { createPatient } = await app.data<{ createPatient: { patient: { databaseId: string } } }>(
    'northside',
    'mutation ($input: CreatePatientInput!) { createPatient(input: $input) { patient { databaseId } } }',
    { input: { firstName, lastName } },
  );
  return createPatient.patient.databaseId;
}

/** Changes a device, which moves it to the end of a list by time. */
async function touch(deviceId: string, status: 'LOST' | 'AVAILABLE_AT_SITE'): Promise<void> {
  const { updateDeviceStatus } = await app.data<{ updateDeviceStatus: { userErrors: unknown[] } }>(
    'northside',
    'mutation ($id: ID!, $status: DeviceStatusOverride!) { updateDeviceStatus(input: { deviceId: $id, status: $status }) { userErrors { code } } }',
    { id: deviceId, status },
  );
  expect(updateDeviceStatus.userErrors).toEqual([]);
}

const NOON_MS = Date.parse('2026-03-01T12:00:00.000Z');

/** Records a heart rate taken the given seconds after noon. Returns its databaseId. */
async function addReading(deviceId: string, second: number): Promise<string> {
  const { recordReadings } = await app.data<{ recordReadings: { results: [{ reading: { databaseId: string } }] } }>(
    'northside',
    'mutation ($input: RecordReadingsInput!) { recordReadings(input: $input) { results { reading { databaseId } } } }',
    {
      input: {
        readings: [{ deviceId, takenAt: new Date(NOON_MS + second * 1000).toISOString(), heartRate: { value: 60 } }],
      },
    },
  );
  return recordReadings.results[0].reading.databaseId;
}

async function inOrder<T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> {
  const made: T[] = [];
  for (let index = 0; index < count; index += 1) made.push(await make(index));
  return made;
}

it('paging neither skips nor repeats a row while rows are inserted', async () => {
  const site = await addSite();
  const before = await inOrder(10, () => addDevice(site));
  const list: List = { caller: 'northside', parent: 'Query', field: 'devices' };
  const added: string[] = [];
  const insert = async () => {
    if (added.length < 6) added.push(await addDevice(site));
  };
  // Forward, new rows come at the end. Backward, and newest first, they come before the page that was just read.
  expect(await walk(app, list, 3, false, insert)).toEqual([...before, ...added]);
  const all = [...before, ...added.splice(0)];
  expect(await walk(app, list, 3, true, insert)).toEqual(all);
  all.push(...added.splice(0));
  expect(await walk(app, { ...list, sort: { field: 'CREATED_AT', direction: 'DESC' } }, 3, false, insert)).toEqual(
    all.reverse(),
  );
});

it('paging neither skips nor repeats a change of a history that grows', async () => {
  const device = await addDevice(await addSite());
  for (const status of ['LOST', 'AVAILABLE_AT_SITE', 'LOST', 'AVAILABLE_AT_SITE'] as const) await touch(device, status);
  const list: List = { caller: 'northside', parent: 'Device', field: 'statusHistory', parentId: device };
  const before = await walk(app, list, 100);
  let status: 'LOST' | 'AVAILABLE_AT_SITE' = 'LOST';
  const seen = await walk(app, list, 2, false, async () => {
    await touch(device, status);
    status = status === 'LOST' ? 'AVAILABLE_AT_SITE' : 'LOST';
  });
  expect(seen).toEqual(before);
});

it('paging by updatedAt continues at the same place after the device in the cursor has changed', async () => {
  const site = await addSite();
  const devices = await inOrder(9, () => addDevice(site));
  const list: List = {
    caller: 'northside',
    parent: 'Query',
    field: 'devices',
    sort: { field: 'UPDATED_AT', direction: 'ASC' },
  };
  const touched: string[] = [];
  const seen = await walk(app, list, 3, false, async () => {
    // The last device of the page that was just read moves to the end, and is returned there again with its change.
    const last = devices[touched.length * 3 + 2];
    if (last !== undefined && touched.length < 2) await touch(last, 'LOST');
    if (last !== undefined) touched.push(last);
  });
  expect(seen).toEqual([...devices, devices[2], devices[5]]);
});

it('paging newest first returns every unchanged device once', async () => {
  const site = await addSite();
  const devices = await inOrder(9, () => addDevice(site));
  const list: List = {
    caller: 'northside',
    parent: 'Query',
    field: 'devices',
    sort: { field: 'UPDATED_AT', direction: 'DESC' },
  };
  let first = true;
  const seen = await walk(app, list, 4, false, async () => {
    if (first) await touch(devices[0]!, 'LOST'); // moves from the last position to the first
    first = false;
  });
  expect(seen).toEqual(devices.slice(1).reverse());
});

it('paging neither skips nor repeats a reading while newer and late readings arrive', async () => {
  const device = await addDevice(await addSite());
  const readings = await inOrder(10, (index) => addReading(device, index * 10));
  const list: List = { caller: 'northside', parent: 'Device', field: 'readings', parentId: device, isCounted: false };
  const [newer, late]: [string[], string[]] = [[], []];
  const seen = await walk(app, list, 4, false, async () => {
    newer.push(await addReading(device, 1_000 + newer.length)); // on a page that was already read
    late.push(await addReading(device, 5 - late.length)); // on a later page, near the end
  });
  const expected = readings.toReversed();
  expected.splice(-1, 0, ...late);
  expect(seen).toEqual(expected);
  expect(await walk(app, list, 100)).toEqual([...newer.reverse(), ...expected]);
});

it('paging by the newest reading continues at the same place after the device in the cursor has sent another one', async () => {
  const site = await addSite();
  const devices = await inOrder(9, () => addDevice(site));
  const [silent, heard] = [devices.slice(0, 3), devices.slice(3)];
  for (const [index, device] of heard.entries()) await addReading(device, index);
  const list: List = {
    caller: 'northside',
    parent: 'Query',
    field: 'devices',
    sort: { field: 'LATEST_READING_AT', direction: 'ASC' },
  };
  let pages = 0;
  const seen = await walk(app, list, 3, false, async () => {
    pages += 1;
    // The last device of the page that was just read: first one without readings, then one with readings.
    if (pages <= 2) await addReading(devices[pages * 3 - 1]!, 100 + pages);
    // A reading older than the newest one does not move the device.
    if (pages === 3) await addReading(devices[8]!, -100);
  });
  expect(seen).toEqual([...silent, ...heard, devices[2], devices[5]]);

  const newestFirst: List = { ...list, sort: { field: 'LATEST_READING_AT', direction: 'DESC' } };
  expect(await walk(app, newestFirst, 4, true)).toEqual(
    [
      devices[0],
      devices[1],
      devices[3],
      devices[4],
      devices[6],
      devices[7],
      devices[8],
      devices[2],
      devices[5],
    ].reverse(),
  );
});

describe('lists by name', () => {
  const NAMES: [string, string][] = [
    ['Ann', 'Lee'],
    ['ann', 'LEE'],
    ['Ann', 'Leeds'],
    ['Bo', 'Lee'],
    ['Ann', 'Lee'],
    ['Zoë', 'Ångström'],
    ['Ζωή', 'Παππάς'],
    ["D'Arcy", "O'Neil"],
    ['Émile', 'Zola'],
    ['Ann Mary', 'Lee'],
    ['🙂', 'Smiley'],
  ];
  const sortedBy = (by: 'FIRST_NAME' | 'LAST_NAME', ids: string[]) => {
    const key = ([first, last]: [string, string]) =>
      Buffer.from((by === 'FIRST_NAME' ? `${first} ${last}` : `${last} ${first}`).normalize('NFD').replace(/\p{Mark}/gu, '').toLowerCase()); // prettier-ignore
    return ids.map((id, index) => ({ id, key: key(NAMES[index]!) })).sort((a, b) => Buffer.compare(a.key, b.key) || Number(BigInt(a.id) - BigInt(b.id))).map(({ id }) => id); // prettier-ignore
  };

  it.each(['FIRST_NAME', 'LAST_NAME'] as const)(
    'are sorted by %s ignoring case and accents, and by id for equal names',
    async (field) => {
      const ids = await inOrder(NAMES.length, (index) => addPatient(...NAMES[index]!));
      const expected = sortedBy(field, ids);
      for (const size of [1, 2, 100]) {
        const list: List = {
          caller: 'northside',
          parent: 'Query',
          field: 'patients',
          sort: { field, direction: 'ASC' },
        };
        expect(await walk(app, list, size)).toEqual(expected);
        expect(await walk(app, list, size, true)).toEqual(expected);
        const descending: List = { ...list, sort: { field, direction: 'DESC' } };
        expect(await walk(app, descending, size)).toEqual([...expected].reverse());
        expect(await walk(app, descending, size, true)).toEqual([...expected].reverse());
      }
    },
  );

  it('paging neither skips nor repeats a patient while patients with equal names are added', async () => {
    const ids = await inOrder(6, () => addPatient('Ann', 'Lee'));
    const list: List = {
      caller: 'northside',
      parent: 'Query',
      field: 'patients',
      sort: { field: 'LAST_NAME', direction: 'ASC' },
    };
    let inserts = 0;
    const seen = await walk(app, list, 2, false, async () => {
      inserts += 1;
      if (inserts <= 2) await addPatient('Aaron', 'Aalto'); // on a page that was already read
      if (inserts === 2) ids.push(await addPatient('ANN', 'lee')); // after all patients with an equal name
    });
    expect(seen).toEqual(ids);
  });
});
