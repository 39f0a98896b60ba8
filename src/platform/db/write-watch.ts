import { BackgroundLoop, every } from '../base/loop';
import { PROBE_TIMEOUT_MS } from './connections';
import type { Database } from './database';
import { isUnavailable } from './pg-error';
import { WATCH_SCOPE } from './scope';
import { compile, sql } from './sql';
import { describeFailure, type StreamLog } from './stream-log';

const INTERVAL_MS = 1_000;

const ASK = compile(
  WATCH_SCOPE,
  sql`/* write_watch */ select pg_is_in_recovery() as "isStandby",
    current_setting('transaction_read_only') = 'on' as "isReadOnly"`,
);

/**
 * Finds out whether the database responds and accepts writes: by asking it, and from statements that it refused. A database that
 * says nothing is noticed within INTERVAL_MS and twice the time limit of a probe, also while there are no requests.
 */
export class WriteWatch extends BackgroundLoop {
  private reason: string | undefined;

  constructor(
    private readonly database: Database,
    private readonly log: StreamLog,
    private readonly timeoutMs = PROBE_TIMEOUT_MS,
  ) {
    super();
    database.reachability.changed.on(() => {
      if (database.reachability.isUnreachable) log.error({}, 'the database does not respond');
      else log.info({}, 'the database responds again');
    });
    database.writeRefused.on(() => this.set('the database is read-only'));
  }

  /** Why the database accepts no writes. Undefined while it does. */
  get refusal(): string | undefined {
    return this.database.reachability.isUnreachable ? 'the database does not respond' : this.reason;
  }

  start(): void {
    this.running = every(() => this.ask(), {
      intervalMs: INTERVAL_MS,
      firstDelayMs: INTERVAL_MS,
      signal: this.stopping.signal,
      onError: (error) => {
        // The event stream reports a database that does not respond.
        if (!isUnavailable(error))
          this.log.warn(describeFailure(error), 'could not find out whether the database accepts writes');
      },
    });
  }

  private async ask(): Promise<void> {
    const [state] = await this.database.read<{ isStandby: boolean; isReadOnly: boolean }>(
      WATCH_SCOPE,
      ASK,
      undefined,
      this.timeoutMs,
    );
    const { isStandby, isReadOnly } = state!;
    if (isStandby || isReadOnly) this.database.renewConnections();
    this.set(
      isStandby
        ? 'the database is a standby, which accepts no writes'
        : isReadOnly
          ? 'the database is read-only'
          : undefined,
    );
  }

  private set(reason: string | undefined): void {
    if (reason !== undefined && this.reason === undefined)
      this.log.error({ why: reason }, 'the database accepts no writes');
    if (reason === undefined && this.reason !== undefined) this.log.info({}, 'the database accepts writes again');
    this.reason = reason;
  }
}
