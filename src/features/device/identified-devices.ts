import { all, raw, sql, texts, type Fragment } from '../../platform/db/sql';
import type { IdentifierKey } from './device-identifier-forms';

/** An identifier as `FOUND_IDENTIFIER` returns it. */
export const toFound = ({ type, normalized }: { type: string; normalized: string }): string => `${type} ${normalized}`;

/** SQL for an identifier `i` as `IdentifiedDevices` reads it: its type and its key. */
export const FOUND_IDENTIFIER = raw(`i.type || ' ' || i.normalized`);

/** The condition that an identifier `i` is one of those that the keys name. */
export function namedBy(keys: readonly IdentifierKey[]): Fragment {
  const distinct = (values: readonly string[]) => texts([...new Set(values)]);
  const ofAnyType = keys.filter(({ type }) => type === null).map(({ key }) => key);
  const ofOneType = keys.flatMap(({ type, key }) => (type === null ? [] : [toFound({ type, normalized: key })]));
  const fits = sql`(i.normalized = any(${distinct(ofAnyType)}) or ${FOUND_IDENTIFIER} = any(${distinct(ofOneType)}))`;
  return all(
    // The condition that the index has.
    sql`i.normalized = any(${distinct(keys.map(({ key }) => key))})`,
    ...(ofOneType.length === 0 ? [] : [fits]),
  );
}

/** The devices that were found by identifiers. */
export class IdentifiedDevices<Device extends object | string> {
  private readonly byKey = new Map<string, Device>();
  private readonly byTypeAndKey = new Map<string, Device>();

  /** @param found each device with the identifiers that were found, as `FOUND_IDENTIFIER` returns them */
  constructor(found: Iterable<{ device: Device; identifiers: readonly string[] }>) {
    for (const { device, identifiers } of found) this.add(device, identifiers);
  }

  add(device: Device, identifiers: readonly string[]): void {
    for (const identifier of identifiers) {
      this.byTypeAndKey.set(identifier, device);
      this.byKey.set(identifier.slice(identifier.indexOf(' ') + 1), device);
    }
  }

  /** The device that the closest of the keys names. */
  find(keys: readonly IdentifierKey[]): Device | undefined {
    return this.findAll(keys)[0];
  }

  /** The devices that any of the keys names, by the order of the keys. */
  findAll(keys: readonly IdentifierKey[]): Device[] {
    return keys.flatMap(({ type, key }) => {
      const found = type === null ? this.byKey.get(key) : this.byTypeAndKey.get(toFound({ type, normalized: key }));
      return found ?? [];
    });
  }
}
