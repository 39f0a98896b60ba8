import { noteRetention } from '../../platform/base/channels';
import { BackgroundLoop, Backoff, hourly, pause } from '../../platform/base/loop';
import type { Database } from '../../platform/db/database';
import { isLocked } from '../../platform/db/pg-error';
import { SYSTEM_SCOPE } from '../../platform/db/scope';
import type { Tx } from '../../platform/db/session';
import { describeFailure, type StreamLog } from '../../platform/db/stream-log';
import {
  deleteExpired,
  dropExpiredPartitions,
  findRetentions,
  forgetExpiredActivity,
  takeTurn,
  type Retention,
} from './retention.repository';

/** An instance that has just started has other work. */
const FIRST_DELAY_MS = 120_000;

const DEFAULTS = {
  /** Readings that one transaction deletes. */
  portion: 5_000,
  /** Devices or patients whose times of newest readings one transaction corrects. */
  owners: 1_000,
  /** Pause after a portion, in which others use the disk. */
  pauseMs: 100,
  /** Attempts to drop partitions while another transaction uses them. */
  attempts: 5,
  firstRetryMs: 1_000,
};

/** What a round has deleted. */
export interface Deleted {
  partitions: number;
  rows: number;
}

/** Another instance deletes readings. */
class NotMyTurn extends Error {}

/**
 * Deletes readings that are older than the retention of their customer. Partitions that are older than the longest one are dropped.
 * Otherwise rows are deleted in portions. One instance at a time does so, and the customers take turns, so one with many
 * readings delays no other.
 */
export class ReadingRetention extends BackgroundLoop {
  private readonly options: typeof DEFAULTS;

  constructor(
    private readonly database: Database,
    private readonly log: StreamLog,
    options: Partial<typeof DEFAULTS> = {},
  ) {
    super();
    this.options = { ...DEFAULTS, ...options };
  }

  start(): void {
    this.running = hourly(() => this.round(), {
      firstDelayMs: FIRST_DELAY_MS * (1 + Math.random()),
      signal: this.stopping.signal,
      onError: (error) => this.log.warn(describeFailure(error), 'could not delete old readings, will retry'),
    });
  }

  /** Deletes all readings that are old enough. Of a customer for which that fails, they stay until the next time. */
  async deleteOld(): Promise<Deleted> {
    const deleted: Deleted = { partitions: 0, rows: 0 };
    try {
      const retentions = await findRetentions(this.database.session(SYSTEM_SCOPE));
      if (retentions.length === 0) return deleted;
      let customers = await this.each(retentions, (retention) => this.forgetActivity(retention));
      deleted.partitions = await this.dropPartitions();
      while (customers.length > 0) {
        customers = await this.each(customers, async (retention) => {
          const { portion, pauseMs } = this.options;
          const rows = await this.inTurn((tx) => deleteExpired(tx, retention, portion));
          deleted.rows += rows;
          noteRetention({ what: 'readings', count: rows });
          if (rows > 0) await pause(pauseMs, this.stopping.signal);
          return rows === portion;
        });
      }
    } catch (error) {
      if (!(error instanceof NotMyTurn)) throw error;
    }
    return deleted;
  }

  private async round(): Promise<void> {
    const { partitions, rows } = await this.deleteOld();
    if (partitions + rows > 0) this.log.info({ partitions, rows }, 'old readings deleted');
  }

  /** @returns the customers for which the work returned true */
  private async each(
    retentions: readonly Retention[],
    work: (retention: Retention) => Promise<boolean>,
  ): Promise<Retention[]> {
    const chosen: Retention[] = [];
    for (const retention of retentions) {
      if (this.stopping.signal.aborted) return [];
      try {
        if (await work(retention)) chosen.push(retention);
      } catch (error) {
        if (error instanceof NotMyTurn) throw error;
        noteRetention({ what: 'failures', count: 1 });
        const { customerId } = retention;
        this.log.warn({ ...describeFailure(error), customerId }, 'could not delete old readings of a customer');
      }
    }
    return chosen;
  }

  private async forgetActivity(retention: Retention): Promise<boolean> {
    const { owners } = this.options;
    for (const owner of ['device', 'patient'] as const) {
      let last: string | undefined = '0';
      while (last !== undefined && !this.stopping.signal.aborted) {
        const after: string = last;
        last = await this.inTurn((tx) => forgetExpiredActivity(tx, owner, retention, after, owners));
      }
    }
    return true;
  }

  /** While a long transaction uses the partitions, their readings are deleted as rows. */
  private async dropPartitions(): Promise<number> {
    const { attempts, firstRetryMs } = this.options;
    const backoff = new Backoff({ firstMs: firstRetryMs, maxMs: 60_000 });
    for (let attempt = 1; attempt <= attempts && !this.stopping.signal.aborted; attempt += 1) {
      try {
        const count = await this.inTurn((tx) => dropExpiredPartitions(tx));
        noteRetention({ what: 'partitions', count });
        return count;
      } catch (error) {
        if (!isLocked(error)) throw error;
        this.log.warn(describeFailure(error), 'partitions of old readings are in use and were not dropped');
        if (attempt < attempts) await pause(backoff.next(), this.stopping.signal);
      }
    }
    return 0;
  }

  /** @throws NotMyTurn */
  private inTurn<Result>(work: (tx: Tx) => Promise<Result>): Promise<Result> {
    return this.database.transact(SYSTEM_SCOPE, async (tx) => {
      if (!(await takeTurn(tx))) throw new NotMyTurn();
      return work(tx);
    });
  }
}
