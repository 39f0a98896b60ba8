import type { ApolloServer } from '@apollo/server';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '../base/logger';
import type { CheckedDocument } from '../operation/document-cache';
import type { ErrorFormatter } from '../operation/format-error';
import type { CompiledData, OperationOutcome, OperationPipeline } from '../operation/operation-pipeline';
import type { PersistedQueries } from '../operation/persisted-queries';
import type { RequestContext } from '../operation/request-context';
import { sendGraphiqlPage } from './explorer/graphiql';
import { directRequest, JSON_TYPE, type DirectRequest } from './direct-request';
import { documentIdOfRequest, hashIn, textOfId, withText } from './document-id';
import { onClose } from './exchange';
import { GraphqlReply, GraphqlRequest } from './graphql-exchange';
import { toGraphqlRequest } from './graphql-request';
import { bodyOf, responseOf, statusFor } from './graphql-response';
import { GRAPHQL_METHODS, isGraphqlUrl } from './graphql-url';
import { handleError } from './http-error';
import type { HttpRules } from './http-rules';
import { logRequest } from './log-request';
import { asksForCost, COST_HEADER, costOf } from './operation-cost';
import { prefersHtml } from './page';
import { payloadOf } from './request-body';
import { entryOf, type RequestLog } from './request-log';
import type { JsonBodies } from './request-text';
import type { Requests } from './requests';

export interface GraphqlRouteOptions {
  apollo: ApolloServer<RequestContext>;
  pipeline: OperationPipeline;
  persisted: PersistedQueries;
  errors: ErrorFormatter;
  requests: Requests;
  rules: HttpRules;
  bodies: JsonBodies;
  log: Logger;
  lines: RequestLog;
  /** Whether the explorer page is served to browsers. */
  graphiql: boolean;
}

/**
 * `/graphql` over HTTP, without fastify, which takes longer than the rest of a small operation. The rules are those of all other
 * requests, see HttpRules.
 */
export class GraphqlRoute {
  constructor(private readonly options: GraphqlRouteOptions) {}

  /** Whether a request is for this route. Those with other methods are refused by fastify. */
  takes({ method, url }: IncomingMessage): boolean {
    return GRAPHQL_METHODS.includes(method!) && isGraphqlUrl(url!);
  }

  handle(raw: IncomingMessage, response: ServerResponse, isClosing: boolean): void {
    const { log, lines, rules } = this.options;
    const request = new GraphqlRequest(raw, log);
    const reply = new GraphqlReply(request, response, rules);
    onClose(response, () => {
      if (response.writableFinished) logRequest(lines, request, reply);
    });
    if (isClosing) reply.header('connection', 'close');
    try {
      this.begin(request, reply);
    } catch (error) {
      handleError(error, request, reply);
    }
  }

  private begin(request: GraphqlRequest, reply: GraphqlReply): void {
    const { rules, graphiql, requests } = this.options;
    if (rules.begin(request, reply)) return;
    if (graphiql && isExplorerRequest(request)) {
      sendGraphiqlPage(reply);
      return;
    }
    const waiting = requests.begin(request, reply);
    if (!waiting) this.read(request, reply);
    else waiting.then(() => this.read(request, reply)).catch((error: unknown) => handleError(error, request, reply));
  }

  /** Reads the body, and runs the request, unless it was refused. */
  private read(request: GraphqlRequest, reply: GraphqlReply): void {
    if (reply.isSent) return;
    const { bodies } = this.options;
    const payload = payloadOf(request, reply);
    if (request.method !== 'POST' || !bodies.isExpected(request)) {
      this.run(request, reply);
      return;
    }
    bodies.read(request, payload, (error, body) => {
      request.body = body;
      if (!error) this.run(request, reply);
      // There may be more of the body.
      else handleError(error, request, reply.header('connection', 'close'));
    });
  }

  private run(request: GraphqlRequest, reply: GraphqlReply): void {
    this.options.requests
      .handle(request, (ctx) => run(this.options, ctx, request, reply))
      .catch((error: unknown) => handleError(error, request, reply));
  }
}

/** Most requests are plain ones. They go to the pipeline directly. Apollo Server has the rules for all others. */
async function run(
  options: GraphqlRouteOptions,
  ctx: RequestContext,
  request: GraphqlRequest,
  reply: GraphqlReply,
): Promise<void> {
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
  request: GraphqlRequest,
  reply: GraphqlReply,
): Promise<void> {
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
    reply.type(contentType).send(`{"data":${outcome.data}${more}}\n`);
    return;
  }
  const { status, headers, result } = responseOf(outcome);
  for (const [name, value] of headers) reply.header(name, value);
  reply
    .code(statusFor(status, request.headers.accept) ?? 200)
    .type(contentType)
    .send(bodyOf(extensions ? { ...result, extensions } : result));
}

async function runByApollo(
  { apollo }: GraphqlRouteOptions,
  ctx: RequestContext,
  request: GraphqlRequest,
  reply: GraphqlReply,
  text?: string,
): Promise<void> {
  const { status, headers, body } = await apollo.executeHTTPGraphQLRequest({
    httpGraphQLRequest: toGraphqlRequest(request, text),
    context: () => Promise.resolve(ctx),
  });
  const entry = entryOf(request);
  entry.operation = ctx.run.trace;
  if (body.kind !== 'complete') throw new Error('Results in parts are not supported.');
  headers.delete('cache-control');
  if (!ctx.run.trace) entry.codes = codesIn(body.string);
  for (const [name, value] of headers) reply.header(name, value);
  reply.code(status ?? 200).send(body.string);
}

/** The codes of what Apollo Server refused before it was an operation. */
function codesIn(text: string): string[] {
  const { errors = [] } = JSON.parse(text) as { errors?: { extensions?: { code?: unknown } }[] };
  return errors.map(({ extensions }) => String(extensions?.code));
}

function isExplorerRequest(request: GraphqlRequest): boolean {
  if (request.method === 'POST' || !prefersHtml(request.headers.accept)) return false;
  const { query, documentId } = request.query;
  return query === undefined && documentId === undefined;
}
