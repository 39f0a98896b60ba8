import { join } from 'node:path';

type Need = 'root' | 'chromium' | 'devFull';

/** Also read by jest's reporter, which jest loads without compiling it. */
const { LACKS } = jest.requireActual<{ LACKS: Record<Need, string | undefined> }>(
  join(__dirname, '../setup/platform.cjs'),
);

export const has = (need: Need): boolean => LACKS[need] === undefined;

/** `it` on a machine that has the feature. Elsewhere skips the test and adds the missing feature to its name. */
export function needs(need: Need): (title: string, run: jest.ProvidesCallback) => void {
  return has(need) ? it : (title, run) => it.skip(`${title} [needs ${need}]`, run);
}
