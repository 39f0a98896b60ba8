import { OPERATOR_SCOPE, type Scope } from '../../src/platform/db/scope';
import {
  all,
  bigint,
  bigints,
  compile,
  filter,
  int,
  join,
  key,
  late,
  oneOf,
  owned,
  PLAN_EACH_TIME,
  raw,
  sql,
  Template,
  text,
  texts,
  timestamptz,
  unlessPlannedEachTime,
  unnest,
  type Fragment,
} from '../../src/platform/db/sql';

const CUSTOMER: Scope = { kind: 'customer', customerId: '7' };

function compiled(fragment: Fragment, scope: Scope = CUSTOMER) {
  const { text, values } = compile(scope, sql`/* it */ ${fragment}`);
  return [text.replace('/* it */ ', ''), values];
}

it('values of nested fragments are numbered in the order of the text', () => {
  const inner = sql`b = ${text('x')} and c = ${int(3)}`;
  expect(compiled(sql`a = ${bigint('1')} and (${inner}) and d = ${timestamptz(null)}`)).toEqual([
    'a = $1::bigint and (b = $2::text and c = $3::int) and d = $4::timestamptz',
    ['1', 'x', 3, null],
  ]);
});

it('a fragment that is used twice is sent with one value', () => {
  const name = text('x');
  const pair = sql`(${name}, ${int(1)})`;
  expect(compiled(sql`${name} ${pair} ${pair} ${text('x')}`)).toEqual([
    '$1::text ($1::text, $2::int) ($1::text, $2::int) $3::text',
    ['x', 1, 'x'],
  ]);
});

it('a fragment compiles to the same statement each time', () => {
  const fragment = sql`/* it */ select ${bigints(['1', '2'])} where ${owned('d')}`;
  expect(compile(CUSTOMER, fragment)).toEqual(compile(CUSTOMER, fragment));
});

it('the name of a statement is in the comment at its start', () => {
  expect(compile(CUSTOMER, sql`/* list_${raw('of')} */ select 1`).name).toBe('list_of');
  expect(() => compile(CUSTOMER, sql`select 1`)).toThrow('The statement has no name: select 1');
});

it('a customer gets a condition on customer_id, and an operator gets the indexed expression', () => {
  const condition = all(owned('d'), sql`${key('d.id')} = ${bigint('1')}`);
  expect(compiled(condition)).toEqual(['d.customer_id = $1::bigint and d.id = $2::bigint', ['7', '1']]);
  expect(compiled(condition, OPERATOR_SCOPE)).toEqual(['true and (d.id + 0) = $1::bigint', ['1']]);
});

it.each<[string, Fragment, unknown[]]>([
  ['no condition', all(), ['true', []]],
  ['a list', join([raw('a'), raw('b')]), ['a, b', []]],
  ['one of one', oneOf('d.x', ['a'], 'text'), ['d.x = $1::text', ['a']]],
  ['one of several', oneOf(key('d.x'), ['1', '2'], 'bigint'), ['d.x = any($1::bigint[])', ['{1,2}']]],
  ['texts', texts(['a', 'b']), ['$1::text[]', [['a', 'b']]]],
  [
    'rows',
    unnest([{ a: '1', b: 'x' }], ['bigint', ({ a }) => a], ['text', ({ b }) => b]),
    ['unnest($1::bigint[], $2::text[])', ['{1}', ['x']]],
  ],
])('%s is compiled', (_what, fragment, expected) => {
  expect(compiled(fragment)).toEqual(expected);
});

it('a statement is planned each time if it has a filter with values or PLAN_EACH_TIME', () => {
  const plan = (fragment: Fragment) => compile(CUSTOMER, sql`/* it */ ${fragment}`).planEachTime;
  expect(plan(sql`${owned('d')} and ${filter(raw('d.patient_id is null'))}`)).toBe(false);
  expect(plan(sql`${owned('d')} and ${filter()}`)).toBe(false);
  expect(plan(filter(oneOf('d.current_status', ['LOST'], 'text')))).toBe(true);
  expect(plan(sql`${PLAN_EACH_TIME}select 1`)).toBe(true);
});

it.each([
  ['a NUL character', '\0', 'must not contain a NUL character'],
  ['half of a surrogate pair', '\ud83d', 'must not contain half of a surrogate pair, which is not a character'],
])('%s is rejected', (_what, part, rule) => {
  for (const value of [() => text(`a${part}`), () => texts(['a', part]), () => oneOf('x', [part], 'text')]) {
    expect(value).toThrow(`A string in the arguments ${rule}. Remove it.`);
  }
});

describe('a template', () => {
  const template = new Template<{ ids: readonly string[] }>(
    sql`/* it */ select 'a' from device d where ${owned('d')} and ${key('d.id')} = any(${late(
      ({ ids }: { ids: readonly string[] }) => (ids.length === 1 ? sql`array[${bigint(ids[0]!)}]` : bigints(ids)),
    )}) and d.version > ${int(3)}`,
  );

  it('makes the same statements as its fragment', () => {
    const other: Scope = { kind: 'customer', customerId: '8' };
    for (const [scope, ids] of [
      [CUSTOMER, ['1', '2']],
      [other, ['3', '4']],
      [OPERATOR_SCOPE, ['1', '2']],
      [CUSTOMER, ['5']],
      [other, ['1', '2']],
    ] as const) {
      const id = ids.length === 1 ? sql`array[${bigint(ids[0])}]` : bigints(ids);
      const fragment = sql`/* it */ select 'a' from device d where ${owned('d')} and ${key('d.id')} = any(${id}) and d.version > ${int(3)}`;
      expect(template.fill(scope, { ids })).toEqual(compile(scope, fragment));
    }
  });

  it('that must be planned for some values says so for these', () => {
    const filtered = new Template<string[]>(
      sql`/* it */ select ${unlessPlannedEachTime(raw('long'), raw('short'))} where ${late((values: string[]) => filter(...values.map(text)))}`,
    );
    expect(filtered.fill(CUSTOMER, [])).toMatchObject({ text: '/* it */ select long where true', planEachTime: false });
    expect(filtered.fill(CUSTOMER, ['x'])).toMatchObject({
      text: '/* it */ select short where $1::text',
      planEachTime: true,
    });
    expect(filtered.fill(CUSTOMER, [])).toMatchObject({ text: '/* it */ select long where true', planEachTime: false });
  });

  it('needs the name of its statements', () => {
    expect(() => new Template(sql`select 1`)).toThrow('The statement has no name: select 1');
  });
});
