import { badInput } from './errors';
import { isInt64 } from './int64';

const GLOBAL = /^([A-Za-z]+):([0-9]{1,19})$/;

export interface GlobalId {
  type: string;
  id: string;
}

/** Global id of a node: base64url of `Type:number`. It is never all digits, so it differs from every databaseId. */
export function toGlobalId(type: string, id: string): string {
  return Buffer.from(`${type}:${id}`, 'latin1').toString('base64url');
}

function decode(value: string): GlobalId | undefined {
  const match = GLOBAL.exec(Buffer.from(value, 'base64url').toString('latin1'));
  if (!match || !isInt64(match[2]!) || toGlobalId(match[1]!, match[2]!) !== value) return undefined;
  return { type: match[1]!, id: match[2]! };
}

/** Why a text is not an id: neither a global id nor a databaseId. Undefined for an id, of whatever type. */
export function ruleOfId(value: string): string | undefined {
  return isInt64(value) || decode(value) ? undefined : NO_ID;
}

const NO_ID = 'is not an id of this API';

/**
 * Reads an ID argument of `node` and `nodes`.
 *
 * @returns null for a plain number, which has no type
 * @throws InvalidValueError when the value is neither
 */
export function parseGlobalId(value: string, path: readonly string[]): GlobalId | null {
  if (isInt64(value)) return null;
  const globalId = decode(value);
  if (!globalId) throw badInput(path, NO_ID);
  return globalId;
}

/**
 * Reads an ID argument for rows of one type: a global id or a databaseId.
 *
 * @param member of what has the path, if it is not the value's own
 * @returns the row's databaseId, or null for an id of another type, which is treated as not found
 * @throws InvalidValueError when the value is neither, or a number beyond int64
 */
export function parseId(type: string, value: string, path: readonly string[], member?: string): string | null {
  if (isInt64(value)) return value.startsWith('0') ? BigInt(value).toString() : value;
  const globalId = parseGlobalId(value, member === undefined ? path : [...path, member]);
  return globalId?.type === type ? globalId.id : null;
}

/**
 * `parseId` for a list. Ids of other types are omitted, so a list with no other ids matches nothing.
 *
 * @throws InvalidValueError
 */
export function parseIds(type: string, values: readonly string[], path: readonly string[]): string[] {
  return values.flatMap((value, index) => parseId(type, value, [...path, String(index)]) ?? []);
}
