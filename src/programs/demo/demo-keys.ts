import { Role } from '../../platform/access/policy';

export interface DemoKey {
  /** What the caller sends: public, and so good only while DEMO is on. */
  key: string;
  role: Role;
  /** Null for the operator. */
  customerId: string | null;
  /** The label of the actor of its changes. */
  label: string;
}

export const DEMO_KEYS: readonly DemoKey[] = [
  { key: 'demo-northside', role: Role.ADMIN, customerId: '1', label: 'Northside demo key' },
  { key: 'demo-lakeview', role: Role.ADMIN, customerId: '2', label: 'Lakeview demo key' },
  { key: 'demo-northside-readonly', role: Role.READ_ONLY, customerId: '1', label: 'Northside read-only demo key' },
  { key: 'demo-ingest', role: Role.INGEST, customerId: '1', label: 'Northside ingest demo key' },
  { key: 'demo-operator', role: Role.OPERATOR, customerId: null, label: 'Operator demo key' },
];
