import type { CallerName } from '../support/test-app';
import { MARKER } from './generated-texts.harness';
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
const LATEST = 8;

/** Values of members that are texts in the document, with a form of their own. Names below `invalid` are never found (RFC 2606). */
const FORMS: Readonly<Record<string, readonly unknown[]>> = {
  url: [1, 2, 3].map((number) => `https://${MARKER}.invalid/${number}`),
};

/** Ids and names that responses had. Requests refer to them by the names of members and parameters. */
export class KnownValues {
  /** By view and name of a member. */
  private readonly values = new Map<string, Set<unknown>>();

  /** For the members and parameters of an operation. */
  of({ path }: Operation, caller: CallerName): Known {
    const [, outer = ''] = path.split('/');
    return (name, inner) => {
      const kind = kindOf(name, inner === '' ? outer : objectOf(inner, outer));
      const form = FORMS[name];
      if (form) return form;
      const all = [...(this.values.get(keyOf(caller, kind)) ?? [])];
      // Half of the draws are of what was just created or seen.
      const latest = all.slice(-LATEST);
      return [...all, ...all.map((_value, index) => latest[index % latest.length])];
    };
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
    values.delete(value); // the latest is the last
    values.add(value);
    if (values.size > MAX_VALUES) values.delete(values.values().next().value);
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
