import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONFIG_VARIABLES } from '../../src/config';
import { SYMBOLS } from '../../src/features/kind/measurement-unit';
import { KINDS } from '../../src/features/kind/reading-kind';
import { DevicePlacement, DeviceStatus } from '../../src/features/device/device-status';
import { Role } from '../../src/platform/access/policy';
import { markdown } from '../support/markdown';
import { inlineCode } from '../support/markdown-links';
import { REPOSITORY } from '../support/tool';

const glossary = markdown('docs/glossary.md');
const rows = (heading: string) => glossary.section(heading).table.slice(1);

test.each([
  ['### Roles', 0, Role],
  ['### Device status', 0, DeviceStatus],
  ['### Placement', 1, DevicePlacement],
])('%s: its table has every value', (heading, column, values) => {
  const named = rows(heading).map((cells) => cells[column]!.replace('\\*', ''));
  expect(new Set(named)).toEqual(new Set(Object.values(values)));
});

test('the bounds are those of the kinds', () => {
  const inCode = KINDS.flatMap(({ quantities }) =>
    quantities.map(({ min, max, unit }) => [min.toLocaleString('en-US'), max.toLocaleString('en-US'), SYMBOLS[unit]]),
  );
  const listed = rows('### Bounds').map(([, ...bounds]) => bounds);
  expect(new Set(listed.map(String))).toEqual(new Set(inCode.map(String)));
});

test('the codes that it names exist', () => {
  const wordsOf = (path: string) => readFileSync(join(REPOSITORY, path), 'utf8').match(/\b[A-Z_]+\b/g) ?? [];
  const words = new Set([
    ...wordsOf('schema.graphql'),
    ...wordsOf('src/platform/base/errors.ts'),
    ...CONFIG_VARIABLES.map(({ name }) => name),
  ]);
  const codes = inlineCode(glossary.text).filter((code) => /^[A-Z]+(?:_[A-Z]+)+$/.test(code));
  expect(codes.length).toBeGreaterThan(30);
  expect(codes.filter((code) => !words.has(code))).toEqual([]);
});
