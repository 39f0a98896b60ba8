import { Role, ROLE_DESCRIPTIONS } from '../../platform/access/policy';

export interface DemoKey {
  /** Sent by the caller. Public, so it is valid only in demo mode. */
  key: string;
  role: Role;
  /** Null for the operator. */
  customerId: string | null;
  /** Label of the actor in changes made with the key. */
  label: string;
}

export const DEMO_KEYS: readonly DemoKey[] = [
  { key: 'demo-northside', role: Role.ADMIN, customerId: '1', label: 'Northside demo key' },
  { key: 'demo-lakeview', role: Role.ADMIN, customerId: '2', label: 'Lakeview demo key' },
  { key: 'demo-northside-readonly', role: Role.READ_ONLY, customerId: '1', label: 'Northside read-only demo key' },
  { key: 'demo-ingest', role: Role.INGEST, customerId: '1', label: 'Northside ingest demo key' },
  { key: 'demo-operator', role: Role.OPERATOR, customerId: null, label: 'Operator demo key' },
];

/** The demo keys as the start page shows them. */
export const PUBLIC_DEMO_KEYS = DEMO_KEYS.map(({ key, role, label }) => ({
  key,
  role,
  label,
  allows: ROLE_DESCRIPTIONS[role],
}));
