import { generateApiKey, hashApiKey } from '../../src/platform/access/access.service';
import type { Role } from '../../src/platform/access/policy';
import { DEVICE_IN_SITUATION, type Situation, type Status } from './device-situation';
import { TestApp, type CallerName, type TestAppOptions } from './test-app';

export type { Situation, Status };
export type Caller = CallerName | { key: string };
export type Operation =
  | 'associateDevice'
  | 'associateDeviceWithSite'
  | 'disassociateDevice'
  | 'updateDeviceStatus'
  | 'disableDeviceReadings'
  | 'enableDeviceReadings'
  | 'registerDevice';

/** The bulk form of each operation that has one. */
export const BULK = {
  associateDevice: 'associateDevices',
  disassociateDevice: 'disassociateDevices',
  updateDeviceStatus: 'updateDeviceStatuses',
  registerDevice: 'registerDevices',
} as const satisfies Partial<Record<Operation, string>>;
export type BulkOperation = keyof typeof BULK;

/** The payload of a bulk operation. */
export interface BulkPayload {
  results: DevicePayload[] | null;
  refused: number | null;
  userErrors: Refusal[];
}

export interface DeviceRow {
  status: Status;
  holderId: string | null;
  siteId: string | null;
  inOrder: boolean;
  onReturnLeg: boolean;
  version: number;
}

/** A `UserError` of the API. */
export interface Refusal {
  code: string;
  path: string[];
  message: string;
}

interface Named {
  databaseId: string;
}
interface Actor {
  __typename: string;
  displayName: string;
}

/** The payload of an operation. Only some have an association. */
export interface DevicePayload {
  device:
    | (Named & {
        id: string;
        currentStatus: Status;
        statusChangedAt: string;
        updatedAt: string;
        version: number;
        patient: Named | null;
        site: Named | null;
        currentAssociation: Named | null;
        identifiers: { type: string; value: string }[];
      })
    | null;
  statusChange:
    | (Named & {
        previousStatus: Status | null;
        status: Status;
        reason: string;
        note: string | null;
        deviceVersion: number;
        occurredAt: string;
        actor: Actor;
      })
    | null;
  association?: (Named & { startedAt: string; endedAt: string | null; startedBy: Actor; endedBy: Actor | null }) | null;
  userErrors: Refusal[];
}

const DEVICE = `device { id databaseId currentStatus statusChangedAt updatedAt version
  patient { databaseId } site { databaseId } currentAssociation { databaseId } identifiers { type value } }`;
const STATUS_CHANGE = `statusChange { databaseId previousStatus status reason note deviceVersion occurredAt actor { __typename displayName }
  patient { databaseId } previousPatient { databaseId } site { databaseId } previousSite { databaseId } }`;
const ASSOCIATION = `association { databaseId startedAt endedAt device { databaseId } patient { databaseId }
  startedBy { __typename displayName } endedBy { __typename displayName } }`;
const WITH_ASSOCIATION: readonly Operation[] = ['associateDevice', 'disassociateDevice'];

const capitalized = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

/** Everything that operations on devices may write. The position of an event is omitted, because it is assigned later. */
const WRITTEN = {
  device: 'select * from device',
  device_identifier: 'select * from device_identifier',
  device_association: 'select * from device_association',
  device_status_change: 'select * from device_status_change',
  event: 'select customer_id, id, type, payload, created_at from event',
};

/** A gateway with two customers, their sites, patients and devices in any situation. Callers use the demo keys. */
export class DeviceFixture {
  readonly customers = { northside: '1', lakeview: '2' };
  itemId = '';
  readonly sites = { warehouse: '', otherWarehouse: '', clinic: '', office: '', closed: '', lakeview: '' };
  readonly patients = { ann: '', bob: '', archived: '', lakeview: '' };
  private serials = 0;

  private constructor(readonly app: TestApp) {}

  static async start(options: Omit<TestAppOptions, 'template'> = {}): Promise<DeviceFixture> {
    const fixture = new DeviceFixture(await TestApp.start({ ...options, template: 'empty' }));
    const { sites, patients, customers } = fixture;
    await fixture.sql(`insert into customer (name) values ('Northside Health'), ('Lakeview Care')`);
    fixture.itemId = await fixture.insert(`insert into item (name, reading_kinds) values ('Cuff', '{}') returning id`);
    sites.warehouse = await fixture.site('0');
    sites.otherWarehouse = await fixture.site('0');
    sites.clinic = await fixture.site(customers.northside);
    sites.office = await fixture.site(customers.northside);
    sites.closed = await fixture.site(customers.northside, false);
    sites.lakeview = await fixture.site(customers.lakeview);
    patients.ann = await fixture.patient({ externalIdentifier: 'ann' });
    patients.bob = await fixture.patient({ externalIdentifier: 'bob' });
    patients.archived = await fixture.patient({ externalIdentifier: 'archived', archived: true });
    patients.lakeview = await fixture.patient({ customerId: customers.lakeview, externalIdentifier: 'lakeview' });
    return fixture;
  }

  stop(): Promise<void> {
    return this.app.stop();
  }

  async sql<Row = Record<string, unknown>>(text: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.app.admin.query(text, values)).rows as Row[];
  }

  /** @returns the id that the statement returns */
  private async insert(text: string, values: unknown[] = []): Promise<string> {
    const [row] = await this.sql<{ id: string }>(text, values);
    return row!.id;
  }

  site(customerId: string, active = true): Promise<string> {
    return this.insert(
      `insert into site (customer_id, name, deactivated_at) values ($1, 'A place', case when not $2 then now() end) returning id`,
      [customerId, active],
    );
  }

  patient({
    customerId = this.customers.northside,
    externalIdentifier = null as string | null,
    archived = false,
  } = {}): Promise<string> {
    return this.insert(
      `insert into patient (customer_id, external_identifier, first_name, last_name, archived_at) values ($1, $2, 'A', 'Person', case when $3 then now() end) returning id`,
      [customerId, externalIdentifier, archived],
    );
  }

  /** Creates a device with the serial `DEVICE-<number>`, in the given situation at version 1. */
  async device(situation: Situation): Promise<{ id: string; serial: string }> {
    const serial = `DEVICE-${(this.serials += 1)}`;
    const id = await this.insert(DEVICE_IN_SITUATION, [
      situation.customerId ?? this.customers.northside,
      this.itemId,
      situation.status,
      situation.siteId ?? null,
      situation.holderId ?? null,
      situation.inOrder ?? false,
      situation.onReturnLeg ?? false,
      serial,
    ]);
    return { id, serial };
  }

  /** Creates a free device at the clinic. */
  freeDevice(): Promise<{ id: string; serial: string }> {
    return this.device({ status: 'AVAILABLE_AT_SITE', siteId: this.sites.clinic });
  }

  async key(role: keyof typeof Role, customerId: string | null): Promise<{ key: string }> {
    const key = generateApiKey();
    await this.sql('insert into api_key (customer_id, name, role, secret_hash) values ($1, $2, $3, $4)', [
      customerId,
      `A key for ${role}`,
      role,
      hashApiKey(key),
    ]);
    return { key };
  }

  /** The whole response of one operation. */
  send(operation: Operation, input: object, caller: Caller = 'northside', instance = 0) {
    const fields = `${DEVICE} ${STATUS_CHANGE} ${WITH_ASSOCIATION.includes(operation) ? ASSOCIATION : ''} userErrors { code message path }`;
    const document = `mutation ($input: ${capitalized(operation)}Input!) { ${operation}(input: $input) { ${fields} } }`;
    return this.app.query<Record<string, DevicePayload>>(caller, document, { input }, instance);
  }

  /** The whole response of the bulk form of an operation. */
  sendMany(operation: BulkOperation, devices: readonly unknown[], caller: Caller = 'northside', instance = 0) {
    const errors = 'userErrors { code message path }';
    const fields = `${DEVICE} ${STATUS_CHANGE} ${WITH_ASSOCIATION.includes(operation) ? ASSOCIATION : ''} ${errors}`;
    const document = `mutation ($input: ${capitalized(BULK[operation])}Input!) {
      ${BULK[operation]}(input: $input) { results { ${fields} } refused ${errors} } }`;
    return this.app.query<Record<string, BulkPayload>>(caller, document, { input: { devices } }, instance);
  }

  /** The results of the bulk form of an operation. */
  async callMany(
    operation: BulkOperation,
    devices: readonly unknown[],
    caller: Caller = 'northside',
    instance = 0,
  ): Promise<DevicePayload[]> {
    const { data, errors } = await this.sendMany(operation, devices, caller, instance);
    if (errors) throw new Error(`${BULK[operation]} failed: ${JSON.stringify(errors)}`);
    const { results, refused, userErrors } = data[BULK[operation]]!;
    expect(userErrors).toEqual([]);
    expect(refused).toBe(results!.filter((result) => result.userErrors.length > 0).length);
    return results!;
  }

  /** The payload of one operation. */
  async call(operation: Operation, input: object, caller: Caller = 'northside', instance = 0): Promise<DevicePayload> {
    const { data, errors } = await this.send(operation, input, caller, instance);
    if (errors) throw new Error(`${operation} failed: ${JSON.stringify(errors)}`);
    return data[operation]!;
  }

  /** Asserts that the operation is refused for this reason and writes nothing. STALE_VERSION returns the current device. */
  async expectRefusal(
    operation: Operation,
    input: object,
    refusal: Refusal,
    caller: Caller = 'northside',
  ): Promise<void> {
    const before = await this.written();
    const payload = await this.call(operation, input, caller);
    expect(payload).toEqual({
      device:
        refusal.code === 'STALE_VERSION' ? await this.shown((input as { deviceId: string }).deviceId, caller) : null,
      statusChange: null,
      ...(WITH_ASSOCIATION.includes(operation) && { association: null }),
      userErrors: [refusal],
    });
    expect(await this.written()).toEqual(before);
  }

  /** A device as payloads return it. */
  private async shown(id: string, caller: Caller): Promise<unknown> {
    return (await this.app.data(caller, `query ($id: ID!) { ${DEVICE.replace('device', 'device(id: $id)')} }`, { id }))
      .device;
  }

  /** The codes of the operation's refusals. Asserts that a refused operation writes nothing. */
  async refusalOf(operation: Operation, input: object, caller: Caller = 'northside'): Promise<string[]> {
    const before = await this.written();
    const { userErrors } = await this.call(operation, input, caller);
    if (userErrors.length > 0) expect(await this.written()).toEqual(before);
    return userErrors.map(({ code }) => code);
  }

  /** Asserts that the operation fails with a top-level error and writes nothing. */
  async expectError(
    operation: Operation,
    input: object,
    error: { code: string; message: string },
    caller: Caller = 'northside',
  ): Promise<void> {
    const before = await this.written();
    const { errors } = await this.send(operation, input, caller);
    expect(errors?.map(({ message, extensions }) => ({ code: extensions.code, message }))).toEqual([error]);
    expect(await this.written()).toEqual(before);
  }

  /** Asserts that the operation succeeds and writes nothing. */
  async expectNoChange(operation: Operation, input: object, caller: Caller = 'northside'): Promise<DevicePayload> {
    const before = await this.written();
    const payload = await this.call(operation, input, caller);
    expect(payload).toMatchObject({ statusChange: null, userErrors: [] });
    expect(await this.written()).toEqual(before);
    return payload;
  }

  /** Number of rows and a digest of each table. */
  async written(): Promise<Record<string, { rows: number; digest: string }>> {
    const queries = Object.entries(WRITTEN).map(
      ([table, rows]) =>
        `select '${table}' as "table", count(*)::int as rows, sum(hashtextextended(r::text, 0))::text as digest from (${rows}) r`,
    );
    const tables = await this.sql<{ table: string; rows: number; digest: string }>(queries.join(' union all '));
    return Object.fromEntries(tables.map(({ table, rows, digest }) => [table, { rows, digest }]));
  }

  async row(deviceId: string): Promise<DeviceRow> {
    const [row] = await this.sql<DeviceRow>(
      `select current_status as status, patient_id as "holderId", site_id as "siteId", order_id is not null as "inOrder",
         return_order_id is not null as "onReturnLeg", version from device where id = $1`,
      [deviceId],
    );
    return row!;
  }

  /** The events of the device, oldest first. */
  events(deviceId: string): Promise<{ type: string; payload: Record<string, unknown> }[]> {
    return this.sql(`select type, payload from event where coalesce(payload ->> 'deviceId', '') = $1 order by id`, [
      deviceId,
    ]);
  }

  changes(deviceId: string): Promise<Record<string, unknown>[]> {
    return this.sql('select * from device_status_change where device_id = $1 order by id', [deviceId]);
  }
}
