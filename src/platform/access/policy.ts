import { defineEnum, type EnumOf } from '../base/enum';
import { RequestError } from '../base/errors';

/** What callers of each role may do. Source: docs/glossary.md#roles. */
export const ROLE_DESCRIPTIONS = {
  ADMIN: "Reads and writes all of its customer's data, including sites, webhooks and API keys.",
  MEMBER:
    "Reads its customer's data, except webhooks and API keys. Associates, overrides and replaces devices, changes their identifiers, edits patients, creates and cancels orders, records readings.",
  READ_ONLY: "Reads its customer's data, except webhooks and API keys. Subscribes to changes.",
  INGEST: 'Records readings. Cannot read other data.',
  OPERATOR:
    'Impilo staff. Reads and writes the data of all customers, manages customers, items and warehouses, registers devices and manages stock.',
} as const;
export const Role = defineEnum('Role', 'Role of a caller, which determines what the caller may do.', ROLE_DESCRIPTIONS);
export type Role = EnumOf<typeof Role>;

const READING = ['viewer:read', 'data:read'] as const;
const WORKING = [
  ...READING,
  'device:associate',
  'device:identify',
  'device:override',
  'device:replace',
  'order:create',
  'patient:write',
  'reading:record',
] as const;
const ADMINISTERING = [...WORKING, 'site:write', 'webhook:manage', 'api-key:manage'] as const;
const OPERATING = [
  ...ADMINISTERING,
  'api-key:manage-operators',
  'customer:write',
  'item:write',
  'warehouse:write',
  'device:register',
  'device:make-available',
  'device:enable-at-warehouse',
  'device:receive',
  'order:process',
] as const;

export type Action = (typeof OPERATING)[number];

/** Actions of each role; any other action is forbidden. Source: docs/glossary.md#roles. */
export const POLICY: Readonly<Record<Role, readonly Action[]>> = {
  ADMIN: ADMINISTERING,
  MEMBER: WORKING,
  READ_ONLY: READING,
  INGEST: ['viewer:read', 'reading:record'],
  OPERATOR: OPERATING,
};

export function allows(caller: { role: Role }, action: Action): boolean {
  return POLICY[caller.role].includes(action);
}

/** @throws RequestError FORBIDDEN */
export function authorize(caller: { role: Role }, action: Action): void {
  if (!allows(caller, action)) {
    throw new RequestError('FORBIDDEN', `The role ${caller.role} does not allow the action ${action}.`);
  }
}
