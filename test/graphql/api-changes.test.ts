import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema } from 'graphql';
import { faultyChanges, readChangelog } from './api-changes.harness';

const read = (path: string) => readFileSync(join(__dirname, '../..', path), 'utf8');

const { version, unreleased } = readChangelog(read('CHANGELOG.md'));

it('the schema is compatible with the last release, and the changelog names changes that may affect clients', async () => {
  const current = buildSchema(read('schema.graphql'));
  expect(await faultyChanges(buildSchema(read(`docs/schemas/${version}.graphql`)), current, unreleased)).toEqual([]);
});

it('the last release in the changelog is the version in package.json', () => {
  expect((JSON.parse(read('package.json')) as { version: string }).version).toBe(version);
});

const BEFORE = `
  "Open enum: values may be added." enum Status { FREE LOST }
  "Closed." enum Sex { FEMALE MALE }
  "Only sent." enum Field { NAME }
  type Device { version: Int! status: Status! }
  input Change { note: String manual: Boolean! = false }
  type Query { device(field: Field): Device sex: Sex change(input: Change): Int }`;

describe.each([
  ['a removed field', 'version: Int!', '', 'breaking: '],
  ['a field that becomes nullable', 'version: Int!', 'version: Int', 'breaking: '],
  ['an input that becomes required', 'note: String', 'note: String!', 'breaking: '],
  ['a removed enum value', 'FREE LOST', 'FREE', 'breaking: '],
  ['a new value of a closed enum', 'FEMALE MALE', 'FEMALE MALE NONE', 'a value of a closed enum: '],
])('%s', (_name, member, changed, fault) => {
  it('is refused even if the changelog names it', async () => {
    const after = buildSchema(BEFORE.replace(member, changed));
    const [first] = await faultyChanges(buildSchema(BEFORE), after, '`Device.version` `Status.LOST` `Sex.NONE`');
    expect(first).toMatch(new RegExp(`^${fault}`));
  });
});

describe.each([
  ['a new value of an open enum', 'FREE LOST', 'FREE LOST RESTING', 'Status.RESTING'],
  ['a new value of an enum for inputs only', '{ NAME }', '{ NAME AGE }', 'Field.AGE'],
  ['a new argument', 'sex: Sex', 'sex(at: Int): Sex', 'Query.sex.at'],
  ['a changed default', '= false', '= true', 'Change.manual'],
])('%s', (_name, member, changed, path) => {
  it('must be named in the changelog', async () => {
    const [before, after] = [buildSchema(BEFORE), buildSchema(BEFORE.replace(member, changed))];
    expect(await faultyChanges(before, after, '')).toEqual([
      expect.stringMatching(new RegExp(`^not named as \`${path}\` in the changelog: `)),
    ]);
    expect(await faultyChanges(before, after, `- \`${path}\`, for tests`)).toEqual([]);
  });
});

it('new fields and optional inputs are allowed', async () => {
  const grown = BEFORE.replace('sex: Sex', 'sex: Sex weather: Int').replace(
    'note: String',
    'note: String reason: String',
  );
  expect(await faultyChanges(buildSchema(BEFORE), buildSchema(grown), '')).toEqual([]);
});

it('a changelog without a released entry is refused', () => {
  expect(() => readChangelog('# Changelog\n\n## [Unreleased]\n')).toThrow('CHANGELOG.md has no entry');
});
