/** Something that happens again and again, of which others want to hear. */
export class Emitter {
  private readonly listeners: (() => void)[] = [];

  /** @param listener must not throw */
  on(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** Calls the listeners at once, in the order of their registration. */
  emit(): void {
    for (const listener of this.listeners) listener();
  }
}
