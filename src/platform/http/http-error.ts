import type { FastifyInstance, FastifyReply } from 'fastify';

/** Sends an error outside of GraphQL execution, in the shape that GraphQL clients expect. */
export function sendError(reply: FastifyReply, status: number, code: string, message: string): FastifyReply {
  return reply
    .code(status)
    .type('application/json; charset=utf-8')
    .send(JSON.stringify({ errors: [{ message, extensions: { code } }] }));
}

const REFUSALS: Record<string, string> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'The body is larger than the limit of 1 MB.',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'The body must be JSON, with the content type application/json.',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'The body is empty. It must be JSON.',
  FST_ERR_CTP_INVALID_JSON_BODY: 'The body is not valid JSON.',
};

/** Handles all errors outside of operations. Messages of other packages are not sent, because they may quote the body. */
export function handleErrors(app: FastifyInstance): void {
  app.setNotFoundHandler((_request, reply) =>
    sendError(reply, 404, 'BAD_USER_INPUT', 'Not found. The GraphQL endpoint is /graphql.'),
  );
  app.setErrorHandler((error: { code?: string; statusCode?: number }, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status < 500) {
      return sendError(reply, status, 'BAD_USER_INPUT', REFUSALS[error.code ?? ''] ?? 'The request is malformed.');
    }
    request.log.error({ err: error, errorId: request.id }, 'request failed');
    return sendError(reply, 500, 'INTERNAL_SERVER_ERROR', `Internal server error. Error id: ${request.id}`);
  });
}
