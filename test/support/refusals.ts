import { appendFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildGatewaySchema } from '../../src/features';
import { useCaseChannel, type UseCaseTrace } from '../../src/platform/base/channels';
import { UserErrorCode } from '../../src/platform/base/user-error-code';
import type { UseCase } from '../../src/platform/operation/use-case';

/** Lines `declared createOrder ITEM_NOT_FOUND` and `seen …` of a run, which its closing line reads. */
const FILE = 'refusals.txt';

export interface Refusals {
  /** Of each use case, by its name. */
  readonly declared: ReadonlyMap<string, readonly string[]>;
  readonly seen: Set<string>;
  /** Sentences; the environment takes them after each test, which fails then. */
  readonly undeclared: string[];
}

// Each test file loads this file on its own: what they share, with jest's environment too, has to be global.
const shared = globalThis as { gatewayRefusals?: Refusals };

/** Watches which codes use cases are refused with, from the first gateway that a worker starts on. */
export function watchRefusals(): void {
  if (shared.gatewayRefusals) return;
  const fields = Object.values(buildGatewaySchema().getMutationType()!.getFields());
  const declared = new Map(
    fields.map(({ name, extensions }) => [name, (extensions.useCase as UseCase<object, object>).codes]),
  );
  shared.gatewayRefusals = { declared, seen: new Set(), undeclared: [] };
  for (const [name, codes] of declared) note(codes.map((code) => `declared ${name} ${code}`));
  const ignored = () => undefined;
  useCaseChannel.subscribe({ start: ignored, end: ignored, asyncStart: ignored, error: ignored, asyncEnd: look });
}

function look({ name, codes = [] }: UseCaseTrace): void {
  const { declared, seen, undeclared } = shared.gatewayRefusals!;
  for (const code of codes) {
    // Others are of top-level errors.
    if (!Object.hasOwn(UserErrorCode, code) || seen.has(`${name} ${code}`)) continue;
    if (!declared.get(name)?.includes(code)) {
      undeclared.push(`${name} does not declare that it refuses with ${code}.`);
      continue;
    }
    seen.add(`${name} ${code}`);
    note([`seen ${name} ${code}`]);
  }
}

function note(lines: readonly string[]): void {
  appendFileSync(join(tmpdir(), FILE), lines.map((line) => `${line}\n`).join(''));
}
