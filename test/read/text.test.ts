import { int, raw, sql, Template, type Fragment } from '../../src/platform/db/sql';
import { OPERATOR_SCOPE } from '../../src/platform/db/scope';
import { JsonText, oneOfTexts, TextExpression } from '../../src/platform/read/text';

const written = (fragment: Fragment) =>
  new Template(sql`/* x */ ${fragment}`).fill(OPERATOR_SCOPE, undefined).text.slice(8);
const object = (...parts: (string | Fragment)[]) => new TextExpression(parts);
const ofTwo = (one: TextExpression, other: TextExpression) =>
  written(
    oneOfTexts(
      raw('k'),
      [
        { value: '1', text: one },
        { value: '2', text: other },
      ],
      raw('e'),
    ),
  );

test('text within text becomes a part of it', () => {
  const quoted = object('"', raw('id'), '"');
  const inner = new JsonText().write('{"id":').append(quoted).write('}').end();
  const outer = new JsonText().write('{"one":').append(inner).write(',"two":').append(raw('two')).write('}').end();
  expect(written(outer)).toBe(`'{"one":{"id":"' || id || '"},"two":' || (two) || '}'`);
});

test('what all of several texts begin and end with is written once', () => {
  expect(
    ofTwo(object('{"a":', raw('a'), ',"b":', raw('b'), '}'), object('{"a":', raw('a'), ',"c":', raw('c'), '}')),
  ).toBe(`'{"a":' || a || ',"' || (case k when 1 then 'b":' || b when 2 then 'c":' || c else e end) || '}'`);
  expect(ofTwo(object('{"a":', raw('a'), '}'), object('{}'))).toBe(
    `'{' || (case k when 1 then '"a":' || a when 2 then '' else e end) || '}'`,
  );
  expect(ofTwo(object('{}'), object('{}'))).toBe(`'{}' || (case k when 1 then '' when 2 then '' else e end)`);
  expect(ofTwo(object('aa'), object('aaa'))).toBe(`'aa' || (case k when 1 then '' when 2 then 'a' else e end)`);
});

test('values that only seem the same are not written once', () => {
  const value = int(1);
  expect(ofTwo(object('{', value, '}'), object('{', value, '}'))).toBe(
    `'{' || $1::int || '}' || (case k when 1 then '' when 2 then '' else e end)`,
  );
  expect(ofTwo(object('{', int(1), '}'), object('{', int(2), '}'))).toBe(
    `'{' || (case k when 1 then $1::int when 2 then $2::int else e end) || '}'`,
  );
});
