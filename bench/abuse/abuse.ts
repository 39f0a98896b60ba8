import 'reflect-metadata';
import { DOCUMENTS } from './documents.scenario';
import { FAIR_SHARE_CHARTS, FAIR_SHARE_OPERATIONS } from './fair-share.scenario';
import { COSTLY_CURSORS, LONG_LISTS, REPEATED_NOTES } from './operations.scenario';
import type { Finding, Scenario } from './scenario';
import { UNREAD_PONGS, UNREAD_RESPONSES } from './sockets.scenario';
import { Stage } from './stage';
import { WEBHOOKS } from './webhooks.scenario';
import { onTestBed } from '../test-bed';

/**
 * What one caller can do to all others: `npm run abuse -- [names]`.
 *
 * Each scenario attacks a gateway of its own with a small heap, over the loopback interface, for some seconds. Values above their
 * bar are marked, and make the exit code 1. Times depend on the machine, so they are compared with the same caller alone.
 */
const SCENARIOS: readonly Scenario[] = [
  LONG_LISTS,
  REPEATED_NOTES,
  COSTLY_CURSORS,
  DOCUMENTS,
  UNREAD_PONGS,
  UNREAD_RESPONSES,
  WEBHOOKS,
  FAIR_SHARE_OPERATIONS,
  FAIR_SHARE_CHARTS,
];

async function main(names: readonly string[]): Promise<void> {
  const unknown = names.filter((name) => !SCENARIOS.some((scenario) => scenario.name === name));
  if (unknown.length > 0)
    throw new Error(`Unknown: ${unknown.join(', ')}. Scenarios: ${SCENARIOS.map(({ name }) => name).join(', ')}.`);
  for (const scenario of SCENARIOS) {
    if (names.length > 0 && !names.includes(scenario.name)) continue;
    console.log(`\n${scenario.name}: ${scenario.attack}`);
    await onTestBed(async (bed) => {
      const findings = await scenario.run(await Stage.open(bed));
      for (const finding of findings) console.log(toLine(finding));
      if (findings.some(isBad)) process.exitCode = 1;
    });
  }
}

function toLine(finding: Finding): string {
  const { what, value, unit, bar } = finding;
  const shown = Number.isInteger(value) ? String(value) : value.toFixed(2);
  return `  ${isBad(finding) ? 'BAD ' : 'good'}  ${shown.padStart(8)}${unit.padEnd(4)} ${what} (at most ${bar}${unit})`;
}

function isBad({ value, bar }: Finding): boolean {
  return !(value <= bar);
}

void main(process.argv.slice(2));
