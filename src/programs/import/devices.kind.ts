import { z } from 'zod';
import { EntryColumns } from './entry-columns';
import type { ImportKind } from './import-kind';
import { CUSTOMER_NAME, ITEM_SKU, siteName } from './name-columns';
import { lookUpTaken, type Lookup } from './taken-entries';

const ENTRY = z.object({
  customerId: z.coerce.string(),
  itemId: z.coerce.string(),
  identifiers: z.array(z.object({ type: z.string(), value: z.string() })),
});

const NAMED = z.object({ id: z.string(), databaseId: z.string() });
const DEVICE = z.object({ id: z.string(), customer: NAMED.nullish(), item: NAMED.nullish() }).nullable();

/** A device has the same data if all identifiers, the customer and the item are equal. It may have been moved since. */
const REGISTERED: Lookup = {
  code: 'IDENTIFIER_TAKEN',
  fieldsOf: (entry) =>
    ENTRY.parse(entry).identifiers.map(({ type, value }) => ({
      field: 'deviceByIdentifier',
      arguments: { identifier: ['String!', value], type: ['DeviceIdentifierType', type] },
      selection: 'id customer { id databaseId } item { id databaseId }',
    })),
  differences: (sent, found) => {
    const entry = ENTRY.parse(sent);
    const [first, ...others] = found.map((device) => DEVICE.parse(device));
    if (!first || others.some((device) => device?.id !== first.id)) return ['identifiers'];
    const isNamed = (id: string, row: z.output<typeof NAMED> | null | undefined) =>
      row != null && [row.id, row.databaseId].includes(id);
    return [
      ...(isNamed(entry.customerId, first.customer) ? [] : ['customer']),
      ...(isNamed(entry.itemId, first.item) ? [] : ['item']),
    ];
  },
};

const NAMES = [CUSTOMER_NAME, ITEM_SKU, siteName({ hasWarehouses: true })];

export const DEVICES: ImportKind = {
  name: 'devices',
  one: 'device',
  done: 'registered',
  description: 'Register the devices of a file',
  mutation: 'registerDevices',
  entryType: 'RegisterDeviceEntryInput',
  maxBatchSize: 200,
  permission: 'to register devices, which takes the role OPERATOR',
  again: 'Devices that are already registered with the same data count as duplicates.',
  resultFields: '',
  hasKeys: true,
  names: NAMES,
  cellOptions: [],
  columnsOf: (contract, options) => new EntryColumns(contract, NAMES, options),
  recognize: (ask, entries, results) => lookUpTaken(REGISTERED, ask, entries, results),
};
