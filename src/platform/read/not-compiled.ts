/** Thrown for an operation, or for its variables, that the executor must carry out. */
export class NotCompiled extends Error {
  /**
   * @param why the first thing that is not SQL
   * @param isFinal whether it is so for all variables
   */
  constructor(
    why: string,
    readonly isFinal = true,
  ) {
    super(`Not compiled: ${why}`);
    this.name = 'NotCompiled';
  }
}
