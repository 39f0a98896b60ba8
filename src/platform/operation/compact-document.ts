import { GraphQLError, Source, type DocumentNode } from 'graphql';

/**
 * The source of all nodes of compact documents. The text of the document is not kept, so that comments and ignored characters
 * take no memory. Errors get their locations from the text of the request, see `Locations`.
 */
const NO_TEXT = new Source('');

const NO_ITEMS: readonly unknown[] = Object.freeze([]);

/** Sizes in V8's heap, 64 bits: an object without its members, a member, the location of a node, an array, the head of a text. */
const OBJECT_BYTES = 24;
const MEMBER_BYTES = 8;
/** With the array that holds it, because the parser adds it later. */
const LOCATION_BYTES = 40 + 40;
const ARRAY_BYTES = 48;
const TEXT_BYTES = 16;

type Members = Record<string, unknown>;

/**
 * Removes from a parsed document what its execution does not need: tokens, comments, and the text of which all names are slices.
 *
 * @param known returns the text that the schema has, instead of a copy
 * @returns its size in the heap, in bytes
 */
export function compact(document: DocumentNode, known: (text: string) => string | undefined): number {
  const texts = new Map<string, string>();
  let bytes = 0;
  const textOf = (text: string): string => {
    const kept = known(text) ?? texts.get(text);
    if (kept !== undefined) return kept;
    // A name is a slice of the document, which would keep the whole document. Parsed JSON is a text of its own.
    const copy = JSON.parse(JSON.stringify(text)) as string;
    texts.set(text, copy);
    bytes += TEXT_BYTES + Buffer.byteLength(text) * (/^[\0-\xff]*$/.test(text) ? 1 : 2);
    return copy;
  };
  const valueOf = (value: unknown): unknown => {
    if (typeof value === 'string') return textOf(value);
    if (Array.isArray(value)) {
      if (value.length === 0) return NO_ITEMS;
      bytes += ARRAY_BYTES + value.length * MEMBER_BYTES;
      // A copy has no reserve for further items.
      return value.map(valueOf);
    }
    if (typeof value === 'object' && value !== null) compactNode(value as Members);
    return value;
  };
  const compactNode = (node: Members): void => {
    const names = Object.keys(node);
    bytes += OBJECT_BYTES + names.length * MEMBER_BYTES + LOCATION_BYTES;
    for (const name of names) {
      if (name === 'loc') node.loc = { start: (node.loc as { start: number }).start, source: NO_TEXT };
      else if (name !== 'kind') node[name] = valueOf(node[name]);
    }
  };
  compactNode(document as unknown as Members);
  return bytes;
}

/** The lines of a document's text. */
export class Locations {
  private starts: number[] | undefined;

  constructor(private readonly text: string) {}

  /** Gives an error at nodes of a compact document its locations. */
  complete(error: GraphQLError): GraphQLError {
    const { source, positions } = error;
    return source === NO_TEXT && positions
      ? Object.assign(error, { locations: positions.map((position) => this.at(position)) })
      : error;
  }

  private at(position: number): { line: number; column: number } {
    this.starts ??= [0, ...Array.from(this.text.matchAll(/\r\n|[\n\r]/g), ({ 0: end, index }) => index + end.length)];
    let [low, high] = [0, this.starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.starts[middle]! <= position) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: position + 1 - this.starts[low]! };
  }
}
