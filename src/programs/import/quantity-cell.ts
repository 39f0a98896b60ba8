import { isEnumType, type GraphQLInputType } from 'graphql';

const NUMBER = /^[+-]?\d+(\.\d+)?$/;
const DECIMAL_COMMA = /^([+-]?\d+),(\d+)$/;
/** A number and what follows it, such as `83.00 kg`. */
const WITH_UNIT = /^([+-]?\d+(?:[.,]\d+)?)\s*([^\d\s.,].*)$/;

/** Other usual writings of symbols. */
const SYNONYMS: Readonly<Record<string, string>> = { lbs: 'lb', kgs: 'kg', '/min': 'bpm', bpm: 'bpm' };

/** Form in which symbols are compared: `°c`, `mmol/l`. */
function formOf(symbol: string): string {
  const form = symbol.toLowerCase().replace(/[\s°º]/g, '');
  return SYNONYMS[form] ?? form;
}

export function isSameSymbol(one: string, other: string): boolean {
  return formOf(one) === formOf(other);
}

/** A unit that an enum of units has: its value and its symbol. */
export interface UnitChoice {
  readonly name: string;
  readonly symbol: string;
}

/** Units of an enum, with the symbols at the end of their descriptions: `Kilograms (kg).` */
export function unitsOf(type: GraphQLInputType): UnitChoice[] {
  if (!isEnumType(type)) return [];
  return type.getValues().flatMap(({ name, description }) => {
    const [, symbol] = /\(([^()]+)\)\.$/.exec(description ?? '') ?? [];
    return symbol === undefined ? [] : [{ name, symbol }];
  });
}

/** @param text symbol or name of a unit */
export function unitNamed(units: readonly UnitChoice[], text: string): UnitChoice | undefined {
  return units.find(({ name, symbol }) => name === text.trim() || isSameSymbol(symbol, text));
}

/** Symbols in a description of a field, such as `Glucose: 10 to 1000 mg/dL, or 0.56 to 55.5 mmol/L.` */
export function symbolsIn(description: string | null | undefined): string[] {
  return [...(description ?? '').matchAll(/\d to [\d.]+ ([^\s,.]+)/g)].map(([, symbol]) => symbol!);
}

/** Symbol at the end of the name of a column: `Weight (kg)`, `Glucose mg/dL`, `weight_kg`. */
export function symbolInHeader(header: string): string | undefined {
  const [, bracketed] = /[([]\s*([^()[\]]+?)\s*[)\]]\s*$/.exec(header) ?? [];
  if (bracketed !== undefined) return bracketed;
  return /(?:^|[\s_,])(mg\/dl|mmol\/l|mmhg|kpa|kgs?|lbs?|st|bpm|°[cf]|%|l\/min)\s*$/i.exec(header)?.[1];
}

/** A number, with its unit if the cell has one. Undefined if it is neither. */
export function toQuantity(
  cell: string,
  hasDecimalComma: boolean,
): { readonly value: number; readonly symbol?: string } | undefined {
  const value = toNumber(cell, hasDecimalComma);
  if (value !== undefined) return { value };
  const [, number, symbol] = WITH_UNIT.exec(cell) ?? [];
  const measured = number === undefined ? undefined : toNumber(number, hasDecimalComma);
  return measured === undefined || symbol === undefined ? undefined : { value: measured, symbol: symbol.trim() };
}

export function toNumber(cell: string, hasDecimalComma: boolean): number | undefined {
  const text = hasDecimalComma ? cell.replace(DECIMAL_COMMA, '$1.$2') : cell;
  return NUMBER.test(text) ? Number(text) : undefined;
}
