import type { Clock } from '../base/clock';
import { BackgroundLoop, every } from '../base/loop';
import type { Database } from './database';
import { WATCH_SCOPE } from './scope';

const INTERVAL_MS = 10_000;

/** Until then a difference between the clocks of this machine is not taken for a suspension of the machine. */
const MAX_DRIFT_MS = 1_000;

/** The first statement is slower because it opens the connection. */
const READS_AT_START = 2;

/** Reads the clock of a database. @returns milliseconds since 1970 */
export async function readDatabaseTime(database: Pick<Database, 'session'>): Promise<number> {
  const [row] = await database.session(WATCH_SCOPE).sql<{ ms: number }>`/* database_time */
    select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms`;
  return row!.ms;
}

/**
 * The clock of the database, which all instances share. What the gateway compares with stored times is measured by it, so a wrong
 * clock of this machine has no effect.
 *
 * Between two reads it follows the monotonic time of the process. Each read limits the error to its own duration.
 */
export class DatabaseClock extends BackgroundLoop implements Clock {
  /** Database time minus monotonic time. */
  private offsetMs: number | undefined;
  private driftMs = 0;
  private reading: Promise<void> | undefined;

  /** @param read time of the database, in milliseconds since 1970 */
  constructor(
    private readonly read: () => Promise<number>,
    private readonly intervalMs = INTERVAL_MS,
  ) {
    super();
  }

  /** Reads the clock, and starts to read it regularly. */
  async start(): Promise<void> {
    for (let nth = 0; nth < READS_AT_START; nth += 1) await this.synchronize();
    this.running = every(() => this.synchronize(), {
      intervalMs: this.intervalMs,
      firstDelayMs: this.intervalMs,
      jitter: 0.1,
      signal: this.stopping.signal,
      onError: () => undefined, // the monotonic time continues, and the parts that need the database report it
    });
  }

  now(): Date {
    if (this.offsetMs === undefined) throw new Error('The clock of the database has not been read.');
    // The monotonic time stands still while the machine is suspended.
    if (Math.abs(drift() - this.driftMs) > MAX_DRIFT_MS) this.synchronize().catch(() => undefined);
    return new Date(performance.now() + this.offsetMs);
  }

  /** Concurrent calls share a read. */
  private synchronize(): Promise<void> {
    return (this.reading ??= this.readOnce().finally(() => (this.reading = undefined)));
  }

  private async readOnce(): Promise<void> {
    this.driftMs = drift();
    const sentMs = performance.now();
    const databaseMs = await this.read();
    const [least, most] = [databaseMs - performance.now(), databaseMs - sentMs];
    this.offsetMs = Math.min(Math.max(this.offsetMs ?? (least + most) / 2, least), most);
  }
}

/** Wall-clock time minus monotonic time of this machine. It changes when the machine is suspended or its clock is set. */
const drift = () => Date.now() - performance.now();
