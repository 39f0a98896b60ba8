import { z } from 'zod';
import { toActorColumns } from '../../platform/access/actor';
import { DomainError } from '../../platform/base/errors';
import type { Tx } from '../../platform/db/session';
import { sql } from '../../platform/db/sql';
import { appendEvents } from '../../platform/event/outbox';
import { assertVersion } from '../../platform/operation/expected-version';
import { causeOf, useCase, type Cause } from '../../platform/operation/use-case';
import {
  deviceIdentifierChangeTable,
  type ChangedIdentifier,
  type DeviceIdentifierChangeEntity,
} from './device-identifier-change.entity';
import { assertFree, identifiersRule, newIdentifiers } from './device-identifiers';
import { DEVICE_OPERATION } from './device-operation';
import type { UpdateDeviceIdentifiersInput } from './device-operation.input';
import { lockDevice } from './device-reference';
import { refuse } from './device-rules';
import { DeviceIdentifierType } from './device-status';
import { deviceTable, type DeviceEntity } from './device.entity';
import { deviceIdentifiersChanged } from './device.events';
import { deleteIdentifiers, findIdentifiers, findTakenIdentifiers, insertIdentifiers } from './device.repository';
import type { DeviceIdentifierEntity } from './device-identifier.entity';

interface ChangedDevice {
  device: DeviceEntity;
  /** Null when there was nothing to change. */
  identifierChange: DeviceIdentifierChangeEntity | null;
}

/** Adds, replaces and removes identifiers of a device: docs/glossary.md#changing-identifiers. A repeated call changes nothing. */
export const updateDeviceIdentifiers = useCase(
  {
    ...DEVICE_OPERATION,
    name: 'updateDeviceIdentifiers',
    action: 'device:identify',
    codes: [...DEVICE_OPERATION.codes, 'LAST_IDENTIFIER', 'IDENTIFIER_TAKEN'],
    input: {
      ...DEVICE_OPERATION.input,
      identifiers: identifiersRule.nullish(),
      removeTypes: z.array(z.enum(DeviceIdentifierType)).nullish(),
    },
  },
  async (ctx, tx, input: UpdateDeviceIdentifiersInput): Promise<ChangedDevice> => {
    const identifiers = newIdentifiers(input.identifiers ?? []);
    const removed = new Set(input.removeTypes);
    assertRequest(identifiers, input.removeTypes ?? []);
    const device = await lockDevice(tx, input);
    const stored = await findIdentifiers(tx, [device]);
    const changes = changesOf(stored, identifiers, removed);
    if (changes.length === 0) return { device, identifierChange: null };
    assertVersion(device, input.expectedVersion, 'device');
    if (stored.every(({ type }) => removed.has(type)) && identifiers.length === 0)
      refuse('LAST_IDENTIFIER', 'A device has at least one identifier. Give another one in the same call.');
    const isChanged = new Set(changes.map(({ type }) => type));
    const added = identifiers.filter(({ type }) => isChanged.has(type));
    assertFree(added, await findTakenIdentifiers(tx, added), device.id);
    // Deleted first, so that two identifiers can exchange their values.
    await deleteIdentifiers(tx, device, [...isChanged]);
    await insertIdentifiers(tx, device, added);
    return record(tx, device, changes, causeOf(ctx, input));
  },
);

/** @throws DomainError INVALID_INPUT */
function assertRequest(identifiers: readonly { type: string }[], removeTypes: readonly string[]): void {
  if (identifiers.length + removeTypes.length === 0) {
    throw new DomainError('INVALID_INPUT', 'Give identifiers or removeTypes.', ['input', 'identifiers']);
  }
  const both = removeTypes.findIndex((type) => identifiers.some((one) => one.type === type));
  if (both >= 0) {
    const message = `identifiers has a new value for ${removeTypes[both]}. Omit the type here: the new value replaces the old one.`;
    throw new DomainError('INVALID_INPUT', message, ['input', 'removeTypes', String(both)]);
  }
}

/** What differs from the stored identifiers, by the order of the types. */
function changesOf(
  stored: readonly DeviceIdentifierEntity[],
  identifiers: readonly { type: DeviceIdentifierType; value: string }[],
  removed: ReadonlySet<DeviceIdentifierType>,
): ChangedIdentifier[] {
  return Object.values(DeviceIdentifierType).flatMap((type): ChangedIdentifier[] => {
    const previousValue = stored.find((one) => one.type === type)?.value ?? null;
    const given = identifiers.find((one) => one.type === type)?.value;
    const value = removed.has(type) ? null : (given ?? previousValue);
    return value === previousValue ? [] : [{ type, previousValue, value }];
  });
}

/** Raises the version of the device, and writes the change and its event. */
async function record(
  tx: Tx,
  { customerId, id, updatedAt }: DeviceEntity,
  changes: ChangedIdentifier[],
  { note, actor }: Cause,
): Promise<ChangedDevice> {
  const device = await deviceTable.updateOne(
    tx,
    { customerId, id, updatedAt },
    {
      name: 'change_device_version',
      computed: {
        version: sql`t.version + 1`,
        updatedAt: sql`greatest(clock_timestamp(), n.updated_at)::timestamptz(3)`,
      },
    },
  );
  const identifierChange = await deviceIdentifierChangeTable.insertOne(tx, {
    customerId,
    deviceId: id,
    deviceVersion: device.version,
    changes,
    note,
    occurredAt: device.updatedAt,
    ...toActorColumns('actor', actor),
  });
  appendEvents(tx, deviceIdentifiersChanged(identifierChange));
  return { device, identifierChange };
}
