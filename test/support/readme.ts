import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const README = readFileSync(join(__dirname, '../../README.md'), 'utf8');

/** A fenced block: what stands behind the fence, e.g. `json event`, and its text. */
export interface FencedBlock {
  kind: string;
  text: string;
}

/** The fenced blocks of a part of the README, in their order. */
export function fencedBlocks(markdown: string): FencedBlock[] {
  return [...markdown.matchAll(/^```([^\n]+)\n(.*?)^```$/gms)].map(([, kind, text]) => ({ kind: kind!, text: text! }));
}

/**
 * The part of the README under a heading, up to the next heading of the same rank.
 *
 * @param heading e.g. `## A tour`
 */
export function section(heading: string): string {
  const start = README.indexOf(`\n${heading}\n`);
  if (start === -1) throw new Error(`The README has no ${heading}`);
  const rest = README.slice(start + heading.length + 2);
  const rank = heading.indexOf(' ');
  const end = rest.search(new RegExp(`^#{1,${rank}} `, 'm'));
  return end === -1 ? rest : rest.slice(0, end);
}

/** The cells of the only table in a part of the README, without its rule; spaces around them cut off. */
export function table(markdown: string): string[][] {
  const [head, , ...rows] = markdown.split('\n').filter((line) => line.startsWith('|'));
  return [head!, ...rows].map((line) =>
    line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** What the placeholders of the README stood for when the examples ran. */
export type Bindings = Map<string, string>;

const PLACEHOLDER = /^<(\w+)>$/;
const TIME = '…';
const TIME_PATTERN = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** Puts what was answered before in the place of the placeholders. */
export function fill(value: unknown, bindings: Bindings): unknown {
  return mapTexts(value, (text) => {
    const name = PLACEHOLDER.exec(text)?.[1];
    if (name === undefined) return text;
    const bound = bindings.get(name);
    if (bound === undefined) throw new Error(`Nothing in the README answers ${text} before it is used`);
    return bound;
  });
}

/**
 * An answer as the README would write it: what stands in the place of a placeholder is checked and replaced by it.
 *
 * @param bindings get the values of `<name>`
 */
export function asWritten(actual: unknown, written: unknown, bindings: Bindings): unknown {
  if (typeof written === 'string' && typeof actual === 'string') {
    if (written === TIME && TIME_PATTERN.test(actual)) return TIME;
    const name = PLACEHOLDER.exec(written)?.[1];
    if (name === undefined || actual === '') return actual;
    bindings.set(name, actual);
    return written;
  }
  if (Array.isArray(actual))
    return actual.map((item, index) => asWritten(item, Array.isArray(written) ? written[index] : null, bindings));
  if (!isObject(actual)) return actual;
  return Object.fromEntries(
    Object.entries(actual).map(([key, value]) => [
      key,
      asWritten(value, isObject(written) ? written[key] : null, bindings),
    ]),
  );
}

function mapTexts(value: unknown, map: (text: string) => string): unknown {
  if (typeof value === 'string') return map(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, map));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapTexts(item, map)]));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
