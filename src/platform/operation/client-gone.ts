import { RequestError } from '../base/errors';

/** Outcome in the log and the metrics of an operation that did not begin because its client had gone. */
export const CLIENT_GONE = 'CLIENT_GONE';

/** Reason of the signal of an operation whose client has closed its connection. No client receives it. */
export class ClientGone extends RequestError {
  constructor() {
    super('SERVICE_UNAVAILABLE', 'The connection was closed before the operation began.');
    this.name = 'ClientGone';
  }
}

/** Whether the client of a request or socket has gone. */
export class Departure {
  private controller: AbortController | undefined;
  private hasGone = false;

  get isGone(): boolean {
    return this.hasGone;
  }

  /** Aborted when the client goes. Made when it is first asked for: few operations wait, and it takes longer than the rest. */
  get signal(): AbortSignal {
    if (!this.controller) {
      this.controller = new AbortController();
      if (this.hasGone) this.controller.abort(new ClientGone());
    }
    return this.controller.signal;
  }

  /** Called when the client has gone. */
  depart(): void {
    this.hasGone = true;
    this.controller?.abort(new ClientGone());
  }
}
