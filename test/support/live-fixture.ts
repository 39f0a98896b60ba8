import { eventually } from './eventually';
import { Subscriber } from './subscriber';
import type { CallerName, TestApp } from './test-app';

/** The fields that subscribers in these tests select. */
export interface Change {
  note: string | null;
  deviceVersion: number;
  status: string;
  cursor: string;
  device: { databaseId: string; version: number };
}
export type ChangeSubscriber = Subscriber<{
  deviceStatusChanged: { cursor: string; change: Omit<Change, 'cursor'> };
}>;

export const CHANGES = `subscription ($filter: DeviceStatusChangeFilter, $after: String) {
  deviceStatusChanged(filter: $filter, after: $after) {
    cursor change { note deviceVersion status device { databaseId version } }
  }
}`;

/** Sites of the demo data. */
export const SITES = { northside: '3', otherNorthside: '4', lakeview: '10' };

let serial = 0;

/** Registers a free device at a site of the customer. */
export async function registerDevice(app: TestApp, customerId = '1', siteId = SITES.northside): Promise<string> {
  serial += 1;
  const { registerDevice } = await app.data(
    'operator',
    `mutation ($input: RegisterDeviceInput!) { registerDevice(input: $input) { device { databaseId } userErrors { code message } } }`,
    { input: { customerId, itemId: '1', siteId, identifiers: [{ type: 'SERIAL', value: `LIVE-${serial}` }] } },
  );
  return (registerDevice as { device: { databaseId: string } }).device.databaseId;
}

export async function createPatient(app: TestApp): Promise<string> {
  const { createPatient } = await app.data(
    'northside',
    `mutation { createPatient(input: { firstName: "A", lastName: "Person" }) { patient { databaseId } userErrors { code } } }`,
  );
  return (createPatient as { patient: { databaseId: string } }).patient.databaseId;
}

/** Overrides the status. Returns the change, or null if nothing changed. */
export async function setStatus(
  app: TestApp,
  deviceId: string,
  status: string,
  {
    note = null,
    caller = 'northside',
    instance = 0,
  }: { note?: string | null; caller?: CallerName; instance?: number } = {},
): Promise<{ deviceVersion: number } | null> {
  const { updateDeviceStatus } = await app.data(
    caller,
    `mutation ($input: UpdateDeviceStatusInput!) { updateDeviceStatus(input: $input) { statusChange { deviceVersion } userErrors { code } } }`,
    { input: { deviceId, status, note } },
    instance,
  );
  const { statusChange, userErrors } = updateDeviceStatus as {
    statusChange: { deviceVersion: number } | null;
    userErrors: unknown[];
  };
  if (userErrors.length > 0) throw new Error(`The status was not changed: ${JSON.stringify(userErrors)}`);
  return statusChange;
}

/** Waits until all committed events have a position in the stream: later cursors and subscriptions start after them. */
export async function settle(app: TestApp): Promise<void> {
  await eventually(
    async () => (await app.admin.query('select from event where position is null limit 1')).rowCount === 0,
  );
}

export function subscribe(
  app: TestApp,
  instance: number,
  caller: CallerName | { key: string } = 'northside',
  variables: Record<string, unknown> = {},
): ChangeSubscriber {
  return new Subscriber(app.urls[instance]!, caller, CHANGES, variables);
}

/** The received changes with their cursors. Throws if an error was received. */
export function changesOf({ received }: ChangeSubscriber): Change[] {
  return received.map(({ data, errors }) => {
    if (errors || !data) throw new Error(`The subscription failed: ${JSON.stringify(errors)}`);
    const { change, cursor } = data.deviceStatusChanged;
    return { ...change, cursor };
  });
}
