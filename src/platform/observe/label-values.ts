/** The value of a label for everything beyond its maximum number of values. */
const OTHER = 'other';

/** Bounds the number of values of a label: each value is a time series, which takes memory in the gateway and in Prometheus. */
export class LabelValues {
  private readonly known = new Set<string>();

  constructor(private readonly max: number) {}

  /** The value, or `other` for a new one when there are `max` already. */
  bounded(value: string): string {
    if (this.known.has(value)) return value;
    if (this.known.size >= this.max) return OTHER;
    this.known.add(value);
    return value;
  }
}
