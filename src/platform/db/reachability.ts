import { Emitter } from '../base/emitter';
import { pause } from '../base/loop';
import { isReported, UnreachableError } from './pg-error';

const PROBE_PAUSE_MS = 250;

/**
 * Whether the database responds at all.
 *
 * A host that is gone, or a network that drops packets, sends no error: without this, each caller would wait until its own time
 * limit. A caller that waited in vain calls `suspect`. A probe, which is a new connection with one statement, then decides. While probes
 * fail, callers are refused at once.
 */
export class Reachability {
  /** Emitted when the database is found to be unreachable, and when it responds again. */
  readonly changed = new Emitter();

  private readonly stopping = new AbortController();
  private readonly waiting = new Set<(error: UnreachableError) => void>();
  private probing: Promise<void> | undefined;
  private checking: Promise<void> | undefined;
  private isLost = false;

  /**
   * @param probe opens and closes a new connection, in a short time
   * @param onSilence called when a connection was silent but a new one responds
   */
  constructor(
    private readonly probe: () => Promise<void>,
    private readonly onSilence: () => void,
  ) {}

  get isUnreachable(): boolean {
    return this.isLost;
  }

  /** Probes the database, unless it is being probed. */
  suspect(): void {
    if (!this.stopping.signal.aborted)
      this.probing ??= this.probeUntilReachable().finally(() => (this.probing = undefined));
  }

  /**
   * Probes the database after a wait for others, who may wait for nothing.
   *
   * @throws UnreachableError
   */
  async assertReachable(): Promise<void> {
    this.checking ??= this.responds().then((responds) => {
      this.checking = undefined;
      if (!responds) this.suspect();
    });
    await this.unlessUnreachable(
      async () => {
        await this.checking;
        await this.probing;
      },
      () => undefined,
    );
  }

  /** Waits for a connection, or until the database is found to be unreachable. @param discard receives what came too late */
  async unlessUnreachable<Value>(work: () => Promise<Value>, discard: (value: Value) => void): Promise<Value> {
    if (this.isLost) throw new UnreachableError();
    return new Promise((resolve, reject) => {
      const refuse: (error: Error) => void = reject;
      this.waiting.add(refuse);
      work().then(
        (value) => (this.waiting.delete(refuse) ? resolve(value) : discard(value)),
        (error: unknown) => {
          if (this.waiting.delete(refuse)) refuse(error as Error);
        },
      );
    });
  }

  stop(): void {
    this.stopping.abort();
  }

  private async probeUntilReachable(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted && !(await this.responds())) {
      this.set(true);
      await pause(PROBE_PAUSE_MS, signal);
    }
    if (this.isLost) this.set(false);
    else this.onSilence();
  }

  /** An error of PostgreSQL, such as one about too many connections, is a response. */
  private async responds(): Promise<boolean> {
    return this.probe().then(
      () => true,
      (error: unknown) => isReported(error),
    );
  }

  private set(isLost: boolean): void {
    if (isLost === this.isLost) return;
    this.isLost = isLost;
    this.changed.emit();
    if (!isLost) return;
    const waiting = [...this.waiting];
    this.waiting.clear();
    for (const refuse of waiting) refuse(new UnreachableError());
  }
}
