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
