import { namesOf } from '../support/statement-names';
import {
  BULK,
  type DevicePayload,
  type BulkOperation,
  type Caller,
  type DeviceFixture,
  type Refusal,
} from '../support/device-fixture';

import type { CallerName } from '../support/test-app';

/** Statements of a transaction of a customer. */
export const FRAME = ['START TRANSACTION', 'COMMIT'];

/** The ids, versions and times that two devices with the same history do not share. */
const OF_ONE_DEVICE = /"(?:id|databaseId|statusChangedAt|updatedAt|occurredAt|startedAt|endedAt|value)":"[^"]*"/g;

const withoutIds = (payload: unknown): unknown => JSON.parse(JSON.stringify(payload).replace(OF_ONE_DEVICE, '"x":"~"'));

/** The errors of an entry as the single mutation returns them. */
export function asSingle(payload: DevicePayload): DevicePayload {
  const shorten = ({ path, ...error }: Refusal): Refusal => ({ ...error, path: ['input', ...path.slice(3)] });
  return { ...payload, userErrors: payload.userErrors.map(shorten) };
}

/**
 * Asserts that entries sent in one call return the same as the single mutation, called one by one with devices in the same
 * situations.
 *
 * @param inputs makes inputs with devices of their own
 */
export async function expectSameAsSingle(
  fixture: DeviceFixture,
  operation: BulkOperation,
  inputs: () => Promise<object[]>,
  caller: Caller = 'northside',
): Promise<DevicePayload[]> {
  const singles: DevicePayload[] = [];
  for (const input of await inputs()) singles.push(await fixture.call(operation, input, caller));
  const results = await fixture.callMany(operation, await inputs(), caller);
  expect(results.map(asSingle).map(withoutIds)).toEqual(singles.map(withoutIds));
  results.forEach(({ userErrors }, index) => {
    for (const { path } of userErrors) expect(path.slice(0, 3)).toEqual(['input', 'devices', String(index)]);
  });
  return results;
}

/** Asserts that 1, 10 and 200 entries are carried out with the same statements. @returns their names, without the frame */
export async function statementsOfAnySize(
  fixture: DeviceFixture,
  operation: BulkOperation,
  inputs: (size: number) => Promise<object[]>,
  caller: CallerName = 'northside',
): Promise<string[]> {
  const texts: string[][] = [];
  let names: string[] = [];
  for (const size of [1, 10, 200]) {
    const entries = await inputs(size);
    const bulk = BULK[operation];
    const document = `mutation ($input: ${bulk.charAt(0).toUpperCase()}${bulk.slice(1)}Input!) {
      payload: ${bulk}(input: $input) { results { userErrors { code } } refused } }`;
    const statements = await fixture.app.statementsOf(async () => {
      const data = await fixture.app.data(caller, document, { input: { devices: entries } });
      expect(data.payload).toMatchObject({ refused: 0 });
    });
    texts.push(statements.map(({ text }) => text));
    names = namesOf(statements).filter((name) => !FRAME.includes(name));
  }
  expect(texts[1]).toEqual(texts[0]);
  expect(texts[2]).toEqual(texts[0]);
  return names;
}
