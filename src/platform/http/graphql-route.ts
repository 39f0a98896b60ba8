import type { ApolloServer } from '@apollo/server';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { CheckedDocument } from '../operation/document-cache';
import type { ErrorFormatter } from '../operation/format-error';
import type { CompiledData, OperationOutcome, OperationPipeline } from '../operation/operation-pipeline';
import type { PersistedQueries } from '../operation/persisted-queries';
import type { RequestContext } from '../operation/request-context';
import { sendGraphiqlPage } from './explorer/graphiql';
import { directRequest, JSON_TYPE, type DirectRequest } from './direct-request';
import { documentIdOfRequest, hashIn, textOfId, withText } from './document-id';
import { toGraphqlRequest } from './graphql-request';
import { bodyOf, responseOf, statusFor } from './graphql-response';
import { asksForCost, COST_HEADER, costOf } from './operation-cost';
import { prefersHtml } from './page';
import { entryOf } from './request-log';
import type { Requests } from './requests';

export interface GraphqlRouteOptions {
  apollo: ApolloServer<RequestContext>;
  pipeline: OperationPipeline;
  persisted: PersistedQueries;
  errors: ErrorFormatter;
  requests: Requests;
  /** Whether the explorer page is served to browsers. */
  graphiql: boolean;
}

/** `/graphql` over HTTP. */
export function serveGraphql(app: FastifyInstance, options: GraphqlRouteOptions): void {
  const { graphiql, requests } = options;
  app.route({
    url: '/graphql',
    method: ['GET', 'POST'],
    onRequest: (request, reply, done) => {
      if (graphiql && isExplorerRequest(request)) {
        sendGraphiqlPage(reply);
        return undefined;
      }
      const waiting = requests.begin(request, reply);
      if (!waiting) done();
      return waiting;
    },
    handler: (request, reply) => requests.handle(request, (ctx) => run(options, ctx, request, reply)),
  });
}

/** Most requests are plain ones. They go to the pipeline directly. Apollo Server has the rules for all others. */
async function run(
  options: GraphqlRouteOptions,
  ctx: RequestContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const id = documentIdOfRequest(request);
  const found = id === undefined ? undefined : await textOfId(options, ctx.caller, id);
  if (typeof found === 'object') {
    const refused = { document: found, documentHash: hashIn(id!), contentType: JSON_TYPE };
    return runKnown(options, ctx, refused, request, reply);
  }
  if (found !== undefined && request.method === 'POST')
    request.body = withText(request.body as Record<string, unknown>, found);
  const direct = directRequest(request);
  if (!direct) return runByApollo(options, ctx, request, reply, found);
  const document = await options.pipeline.documentOf(ctx, direct.query);
  return runKnown(options, ctx, { ...direct, document, documentHash: document.hash }, request, reply);
}

interface KnownRequest extends Partial<DirectRequest> {
  readonly document: CheckedDocument;
  readonly documentHash: string | undefined;
  readonly contentType: string;
}

async function runKnown(
  { pipeline, errors }: GraphqlRouteOptions,
  ctx: RequestContext,
  { document, documentHash, operationName, variables, contentType }: KnownRequest,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  let outcome: OperationOutcome | CompiledData;
  try {
    const parameters = { document, documentHash, operationName, variables };
    outcome = await pipeline.runForText(ctx, { transport: 'http', ...parameters });
  } catch (error) {
    outcome = { refused: [errors.format(error, request.id)] };
  }
  entryOf(request).operation = ctx.run.trace;
  const extensions = asksForCost(request.headers[COST_HEADER]) ? costOf(ctx) : undefined;
  if ('data' in outcome) {
    const more = extensions ? `,"extensions":${JSON.stringify(extensions)}` : '';
    return reply.header('content-type', contentType).send(`{"data":${outcome.data}${more}}\n`);
  }
  const { status, headers, result } = responseOf(outcome);
  return reply
    .code(statusFor(status, request.headers.accept) ?? 200)
    .headers({ ...Object.fromEntries(headers), 'content-type': contentType })
    .send(bodyOf(extensions ? { ...result, extensions } : result));
}

async function runByApollo(
  { apollo }: GraphqlRouteOptions,
  ctx: RequestContext,
  request: FastifyRequest,
  reply: FastifyReply,
  text?: string,
): Promise<FastifyReply> {
  const { status, headers, body } = await apollo.executeHTTPGraphQLRequest({
    httpGraphQLRequest: toGraphqlRequest(request, text),
    context: () => Promise.resolve(ctx),
  });
  const entry = entryOf(request);
  entry.operation = ctx.run.trace;
  if (body.kind !== 'complete') throw new Error('Results in parts are not supported.');
  headers.delete('cache-control');
  if (!ctx.run.trace) entry.codes = codesIn(body.string);
  return reply
    .code(status ?? 200)
    .headers(Object.fromEntries(headers))
    .send(body.string);
}

/** The codes of what Apollo Server refused before it was an operation. */
function codesIn(text: string): string[] {
  const { errors = [] } = JSON.parse(text) as { errors?: { extensions?: { code?: unknown } }[] };
  return errors.map(({ extensions }) => String(extensions?.code));
}

function isExplorerRequest(request: FastifyRequest): boolean {
  const query = request.query as Record<string, unknown>;
  return (
    request.method !== 'POST' &&
    query.query === undefined &&
    query.documentId === undefined &&
    prefersHtml(request.headers.accept)
  );
}
