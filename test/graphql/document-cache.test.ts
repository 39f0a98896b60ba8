import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parse, print } from 'graphql';
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

/** Checks and keeps a document, as an operation that may run does. */
function keep(cache: DocumentCache, source: string, owner = 'customer:1'): void {
  const checked = cache.get(source);
  if ('errors' in checked) throw new Error(checked.errors[0]!.message);
  cache.keep(owner, checked);
}

it('a valid document is cached once its caller may run it', () => {
  const cache = new DocumentCache(options);
  cache.get('{ version }');
  expect(cache.bytes).toBe(0);
  expect(cache.get('{ version }').isCached).toBe(false);
  keep(cache, '{ version }');
  const [first, second] = [cache.get('{ version }'), cache.get('{ version }')];
  expect(second).toMatchObject({ isCached: true, text: '{ version }' });
  expect('document' in first && 'document' in second && first.document === second.document).toBe(true);
});

it('a document is that of graphql-js, without tokens and text', () => {
  const source =
    'query Q($a: [ID!]! = ["x"]) { nodes(ids: $a) @include(if: true) { id ...F } } fragment F on Node { id } # end';
  const checked = new DocumentCache(options).get(source);
  if ('errors' in checked) throw new Error(checked.errors[0]!.message);
  expect(print(checked.document)).toBe(print(parse(source)));
  const fields = checked.document.definitions.flatMap(({ loc }) => Object.keys(loc!));
  expect(new Set(fields)).toEqual(new Set(['start', 'source']));
  expect(checked.document.loc!.source.body).toBe('');
});

it.each([
  '{ version',
  '{ nothing }',
  `{ ${Array.from({ length: 31 }, (_, index) => `a${index}: version`).join(' ')} }`,
])('a refused document has no document to keep: %.20s', (source) => {
  const cache = new DocumentCache(options);
  expect(errorsOf(cache, source)).toHaveLength(1);
  expect(cache.get(source).isCached).toBe(false);
  expect(cache.bytes).toBe(0);
});

it('a text with an unpaired surrogate is not the text with a replacement character', () => {
  const cache = new DocumentCache(options);
  keep(cache, '{ version } # \ufffd');
  expect(cache.get('{ version } # \ufffd').isCached).toBe(true);
  expect(errorsOf(cache, '{ version } # \ud800')).toHaveLength(1);
});

describe('the size of the cache', () => {
  const maxBytes = 10_000_000;

  it('stays within its maximum and the share of an owner, and the least recently used document is evicted first', () => {
    const cache = new DocumentCache({ ...options, maxBytes });
    const used = sized(10, -1);
    keep(cache, used);
    for (let nth = 0; nth < 100; nth += 1) {
      cache.get(used);
      keep(cache, sized(1_000, nth));
      expect(cache.bytes).toBeLessThanOrEqual(maxBytes / 4);
    }
    expect(cache.bytes).toBeGreaterThan(maxBytes / 5);
    expect(cache.get(used).isCached).toBe(true);
    expect(cache.get(sized(1_000, 99)).isCached).toBe(true);
    expect(cache.get(sized(1_000, 0)).isCached).toBe(false);
  });

  it('an owner that fills the cache evicts no document of others', () => {
    const cache = new DocumentCache({ ...options, maxBytes });
    keep(cache, sized(500, -1), 'customer:2');
    for (let owner = 10; owner < 20; owner += 1)
      for (let nth = 0; nth < 10; nth += 1) keep(cache, sized(1_000, owner * 100 + nth), `customer:${owner}`);
    expect(cache.bytes).toBeLessThanOrEqual(maxBytes);
    expect(cache.bytes).toBeGreaterThan(maxBytes * 0.9);
    expect(cache.get(sized(500, -1)).isCached).toBe(true);
  });

  it('excludes a document that is larger than the share of its owner', () => {
    const cache = new DocumentCache({ ...options, maxBytes: 1_000 });
    keep(cache, sized(1_000, 0));
    expect(cache.bytes).toBe(0);
  });

  describe('is what the documents take', () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    /** What other tests of the worker have left is freed in some turns of the event loop. */
    const heap = async (): Promise<number> => {
      for (let turn = 0; turn < 10; turn += 1) {
        collect();
        await nextTurn();
      }
      return process.memoryUsage().heapUsed;
    };
    const names = (nth: number) =>
      Array.from({ length: 20 }, (_, index) => `aNameOfAnAlias${nth}x${index}: id`).join(' ');

    it.each([
      ['small documents', 2_000, (nth: number) => `query N${nth} { version }`],
      ['large documents', 40, (nth: number) => sized(1_000, nth)],
      ['names', 300, (nth: number) => `query N${nth} { nodes(ids: [1]) { ${names(nth)} } }`],
      ['texts', 100, (nth: number) => `{ nodes(ids: ["${`${nth}-`.repeat(2_000)}"]) { id } }`],
      ['comments', 2_000, (nth: number) => `{ version } ${`# ${nth}\n`.repeat(2_000)}`],
    ])('%s', async (_what, count, source) => {
      const grownToWeighed = async (): Promise<number> => {
        const cache = new DocumentCache({ ...options, maxBytes: 400_000_000 });
        keep(cache, source(count)); // what is made once
        const before = [await heap(), cache.bytes] as const;
        for (let nth = 0; nth < count; nth += 1) keep(cache, source(nth));
        return ((await heap()) - before[0]) / (cache.bytes - before[1]);
      };
      // Weighing too little would fill the memory. Weighing too much only keeps fewer documents.
      const isRight = (ratio: number) => ratio > 1 / 2 && ratio < 1.5;
      let ratio = await grownToWeighed();
      // What others have left, such as code that is no longer used, is freed at any time, but only once.
      for (let left = 3; left > 0 && !isRight(ratio); left -= 1) ratio = await grownToWeighed();
      expect(ratio).toBeGreaterThan(1 / 2);
      expect(ratio).toBeLessThan(1.5);
    });
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
