import { getNamedType, isEnumType, type GraphQLEnumType, type GraphQLInputType } from 'graphql';
import type { MeterLimits } from './meter-limit';
import { toNumber, unitNamed, unitsOf } from './quantity-cell';
import { toDate, type TimeOptions } from './time-cell';

/** How the cells of a file are written, as far as the file does not say. */
export interface CellOptions extends TimeOptions {
  /** Units of the measurements: symbols or names. */
  readonly units?: readonly string[] | undefined;
  /** What the glucose meter shows at least and at most. */
  readonly glucoseLimits?: MeterLimits | undefined;
}

/** Scalars whose cells stay text: digits can be an id or a name. */
const TEXTS = ['ID', 'String', 'DateTime', 'TimeZone'];

/** Converts a cell to a value of a type. A cell that should be a number and is not stays text, which EntryContract refuses. */
export function toValue(cell: string, of: GraphQLInputType, hasDecimalComma: boolean, options: CellOptions): unknown {
  const type = getNamedType(of);
  if (isEnumType(type)) return enumValueOf(type, cell);
  if (type.name === 'Date') return toDate(cell, options);
  if (TEXTS.includes(type.name)) return cell;
  if (type.name === 'Boolean') return BOOLEANS[cell.toLowerCase()] ?? cell;
  return toNumber(cell, hasDecimalComma) ?? cell;
}

const BOOLEANS: Readonly<Record<string, boolean>> = { true: true, false: false, yes: true, no: false };

/** Sets a value in an entry, with the objects that it is in. */
export function setAt(entry: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let object = entry;
  for (const member of path.slice(0, -1)) object = (object[member] ??= {}) as Record<string, unknown>;
  object[path.at(-1)!] = value;
}

/** Converts a symbol, e.g. `mmol/L`, or words, e.g. `Before meal`, to an enum value. Returns other text unchanged. */
function enumValueOf(type: GraphQLEnumType, text: string): string {
  const name = text
    .trim()
    .toUpperCase()
    .replace(/[\s-]+/g, '_');
  return unitNamed(unitsOf(type), text)?.name ?? type.getValues().find((value) => value.name === name)?.name ?? text;
}
