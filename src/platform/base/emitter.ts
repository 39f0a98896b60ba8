/** A repeating event without data. */
export class Emitter {
  private readonly listeners: (() => void)[] = [];

  /** @param listener must not throw */
  on(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** Calls the listeners synchronously, in the order of their registration. */
  emit(): void {
    for (const listener of this.listeners) listener();
  }
}
