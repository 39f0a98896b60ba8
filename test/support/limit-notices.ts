import { subscribe, unsubscribe } from 'node:diagnostics_channel';

/** Names of the limits that were reached. */
export class LimitNotices {
  names: string[] = [];
  private readonly note = (notice: unknown) => void this.names.push((notice as { limit: string }).limit);

  begin(): void {
    this.names = [];
    subscribe('gateway:limit', this.note);
  }

  end(): void {
    unsubscribe('gateway:limit', this.note);
  }
}
