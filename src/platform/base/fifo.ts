/** Values dropped from the array at once. */
const COMPACT_AT = 1_024;

/** A queue with access by index. Each call takes constant time on average; an array would move all values for each `shift`. */
export class Fifo<Value> {
  private values: (Value | undefined)[] = [];
  private first = 0;

  get length(): number {
    return this.values.length - this.first;
  }

  at(index: number): Value | undefined {
    return this.values[this.first + index];
  }

  push(value: Value): void {
    this.values.push(value);
  }

  shift(): Value | undefined {
    const value = this.values[this.first];
    if (this.length === 0) return undefined;
    this.values[this.first] = undefined;
    this.first += 1;
    if (this.first >= COMPACT_AT && 2 * this.first >= this.values.length) {
      this.values = this.values.slice(this.first);
      this.first = 0;
    }
    return value;
  }
}
