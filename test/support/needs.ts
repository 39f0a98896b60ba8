import { join } from 'node:path';

type Need = 'root' | 'chromium';

/** The one list of what a machine may lack, which jest's reporter reads too; jest loads reporters without compiling them. */
const { LACKS } = jest.requireActual<{ LACKS: Record<Need, string | undefined> }>(
  join(__dirname, '../setup/platform.cjs'),
);

export const has = (need: Need): boolean => LACKS[need] === undefined;

/**
 * `it` on a machine that has what a test needs; elsewhere one that skips the test, and whose title says for want of what.
 */
export function needs(need: Need): (title: string, run: jest.ProvidesCallback) => void {
  return has(need) ? it : (title, run) => it.skip(`${title} [needs ${need}]`, run);
}
