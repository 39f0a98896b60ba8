/** Amounts by owner, such as the sockets of each credential. Owners without any take no memory. */
export class Amounts {
  private readonly amounts = new Map<string, number>();

  of(owner: string): number {
    return this.amounts.get(owner) ?? 0;
  }

  /** @returns takes the amount back; may be called more than once */
  add(owner: string, amount = 1): () => void {
    this.amounts.set(owner, this.of(owner) + amount);
    let isAdded = true;
    return () => {
      if (!isAdded) return;
      isAdded = false;
      const rest = this.of(owner) - amount;
      if (rest === 0) this.amounts.delete(owner);
      else this.amounts.set(owner, rest);
    };
  }
}
