import { BackgroundLoop, every } from '../base/loop';
import type { Database } from './database';
import { isUnavailable } from './pg-error';
import { SYSTEM_SCOPE } from './scope';
import { describeFailure, type StreamLog } from './stream-log';

const INTERVAL_MS = 1_000;

/** Finds out whether the database accepts writes: by asking it, and from statements that it refused. */
export class WriteWatch extends BackgroundLoop {
  private reason: string | undefined;

  constructor(
    private readonly database: Database,
    private readonly log: StreamLog,
  ) {
    super();
    database.writeRefused.on(() => this.set('the database is read-only'));
  }

  /** Why the database accepts no writes. Undefined while it does. */
  get refusal(): string | undefined {
    return this.reason;
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
    const [state] = await this.database.session(SYSTEM_SCOPE).sql<{
      isStandby: boolean;
      isReadOnly: boolean;
    }>`/* write_watch */ select pg_is_in_recovery() as "isStandby",
      current_setting('transaction_read_only') = 'on' as "isReadOnly"`;
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
