/**
 * `it` on a machine that has what a test needs; elsewhere one that skips the test, and whose title says for want of what.
 */
export function needs(
  requirement: 'root' | 'chromium',
  has: boolean,
): (title: string, run: jest.ProvidesCallback) => void {
  return has ? it : (title, run) => it.skip(`${title} [needs ${requirement}]`, run);
}
