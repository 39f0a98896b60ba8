import { RequestError } from '../base/errors';

/** Counts the operations in flight on all transports, so that they can finish before the gateway stops. */
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
   * @returns ends the operation; may be called more than once
   * @throws RequestError SERVICE_UNAVAILABLE when the gateway is shutting down
   */
  begin(): () => void {
    if (this.closing) throw new RequestError('SERVICE_UNAVAILABLE', 'The server is shutting down. Try again.');
    this.count += 1;
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      this.count -= 1;
      if (this.count === 0) this.onEmpty?.();
    };
  }

  /** Refuses new operations. Resolves when all operations are finished, or after the timeout. */
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
