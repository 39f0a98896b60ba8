import type { Finding, Scenario } from './scenario';
import { attackFor, ATTACKER, ATTACKING_ADMIN, type GraphqlRequest, type Stage } from './stage';

/** 10 MB, the default maximum of a response, and the text around it. */
const RESPONSE_BAR_MB = 11;

const MEGABYTE = 1_000_000;

/** Sends one costly operation again and again, five at once. */
async function attackWith(stage: Stage, request: GraphqlRequest): Promise<Finding[]> {
  const body = JSON.stringify(request);
  let largest = 0;
  const refusals = new Set<string>();
  const findings = await stage.besideLightCaller(() =>
    attackFor(8, 5, async () => {
      const { bytes, text } = await stage.send(ATTACKER, body);
      largest = Math.max(largest, bytes);
      const refusal = /"message":"(.{0,120})/.exec(text)?.[1];
      if (refusal !== undefined && refusals.size < 3) refusals.add(refusal);
    }),
  );
  for (const refusal of refusals) console.log(`  the response to the attacker: ${refusal}`);
  return [...findings, { what: 'largest response', value: largest / MEGABYTE, unit: ' MB', bar: RESPONSE_BAR_MB }];
}

const aliased = (count: number, field: string): string =>
  Array.from({ length: count }, (_, index) => `a${index}: ${field}`).join(' ');

/** As many ids as fit into the largest request. */
const IDS = Array.from({ length: 100_000 }, (_, index) => `${index + 1}`);

export const LONG_LISTS: Scenario = {
  name: 'long-lists',
  attack: 'a list of 100,000 ids as the filter of 29 lists of each of 60 patients',
  run: (stage) =>
    attackWith(stage, {
      query: `query ($k: [ID!]) { patients(first: 60) { nodes {
        ${aliased(29, 'readings(first: 1, filter: { deviceIds: $k }) { nodes { id } }')} } } }`,
      variables: { k: IDS },
    }),
};

const NOTES = 50;

export const REPEATED_NOTES: Scenario = {
  name: 'repeated-notes',
  attack: `${NOTES} notes of 2,000 characters by 30 aliases below a device that is named 100 times`,
  async run(stage) {
    let id = '';
    for (let count = 0; count < NOTES; count += 1) {
      const status = count % 2 === 0 ? 'LOST' : 'DECOMMISSIONED';
      const { text } = await stage.send(ATTACKING_ADMIN, {
        query: `mutation { updateDeviceStatus(input: { deviceId: 1, status: ${status}, note: "${'x'.repeat(2_000)}" }) {
          device { id } userErrors { message } } }`,
      });
      id = /"id":"(.+?)"/.exec(text)?.[1] ?? '';
      if (id === '') throw new Error(`The note was refused: ${text.slice(0, 300)}`);
    }
    return attackWith(stage, {
      query: `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Device {
        statusHistory(first: ${NOTES}) { nodes { ${aliased(30, 'note')} } } } } }`,
      variables: { ids: Array.from({ length: 100 }, () => id) },
    });
  },
};

export const COSTLY_CURSORS: Scenario = {
  name: 'costly-cursors',
  attack: 'the cursor of each of 100 readings of 100 devices by 28 aliases',
  run: (stage) =>
    attackWith(stage, {
      query: `{ devices(first: 100) { nodes { readings(first: 100) { edges { ${aliased(28, 'cursor')} } } } } }`,
    }),
};
