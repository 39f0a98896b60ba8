import { appendFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildGatewaySchema } from '../../src/features';
import { useCaseChannel, type UseCaseTrace } from '../../src/platform/base/channels';
import { definedLimits } from '../../src/platform/base/limit';
import { UserErrorCode } from '../../src/platform/base/user-error-code';
import type { UseCase } from '../../src/platform/operation/use-case';

/** Lines `declared createOrder ITEM_NOT_FOUND`, `declared limit depth` and `seen …` of a run, read by the closing-line reporter. */
const FILE = 'refusals.txt';

/** Limits that cut a result or delay it, and refuse nothing, or that Node reports like another one. */
const UNSEEN_LIMITS = [
  'devices and events of an order in REST',
  'request headers, milliseconds',
  'request, milliseconds',
  // Operations wait; a wait has limits of its own.
  'operations of a credential',
  'operations of a customer',
  'operations in progress',
];

export interface Refusals {
  /** Declared codes by the name of the use case. */
  readonly declared: ReadonlyMap<string, readonly string[]>;
  readonly seen: Set<string>;
  /** Messages. The environment takes them after each test and fails the test. */
  readonly undeclared: string[];
}

// Each test file and jest's environment load this file separately, so shared state is global.
const shared = globalThis as { gatewayRefusals?: Refusals };

/** Collects the codes of refused use cases, from the first gateway in a worker. */
export function watchRefusals(): void {
  if (shared.gatewayRefusals) return;
  const fields = Object.values(buildGatewaySchema().getMutationType()!.getFields());
  const declared = new Map(
    fields.map(({ name, extensions }) => [name, (extensions.useCase as UseCase<object, object>).codes]),
  );
  shared.gatewayRefusals = { declared, seen: new Set(), undeclared: [] };
  for (const [name, codes] of declared) note(codes.map((code) => `declared ${name} ${code}`));
  note(
    definedLimits()
      .filter(({ name }) => !UNSEEN_LIMITS.includes(name))
      .map(({ name }) => `declared limit ${name}`),
  );
  const ignored = () => undefined;
  useCaseChannel.subscribe({ start: ignored, end: ignored, asyncStart: ignored, error: ignored, asyncEnd: look });
}

function look({ name, codes = [] }: UseCaseTrace): void {
  const { declared, seen, undeclared } = shared.gatewayRefusals!;
  for (const code of codes) {
    // Other codes are those of top-level errors.
    if (!Object.hasOwn(UserErrorCode, code) || seen.has(`${name} ${code}`)) continue;
    if (!declared.get(name)?.includes(code)) {
      undeclared.push(`${name} returned ${code}, which it does not declare.`);
      continue;
    }
    seen.add(`${name} ${code}`);
    note([`seen ${name} ${code}`]);
  }
}

function note(lines: readonly string[]): void {
  appendFileSync(join(tmpdir(), FILE), lines.map((line) => `${line}\n`).join(''));
}
