import { RequestError } from '../base/errors';

/** Counts the operations in flight on all transports, so that a gateway that stops can let them finish. */
export class InFlight {
  private count = 0;
  private closing = false;
  private onEmpty: (() => void) | undefined;

  get isClosed(): boolean {
    return this.closing;
  }

  /**
   * Begins an operation.
   *
   * @returns ends it; may be called more than once
   * @throws RequestError SERVICE_UNAVAILABLE once the gateway stops
   */
  begin(): () => void {
    if (this.closing) throw new RequestError('SERVICE_UNAVAILABLE', 'This server is stopping: try again.');
    this.count += 1;
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      this.count -= 1;
      if (this.count === 0) this.onEmpty?.();
    };
  }

  /** Begins nothing any more. Resolves when all is finished, or after the time-out. */
  async close(timeoutMs: number): Promise<void> {
    this.closing = true;
    if (this.count === 0) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.onEmpty = resolve;
      timer = setTimeout(resolve, timeoutMs);
    });
    clearTimeout(timer);
  }
}
