export interface LineBudgetOptions {
  /** Lines of one origin in a window. */
  readonly each: number;
  /** Lines of all origins in a window. */
  readonly all: number;
  readonly windowMs: number;
  /** Receives the number of lines that were left out in a window, when the next one begins. Not called for zero. */
  readonly onOmitted: (lines: number) => void;
}

/** Bounds the number of log lines that strangers can cause. It keeps at most `all` origins. */
export class LineBudget {
  private readonly lines = new Map<string, number>();
  private total = 0;
  private omitted = 0;
  private startedAt = -Infinity;

  constructor(private readonly options: LineBudgetOptions) {}

  /** Whether one more line may be written. */
  allows(origin: string): boolean {
    const { each, all, windowMs } = this.options;
    if (performance.now() - this.startedAt > windowMs) this.end();
    const lines = this.lines.get(origin) ?? 0;
    if (lines >= each || this.total >= all) {
      this.omitted += 1;
      return false;
    }
    this.lines.set(origin, lines + 1);
    this.total += 1;
    return true;
  }

  /** Ends the window: reports what was left out, and starts from zero. */
  end(): void {
    this.startedAt = performance.now();
    const { omitted } = this;
    this.lines.clear();
    this.total = 0;
    this.omitted = 0;
    if (omitted > 0) this.options.onOmitted(omitted);
  }
}
