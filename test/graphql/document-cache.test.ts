import { parse } from 'graphql';
import { DocumentCache } from '../../src/platform/operation/document-cache';
import { DEFAULT_LIMITS } from '../../src/platform/operation/limits';
import { schema } from './limits.schema';

const options = { schema, limits: DEFAULT_LIMITS, introspection: true };

/** A document of so many tokens and some around them, and which one of those. */
const sized = (tokens: number, which: number): string => `{ nodes(ids: [${'1 '.repeat(tokens)}]) { id } } #${which}`;

const errorsOf = (cache: DocumentCache, source: string): unknown[] => {
  const checked = cache.get(source);
  return 'errors' in checked ? checked.errors.map((error) => error.toJSON()) : [];
};

it('keeps a document that is valid, and gives out the same one', () => {
  const cache = new DocumentCache(options);
  const first = cache.get('{ version }');
  expect(first).toEqual({ document: parse('{ version }'), isCached: false });
  const second = cache.get('{ version }');
  expect(second).toEqual({ ...first, isCached: true });
  expect('document' in first && 'document' in second && first.document === second.document).toBe(true);
});

it.each([
  '{ version',
  '{ nothing }',
  `{ ${Array.from({ length: 31 }, (_, index) => `a${index}: version`).join(' ')} }`,
])('keeps nothing of what is refused: %.20s', (source) => {
  const cache = new DocumentCache(options);
  expect(errorsOf(cache, source)).toHaveLength(1);
  expect(cache.get(source).isCached).toBe(false);
  expect(cache.bytes).toBe(0);
});

describe('what is kept', () => {
  const maxBytes = 10_000_000;

  it('weighs no more than it may, whoever sends however many, and the longest unused goes first', () => {
    const cache = new DocumentCache({ ...options, maxBytes });
    const used = sized(10, -1);
    for (let which = 0; which < 100; which += 1) {
      cache.get(used);
      cache.get(sized(1_000, which));
      expect(cache.bytes).toBeLessThanOrEqual(maxBytes);
    }
    expect(cache.bytes).toBeGreaterThan(maxBytes * 0.9);
    expect(cache.get(used).isCached).toBe(true);
    expect(cache.get(sized(1_000, 99)).isCached).toBe(true);
    expect(cache.get(sized(1_000, 0)).isCached).toBe(false);
  });

  it('weighs what its tokens take, comments too', () => {
    const weigh = (source: string): number => {
      const cache = new DocumentCache(options);
      expect(errorsOf(cache, source)).toEqual([]);
      return cache.bytes;
    };
    expect(weigh(sized(1_000, 0))).toBeGreaterThan(1_000 * 240);
    expect(weigh(`{ version } ${'#\n'.repeat(40_000)}`)).toBeGreaterThan(40_000 * 88);
  });

  it('is not what is larger than all of it', () => {
    const cache = new DocumentCache({ ...options, maxBytes: 1_000 });
    expect(errorsOf(cache, sized(1_000, 0))).toEqual([]);
    expect(cache.bytes).toBe(0);
  });
});

describe('where introspection is off', () => {
  const closed = new DocumentCache({ ...options, introspection: false });
  const open = new DocumentCache(options);

  it('the schema cannot be asked for', () => {
    expect(errorsOf(open, '{ __schema { types { name } } }')).toEqual([]);
    expect(errorsOf(closed, '{ __type(name: "Device") { name } }')).toEqual([
      {
        message: 'GraphQL introspection has been disabled, but the requested query contained the field "__type".',
        locations: [{ line: 1, column: 3 }],
        extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
      },
    ]);
  });

  it('no refusal names what there is in it', () => {
    const messageOf = (cache: DocumentCache): unknown => (errorsOf(cache, '{ versio }')[0] as Error).message;
    expect(messageOf(open)).toBe('Cannot query field "versio" on type "Query". Did you mean "version"?');
    expect(messageOf(closed)).toBe('Cannot query field "versio" on type "Query".');
  });
});
