import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema } from 'graphql';
import { faultyChanges, readChangelog } from './api-changes.harness';

const read = (path: string) => readFileSync(join(__dirname, '../..', path), 'utf8');

const { version, unreleased } = readChangelog(read('CHANGELOG.md'));

it('is what the last release promised, and the changelog names what a client may have to know', async () => {
  const current = buildSchema(read('schema.graphql'));
  expect(await faultyChanges(buildSchema(read(`docs/schemas/${version}.graphql`)), current, unreleased)).toEqual([]);
});

it('is the version that package.json names', () => {
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
  ['a field that is gone', 'version: Int!', '', 'breaking: '],
  ['a field that may be null now', 'version: Int!', 'version: Int', 'breaking: '],
  ['an input that must be given now', 'note: String', 'note: String!', 'breaking: '],
  ['a value that is gone', 'FREE LOST', 'FREE', 'breaking: '],
  ['a value of a closed enum', 'FEMALE MALE', 'FEMALE MALE NONE', 'a value of a closed enum: '],
])('%s', (_name, member, changed, fault) => {
  it('is refused, whatever the changelog says', async () => {
    const after = buildSchema(BEFORE.replace(member, changed));
    const [first] = await faultyChanges(buildSchema(BEFORE), after, '`Device.version` `Status.LOST` `Sex.NONE`');
    expect(first).toMatch(new RegExp(`^${fault}`));
  });
});

describe.each([
  ['a value of an open enum', 'FREE LOST', 'FREE LOST RESTING', 'Status.RESTING'],
  ['a value of an enum that is only sent', '{ NAME }', '{ NAME AGE }', 'Field.AGE'],
  ['an argument', 'sex: Sex', 'sex(at: Int): Sex', 'Query.sex.at'],
  ['another default', '= false', '= true', 'Change.manual'],
])('%s', (_name, member, changed, path) => {
  it('must be named in the changelog', async () => {
    const [before, after] = [buildSchema(BEFORE), buildSchema(BEFORE.replace(member, changed))];
    expect(await faultyChanges(before, after, '')).toEqual([
      expect.stringMatching(new RegExp(`^not named as \`${path}\` in the changelog: `)),
    ]);
    expect(await faultyChanges(before, after, `- \`${path}\`, for tests`)).toEqual([]);
  });
});

it('lets the schema grow', async () => {
  const grown = BEFORE.replace('sex: Sex', 'sex: Sex weather: Int').replace(
    'note: String',
    'note: String reason: String',
  );
  expect(await faultyChanges(buildSchema(BEFORE), buildSchema(grown), '')).toEqual([]);
});

it('needs a changelog with a released entry', () => {
  expect(() => readChangelog('# Changelog\n\n## [Unreleased]\n')).toThrow('CHANGELOG.md has no entry');
});
