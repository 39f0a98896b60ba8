import { getNamedType, isEnumType, type GraphQLEnumType, type GraphQLInputType } from 'graphql';

/** Scalars whose cells stay text: digits can be an id or a name. */
const TEXTS = ['ID', 'String', 'Date', 'DateTime', 'TimeZone'];

const NUMBER = /^[+-]?\d+(\.\d+)?$/;

/** Converts a cell to a value of a type. A cell that should be a number and is not stays text, which EntryContract refuses. */
export function toValue(cell: string, of: GraphQLInputType): unknown {
  const type = getNamedType(of);
  if (isEnumType(type)) return enumValueOf(type, cell);
  if (TEXTS.includes(type.name)) return cell;
  if (NUMBER.test(cell)) return Number(cell);
  return /^(true|false)$/i.test(cell) ? cell.toLowerCase() === 'true' : cell;
}

/** Sets a value in an entry, with the objects that it is in. */
export function setAt(entry: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let object = entry;
  for (const member of path.slice(0, -1)) object = (object[member] ??= {}) as Record<string, unknown>;
  object[path.at(-1)!] = value;
}

/** Converts the symbol of a unit, e.g. `mmol/L`, to its enum value. Descriptions end with the symbol in parentheses. Returns other text unchanged. */
function enumValueOf(type: GraphQLEnumType, text: string): string {
  const match = type.getValues().find(({ description }) => description?.endsWith(`(${text}).`));
  return match?.name ?? text;
}
