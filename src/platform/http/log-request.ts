import { requestChannel, type RequestNotice } from '../base/channels';
import type { HttpReply, HttpRequest } from './exchange';
import { isRestUrl, REST_PATH } from './http-error';
import { statusOf, type RequestLog } from './request-log';

/**
 * Counts and logs a request, when its response was sent or its client has gone. A path of the REST interface without a route is not
 * logged: clients with a wrong path may have written a name into it.
 */
export function logRequest(lines: RequestLog, request: HttpRequest, reply: HttpReply): void {
  const { url: route } = request.routeOptions;
  if (requestChannel.hasSubscribers) {
    requestChannel.publish({
      method: request.method,
      route,
      status: statusOf(request, reply),
      seconds: reply.elapsedTime / 1_000,
    } satisfies RequestNotice);
  }
  const isUnknown = route === undefined && isRestUrl(request.raw.url);
  const req = isUnknown ? { method: request.method, url: `${REST_PATH}/*` } : request;
  lines.requestCompleted(request, reply, req);
}
