import { parse } from 'graphql';
import { DocumentCache } from '../../src/platform/operation/document-cache';
import { DEFAULT_LIMITS } from '../../src/platform/operation/limits';
import { schema } from './limits.schema';

const options = { schema, limits: DEFAULT_LIMITS, introspection: true };

/** The nth of several documents with about the given number of tokens. */
const sized = (tokens: number, nth: number): string => `{ nodes(ids: [${'1 '.repeat(tokens)}]) { id } } #${nth}`;

const errorsOf = (cache: DocumentCache, source: string): unknown[] => {
  const checked = cache.get(source);
  return 'errors' in checked ? checked.errors.map((error) => error.toJSON()) : [];
};

it('a valid document is cached', () => {
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
])('a refused document is not cached: %.20s', (source) => {
  const cache = new DocumentCache(options);
  expect(errorsOf(cache, source)).toHaveLength(1);
  expect(cache.get(source).isCached).toBe(false);
  expect(cache.bytes).toBe(0);
});

describe('the size of the cache', () => {
  const maxBytes = 10_000_000;

  it('stays within its maximum, and the least recently used document is evicted first', () => {
    const cache = new DocumentCache({ ...options, maxBytes });
    const used = sized(10, -1);
    for (let nth = 0; nth < 100; nth += 1) {
      cache.get(used);
      cache.get(sized(1_000, nth));
      expect(cache.bytes).toBeLessThanOrEqual(maxBytes);
    }
    expect(cache.bytes).toBeGreaterThan(maxBytes * 0.9);
    expect(cache.get(used).isCached).toBe(true);
    expect(cache.get(sized(1_000, 99)).isCached).toBe(true);
    expect(cache.get(sized(1_000, 0)).isCached).toBe(false);
  });

  it('includes all tokens, comments too', () => {
    const sizeOf = (source: string): number => {
      const cache = new DocumentCache(options);
      expect(errorsOf(cache, source)).toEqual([]);
      return cache.bytes;
    };
    expect(sizeOf(sized(1_000, 0))).toBeGreaterThan(1_000 * 240);
    expect(sizeOf(`{ version } ${'#\n'.repeat(40_000)}`)).toBeGreaterThan(40_000 * 88);
  });

  it('excludes a document that is larger than the maximum', () => {
    const cache = new DocumentCache({ ...options, maxBytes: 1_000 });
    expect(errorsOf(cache, sized(1_000, 0))).toEqual([]);
    expect(cache.bytes).toBe(0);
  });
});

describe('without introspection', () => {
  const closed = new DocumentCache({ ...options, introspection: false });
  const open = new DocumentCache(options);

  it('introspection queries are refused', () => {
    expect(errorsOf(open, '{ __schema { types { name } } }')).toEqual([]);
    expect(errorsOf(closed, '{ __type(name: "Device") { name } }')).toEqual([
      {
        message: 'GraphQL introspection has been disabled, but the requested query contained the field "__type".',
        locations: [{ line: 1, column: 3 }],
        extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
      },
    ]);
  });

  it('error messages suggest no names of the schema', () => {
    const messageOf = (cache: DocumentCache): unknown => (errorsOf(cache, '{ versio }')[0] as Error).message;
    expect(messageOf(open)).toBe('Cannot query field "versio" on type "Query". Did you mean "version"?');
    expect(messageOf(closed)).toBe('Cannot query field "versio" on type "Query".');
  });
});
