import { shown } from './entry-contract';
import { toQuantity } from './quantity-cell';

/** Smallest and largest number that a meter shows, in the unit of the line. */
export interface MeterLimits {
  readonly low: number;
  readonly high: number;
}

/** What a meter shows below or above its limits. */
export interface BeyondLimit {
  readonly comparator: 'LESS_THAN' | 'GREATER_THAN';
  /** The limit. */
  readonly value: number;
  readonly symbol?: string;
}

const RANGE = /^(\d+(?:[.,]\d+)?)\s*(?:-|–|to)\s*(\d+(?:[.,]\d+)?)$/;
const WORD = /^(hi|high|lo|low)\b\s*(\D*)$/i;
const COMPARED = /^([<>])\s*(.+)$/;

/** Parses `20-600` or `1.1-33.3`. Undefined for other text. */
export function parseLimits(text: string): MeterLimits | undefined {
  const [low, high] = (RANGE.exec(text.trim()) ?? []).slice(1).map((number) => Number(number.replace(',', '.')));
  return low !== undefined && high !== undefined && low < high ? { low, high } : undefined;
}

/**
 * Reads `HI`, `LO`, `>600` or `< 1.1 mmol/L`.
 *
 * @param limits for a word, which has no number
 * @returns undefined for a cell of another form
 */
export function toBeyond(
  cell: string,
  hasDecimalComma: boolean,
  limits: MeterLimits | undefined,
): BeyondLimit | { readonly problem: string } | undefined {
  const [, sign, number] = COMPARED.exec(cell) ?? [];
  if (sign !== undefined) {
    const quantity = toQuantity(number!, hasDecimalComma);
    return quantity && { comparator: sign === '<' ? 'LESS_THAN' : 'GREATER_THAN', ...quantity };
  }
  const [, word, symbol] = WORD.exec(cell) ?? [];
  if (word === undefined) return undefined;
  if (limits === undefined)
    return {
      problem: `is ${shown(cell)}: more or less than the meter can show. Say with --glucose-limits what it shows at least and at most, like --glucose-limits 20-600`,
    };
  const isLow = /^lo/i.test(word);
  return {
    comparator: isLow ? 'LESS_THAN' : 'GREATER_THAN',
    value: isLow ? limits.low : limits.high,
    ...(symbol && { symbol }),
  };
}
