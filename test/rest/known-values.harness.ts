import type { CallerName } from '../support/test-app';
import type { Operation } from './generated-requests.harness';
import type { Known } from './schema-values.harness';

/** Those who see the rows of the same customer. */
const VIEWS: Readonly<Record<CallerName, string>> = {
  northside: 'Northside',
  readOnly: 'Northside',
  ingest: 'Northside',
  lakeview: 'Lakeview',
  operator: 'all',
};
const MAX_VALUES = 300;

/** Ids and names that responses had. Requests refer to them by the names of members and parameters. */
export class KnownValues {
  /** By view and name of a member. */
  private readonly values = new Map<string, Set<unknown>>();

  /** For the members and parameters of an operation. */
  of({ path }: Operation, caller: CallerName): Known {
    const [, object = ''] = path.split('/');
    return (name) => [...(this.values.get(keyOf(caller, kindOf(name, object))) ?? [])];
  }

  /** @param operation that had this response */
  add({ path }: Operation, caller: CallerName, answer: unknown): void {
    const [, object = ''] = path.split('/');
    this.collect(answer, object, (kind, value) => {
      if (value === null || !/id$|identifier$/i.test(kind)) return;
      for (const view of new Set<CallerName>([caller, 'operator'])) this.put(keyOf(view, kind), value);
    });
  }

  private collect(value: unknown, object: string, found: (kind: string, value: unknown) => void): void {
    if (Array.isArray(value)) for (const one of value) this.collect(one, object, found);
    else if (typeof value === 'object' && value !== null)
      for (const [name, inner] of Object.entries(value)) {
        if (typeof inner === 'object') this.collect(inner, objectOf(name, object), found);
        else found(kindOf(name, object), inner);
      }
  }

  private put(key: string, value: unknown): void {
    const values = this.values.get(key) ?? new Set();
    if (values.size < MAX_VALUES) values.add(value);
    this.values.set(key, values);
  }
}

const keyOf = (caller: CallerName, kind: string): string => `${VIEWS[caller]} ${kind}`;

/** Objects in a list of a page are those of its path. `currentPatient` is a patient. */
function objectOf(name: string, object: string): string {
  if (name === 'content') return object;
  if (name === 'deviceIdentifiers') return 'deviceIdentifier';
  return name.replace(/^current(?=[A-Z])/, '').replace(/^./, (letter) => letter.toLowerCase());
}

/** `deviceId` and the `id` of a device are the same; so are their further identifiers. */
function kindOf(name: string, object: string): string {
  if (name === 'id') return `${object}Id`;
  if (name === 'identifier' && object === 'device') return 'deviceIdentifier';
  if (name === 'value' && object === 'deviceIdentifier') return 'deviceIdentifier';
  if (name === 'externalIdentifier') return `${object}ExternalIdentifier`;
  return name;
}
