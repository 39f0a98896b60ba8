import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import Negotiator from 'negotiator';
import type { z } from 'zod';
import { traceOfCaller } from '../../access/caller';
import { OPERATION_POINTS } from '../../access/rate-limits';
import { operationChannel, traced, type OperationTrace } from '../../base/channels';
import { InvalidValueError, problemsOf, RequestError, RequestErrors } from '../../base/errors';
import { Reasons } from '../../base/reasons';
import { decodeUtf8 } from '../../base/utf8';
import type { ErrorFormatter } from '../../operation/format-error';
import { CLIENT_GONE, ClientGone } from '../../operation/client-gone';
import type { OperationPlace } from '../../operation/places';
import type { RequestContext } from '../../operation/request-context';
import { RootFields } from '../../operation/root-fields';
import { withOutcome } from '../../operation/stopped-result';
import type { GraphQLSchema } from 'graphql';
import { addFaults, allFaults } from '../../rest/invalid-request';
import { renamed, type MemberNames } from '../../rest/member-names';
import { PROBLEM_TYPE } from '../../rest/problem';
import { RestCall } from '../../rest/rest-call';
import { Existing, type RestRoute } from '../../rest/route';
import { isRestCode, Refusal, STATUSES, type RestFault } from '../../rest/statuses';
import { Assets } from '../assets';
import { REST_PATH, retryAfter, sendError, sendProblem } from '../http-error';
import { vary } from '../page';
import { entryOf } from '../request-log';
import type { Requests } from '../requests';
import { documentRoutes, isWrite, type RouteConfig } from './openapi';
import { readerOf } from './responses';

export interface RestOptions {
  routes: readonly RestRoute[];
  schema: GraphQLSchema;
  requests: Requests;
  errors: ErrorFormatter;
}

/** Serves the REST interface and its OpenAPI document. */
export async function serveRest(app: FastifyInstance, options: RestOptions): Promise<void> {
  const fields = new RootFields(options.schema);
  const { requests } = options;
  await app.register(
    async (scope) => {
      await addRoutes(scope, options.routes, {
        onRequest: async (request, reply) => refuseOtherTypes(request, reply) ?? requests.begin(request, reply),
        handler: (route) => (request, reply) =>
          requests.handle(request, (ctx) => respond(options, fields, route, ctx, request, reply)),
      });
      serveDocument(scope);
    },
    { prefix: REST_PATH },
  );
}

/** Serves the document to everybody. It is made on the first request. */
function serveDocument(scope: FastifyInstance): void {
  const documents = new Assets(
    Object.fromEntries(FORMATS.map((format) => [nameOf(format), () => textOf(scope, format)])),
  );
  for (const format of FORMATS)
    scope.get(`/${nameOf(format)}`, (request, reply) =>
      documents.send(request, reply.header('x-content-type-options', 'nosniff'), nameOf(format)),
    );
}

const FORMATS = ['yaml', 'json'] as const;
type Format = (typeof FORMATS)[number];
const nameOf = (format: Format) => `openapi.${format}`;

/** The OpenAPI document of routes, in YAML. */
export async function printOpenApi(routes: readonly RestRoute[]): Promise<string> {
  const app = fastify();
  let text: string | undefined;
  await app.register(
    async (scope) => {
      await addRoutes(scope, routes, { handler: () => () => undefined });
      scope.addHook('onReady', async () => void (text = textOf(scope, 'yaml')));
    },
    { prefix: REST_PATH },
  );
  await app.ready();
  return text!;
}

/** The generator keeps the document that it has made. */
function textOf(scope: FastifyInstance, format: Format): string {
  return format === 'yaml' ? scope.swagger({ yaml: true }) : JSON.stringify(scope.swagger());
}

interface Handlers {
  onRequest?: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;
  handler: (route: RestRoute) => (request: FastifyRequest, reply: FastifyReply) => unknown;
}

async function addRoutes(
  scope: FastifyInstance,
  routes: readonly RestRoute[],
  { onRequest, handler }: Handlers,
): Promise<void> {
  await documentRoutes(scope, routes);
  scope.setValidatorCompiler<z.ZodType>(({ schema }) => (given: unknown) => {
    const { success, data } = schema.safeParse(given);
    // What is wrong is collected by `refusalOfParts`.
    return success ? { value: data } : { error: new Refusal([]) };
  });
  for (const route of routes) {
    const { method, path, params, query, body } = route;
    scope.route({
      method,
      url: path.replaceAll(/\{(\w+)\}/g, ':$1'),
      schema: { params, querystring: query, ...(body && { body }) },
      config: { rest: route } satisfies RouteConfig as object,
      attachValidation: true,
      ...(onRequest && { onRequest }),
      handler: handler(route),
    });
  }
}

function refuseOtherTypes({ headers }: FastifyRequest, reply: FastifyReply): FastifyReply | undefined {
  // Parameters other than the quality, such as a charset, do not matter for JSON.
  const accept = headers.accept?.replaceAll(/;\s*(?!q=)[^;,]*/gi, '') || '*/*';
  const accepted = new Negotiator({ headers: { accept } }).mediaTypes(['application/json', PROBLEM_TYPE]);
  return accepted.length > 0
    ? undefined
    : sendError(
        vary(reply, 'accept'),
        406,
        'BAD_USER_INPUT',
        'The header Accept must allow application/json.',
        'Accept',
      );
}

/** There are no documents to measure. A result with 25,000 objects is about 10 MB. */
const BYTES_PER_POINT = 400;

async function respond(
  options: RestOptions,
  fields: RootFields,
  route: RestRoute,
  ctx: RequestContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { errors } = options;
  const { caller, environment } = ctx;
  const trace: OperationTrace = {
    transport: 'rest',
    ...traceOfCaller(caller),
    type: isWrite(route) ? 'mutation' : 'query',
    name: route.operationId,
  };
  // Before the response is sent, because its log line is written then.
  const settle = (codes: readonly string[]) => {
    const { statements, bytes } = ctx.work;
    const points = Math.ceil(bytes / BYTES_PER_POINT);
    environment.rates.charge(caller, points);
    Object.assign(trace, { codes, statements, bytes, cost: (trace.cost ?? 0) + points });
  };
  entryOf(request).operation = trace;
  return traced(operationChannel, trace, async () => {
    let place: OperationPlace | undefined;
    try {
      if (request.validationError) throw refusalOfParts(route, request);
      await environment.rates.spend(caller, OPERATION_POINTS);
      trace.cost = OPERATION_POINTS;
      place = await ctx.enterPlace();
      const { params, query, body } = request;
      const call = new RestCall(ctx, fields, idempotencyKeyOf(route, request));
      const result = await route.handle(call, { params, query, body } as never);
      const status = result instanceof Existing ? 200 : route.response.status;
      const sent: unknown = result instanceof Existing ? result.body : result;
      if (status === 201) addLocation(options, route, sent, reply);
      const text = JSON.stringify(sent);
      ctx.work.countBytes(Buffer.byteLength(text));
      settle([]);
      return await reply.code(status).type('application/json; charset=utf-8').send(text);
    } catch (error) {
      const faults = faultsOfError(errors, route, withOutcome(ctx.work, error), trace, request.id);
      settle(error instanceof ClientGone ? [CLIENT_GONE] : faults.map(({ code }) => code));
      if (error instanceof RequestError) retryAfter(reply, error.details.retryAfter);
      return await sendProblem(reply, STATUSES[faults[0]!.code], faults);
    } finally {
      place?.leave();
    }
  });
}

/** The parts of a request in the order in which fastify checks them. It stops at the first one that does not have its shape. */
const PARTS = ['params', 'body', 'querystring'] as const;

/** Why the parts of a request are refused: the one that fastify has refused, and those that it has not checked. */
function refusalOfParts(route: RestRoute, request: FastifyRequest): Error {
  const refused = request.validationError!;
  if (!(refused instanceof Refusal)) return refused;
  const given = { params: request.params, body: request.body, querystring: request.query };
  const shapes = { params: route.params, body: route.body, querystring: route.query };
  const faults = new Reasons<RestFault>();
  for (const part of PARTS.slice(PARTS.findIndex((one) => one === refused.validationContext))) {
    const { error } = shapes[part]?.safeParse(given[part], { reportInput: true }) ?? {};
    addFaults(faults, part, error?.issues ?? []);
  }
  return new Refusal(allFaults(faults));
}

/** The path of what was created, if it can be read by its id. */
function addLocation({ routes }: RestOptions, route: RestRoute, created: unknown, reply: FastifyReply): void {
  if (!readerOf(route, routes)) return;
  void reply.header('location', `${REST_PATH}${route.path}/${(created as { id: number | string }).id}`);
}

const IDEMPOTENCY_KEY = 'Idempotency-Key';

/** @throws Refusal */
function idempotencyKeyOf(route: RestRoute, { raw }: FastifyRequest): string | undefined {
  const [key, ...others] = isWrite(route) ? (raw.headersDistinct['idempotency-key'] ?? []) : [];
  if (key === undefined) return undefined;
  const refuse = (rule: string): never => {
    const detail = `The header ${IDEMPOTENCY_KEY} ${rule}.`;
    throw new Refusal([{ code: 'BAD_USER_INPUT', detail, field: IDEMPOTENCY_KEY }]);
  };
  if (others.length > 0) refuse('must be sent only once');
  // Node reads each byte of a header as a character.
  return decodeUtf8(Buffer.from(key, 'latin1')) ?? refuse('contains bytes that are not valid UTF-8');
}

/** What the client sees of an error: the same codes and messages as in GraphQL. */
function faultsOfError(
  errors: ErrorFormatter,
  { fields }: Pick<RestRoute, 'fields'>,
  error: unknown,
  trace: OperationTrace,
  requestId: string,
): RestFault[] {
  if (error instanceof Refusal) return [...error.faults];
  if (error instanceof RequestErrors) {
    const faults = new Reasons<RestFault>();
    for (const one of error.errors)
      for (const fault of faultsOfError(errors, { fields }, one, trace, requestId)) faults.add(() => fault);
    return allFaults(faults);
  }
  // A value that does not have the type of its argument is malformed, as in GraphQL. Use cases report what their rules refuse.
  const malformed = error instanceof InvalidValueError ? error : undefined;
  const problems = problemsOf(error, malformed && membersOf(malformed.place).length < malformed.place.length ? 1 : 0);
  if (problems)
    return problems.map(({ code, message, path = [] }): RestFault => ({
      code: malformed ? 'BAD_USER_INPUT' : code,
      detail: withHeaderName(renamed(message, fields)),
      field: fieldOf(path, fields),
    }));
  const { message, extensions } = errors.format(error, requestId);
  const { code, errorId } = extensions;
  if (typeof errorId === 'string') trace.errorIds = [errorId];
  // A code of GraphQL alone is a fault of the route.
  if (!isRestCode(code))
    return faultsOfError(
      errors,
      {},
      new Error(`${String(code)} has no status in REST.`, { cause: error }),
      trace,
      requestId,
    );
  return [{ code, detail: withHeaderName(message), field: null }];
}

/** In GraphQL the key is a member of the input. */
function withHeaderName(message: string): string {
  return message.replaceAll('idempotencyKey', IDEMPOTENCY_KEY);
}

/** Names of arguments, which the members of requests do not have. */
const ARGUMENTS = ['input', 'filter'];

function membersOf(path: readonly string[]): readonly string[] {
  return ARGUMENTS.includes(path[0] ?? '') ? path.slice(1) : path;
}

function fieldOf(path: readonly string[], fields?: MemberNames): string | null {
  const name = membersOf(path).join('.');
  if (name === '') return null;
  return name === 'idempotencyKey' ? IDEMPOTENCY_KEY : renamed(name, fields);
}
