/** Thrown for an operation, or for its variables, that the executor must carry out. */
export class NotCompiled extends Error {
  /** @param why the first thing that is not SQL */
  constructor(why: string) {
    super(`Not compiled: ${why}`);
    this.name = 'NotCompiled';
  }
}
