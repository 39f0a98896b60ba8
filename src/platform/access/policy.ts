import { defineEnum, type EnumOf } from '../base/enum';
import { RequestError } from '../base/errors';

/** What a caller is allowed to do, see the table of domain.md. */
export const Role = defineEnum('Role', 'What a caller may do.', {
  ADMIN: "Reads and writes all of its customer's data, sites and webhooks included.",
  MEMBER: "Reads its customer's data; associates devices, changes their status, and edits patients.",
  READ_ONLY: "Reads its customer's data and subscribes to changes.",
  INGEST: 'Records readings and sees nothing else.',
  OPERATOR: "The platform's own staff: all customers' data, registering devices, and stock.",
});
export type Role = EnumOf<typeof Role>;

export type Action =
  | 'viewer:read'
  | 'programme:read'
  | 'device:associate'
  | 'device:override'
  | 'device:register'
  | 'device:make-available'
  | 'device:enable-at-warehouse'
  | 'patient:write'
  | 'site:write'
  | 'reading:record'
  | 'order:create'
  | 'order:process'
  | 'device:replace'
  | 'device:receive'
  | 'webhook:manage';

const EVERYBODY = [Role.ADMIN, Role.MEMBER, Role.READ_ONLY, Role.INGEST, Role.OPERATOR];
const READERS = [Role.ADMIN, Role.MEMBER, Role.READ_ONLY, Role.OPERATOR];
const MEMBERS = [Role.ADMIN, Role.MEMBER, Role.OPERATOR];
const RECORDERS = [Role.ADMIN, Role.MEMBER, Role.INGEST, Role.OPERATOR];
const ADMINS = [Role.ADMIN, Role.OPERATOR];
const OPERATORS = [Role.OPERATOR];

/** Role × action, the one table: what is not in it is not allowed. Source: domain.md, "Who may do what". */
export const POLICY: Record<Action, readonly Role[]> = {
  'viewer:read': EVERYBODY,
  'programme:read': READERS,
  'device:associate': MEMBERS,
  'device:override': MEMBERS,
  'device:register': OPERATORS,
  'device:make-available': OPERATORS,
  'device:enable-at-warehouse': OPERATORS,
  'patient:write': MEMBERS,
  'site:write': ADMINS,
  'reading:record': RECORDERS,
  'order:create': MEMBERS,
  'order:process': OPERATORS,
  'device:replace': MEMBERS,
  'device:receive': OPERATORS,
  'webhook:manage': ADMINS,
};

/** @throws RequestError FORBIDDEN */
export function authorize(caller: { role: Role }, action: Action): void {
  if (!POLICY[action].includes(caller.role)) {
    throw new RequestError('FORBIDDEN', `The role ${caller.role} does not allow this (${action}).`);
  }
}
