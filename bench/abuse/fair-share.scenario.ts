import type { Finding, Scenario } from './scenario';
import { attackFor, ATTACKER, type GraphqlRequest, type Stage } from './stage';

const SECONDS = 8;

/** Sends costly operations that are within all limits, many at a time, beside the light caller of another customer. */
async function flood(stage: Stage, atOnce: number, requestOf: (nth: number) => GraphqlRequest): Promise<Finding[]> {
  let sent = 0;
  let served = 0;
  const refusals = new Map<string, number>();
  const findings = await stage.besideLightCaller(() =>
    attackFor(SECONDS, atOnce, async () => {
      const { text } = await stage.send(ATTACKER, requestOf((sent += 1)));
      const code = /"code":"(\w+)"/.exec(text)?.[1];
      if (code === undefined) served += 1;
      else refusals.set(code, (refusals.get(code) ?? 0) + 1);
    }),
  );
  const refused = [...refusals].map(([code, count]) => `, ${count} ${code}`).join('');
  console.log(`  of the attacker, ${served} operations were carried out${refused}`);
  return findings;
}

export const FAIR_SHARE_OPERATIONS: Scenario = {
  name: 'fair-share-operations',
  attack: 'ten callers that read 100 devices with 100 readings each, again and again',
  run: (stage) =>
    flood(stage, 10, () => ({
      query: `{ devices(first: 100) { nodes { id currentStatus site { name } patient { firstName lastName }
        readings(first: 100) { nodes { id takenAt receivedAt manual } } } } }`,
    })),
};

const DAY_MS = 86_400_000;

export const FAIR_SHARE_CHARTS: Scenario = {
  name: 'fair-share-charts',
  attack: 'fifty callers that read hourly charts of a month for 20 patients, each of another month',
  run: (stage) =>
    flood(stage, 50, (nth) => {
      const to = Date.now() - (nth % 12) * 30 * DAY_MS;
      return {
        query: `query ($from: DateTime!, $to: DateTime!) { patients(first: 20) { nodes {
          readingTrend(kind: BLOOD_PRESSURE, period: { from: $from, to: $to }, bucket: HOUR) { startsAt count } } } }`,
        variables: { from: new Date(to - 30 * DAY_MS).toISOString(), to: new Date(to).toISOString() },
      };
    }),
};
