import swagger, { type SwaggerTransform } from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { Problem, PROBLEM_TYPE } from '../../rest/problem';
import type { RestRoute } from '../../rest/route';
import { SHAPES } from '../../rest/shapes';
import { STATUSES } from '../../rest/statuses';
import { REST_PATH } from '../http-error';

const DESCRIPTION = `REST interface of the device gateway: the same objects, rules and keys as its GraphQL interface at \`/graphql\`.

Errors are problem details of RFC 9457. \`code\` is the same as in GraphQL, and \`errors\` has all reasons.

A write with the header \`Idempotency-Key\` is safe to repeat: for 24 hours, a repeated request returns the first result.`;

/** Statuses of every route, with what they mean there. */
const COMMON: Readonly<Record<number, string>> = {
  400: 'The request is malformed: a parameter, a member or its type.',
  401: 'The credential is missing or not valid.',
  403: "The role of the caller's key does not allow the request.",
  406: 'The header `Accept` excludes JSON.',
  500: 'A fault of the gateway, with an error id for its log.',
  503: 'The gateway or its database is not available. Try again.',
};
/** Statuses of every route with a body. */
const WITH_BODY: Readonly<Record<number, string>> = {
  413: 'The body is larger than 1 MB.',
  415: 'The body is not JSON, or has another content type.',
};

interface Document {
  readonly paths?: unknown;
  readonly components?: object;
}

/** Registers the generator of the document. Call it before the routes are added. */
export async function documentRoutes(scope: FastifyInstance, routes: readonly RestRoute[]): Promise<void> {
  const tags = [...new Map(routes.map(({ tag }) => [tag.name, tag])).values()];
  await scope.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Device gateway',
        version: '3',
        description: DESCRIPTION,
        contact: { name: 'The device gateway project' },
        license: { name: 'MIT', identifier: 'MIT' } as never,
      },
      servers: [{ url: REST_PATH, description: 'This gateway.' }],
      tags,
      components: {
        securitySchemes: {
          apiKey: { type: 'apiKey', in: 'header', name: 'Impilo-API-Key', description: 'API key.' },
          bearer: { type: 'http', scheme: 'bearer', description: 'API key, or a token of the configured issuer.' },
        },
      },
      security: [{ apiKey: [] }, { bearer: [] }],
    },
    transform: describeRoute,
    transformObject: (document) => {
      if (!('openapiObject' in document)) throw new Error('The document is not OpenAPI 3.');
      return withComponents(document.openapiObject) as typeof document.openapiObject;
    },
  });
}

/** The route of a fastify route. Routes without one are not documented. */
export interface RouteConfig {
  rest?: RestRoute;
}

const describeRoute: SwaggerTransform = ({ url, route: { config } }) => {
  const { rest } = (config ?? {}) as RouteConfig;
  if (!rest) return { schema: { hide: true }, url };
  const { operationId, tag, summary, description, params, query, body } = rest;
  const schema = {
    operationId,
    tags: [tag.name],
    summary,
    description,
    params: inline(params),
    querystring: inline(query),
    ...(body && { body: reference(body) }),
    ...(isWrite(rest) && { headers: IDEMPOTENCY_HEADER }),
    response: answersOf(rest),
  };
  return { schema: schema, url };
};

export function isWrite({ method }: RestRoute): boolean {
  return method !== 'GET';
}

const IDEMPOTENCY_HEADER = {
  type: 'object',
  properties: {
    'Idempotency-Key': {
      type: 'string',
      minLength: 1,
      maxLength: 255,
      description:
        'Key of this call, such as a UUID. For 24 hours, a repeated call of the same caller with the same key and values returns the first result.',
    },
  },
};

function answersOf(route: RestRoute): Record<number, object> {
  const { answer, codes, body } = route;
  const refusals = new Map<number, string[]>();
  for (const code of codes) refusals.set(STATUSES[code], [...(refusals.get(STATUSES[code]) ?? []), code]);
  const described = { ...COMMON, ...(body && WITH_BODY) };
  const statuses = [...new Set([...Object.keys(described).map(Number), ...refusals.keys()])];
  return {
    [answer.status]: {
      description: answer.description,
      content: { 'application/json': { schema: reference(answer.shape) } },
    },
    ...Object.fromEntries(
      statuses.map((status) => {
        const listed = refusals.get(status)?.map((code) => `\`${code}\``);
        const text = [described[status], listed && `Codes: ${listed.join(', ')}.`].filter(Boolean).join(' ');
        return [status, { description: text, content: { [PROBLEM_TYPE]: { schema: reference(Problem) } } }];
      }),
    ),
  };
}

const uri = (name: string) => `#/components/schemas/${name}`;

function reference(shape: z.ZodType): object {
  const known = SHAPES.get(shape);
  if (!known) throw new Error('A body of a route has no name.');
  return { $ref: uri(known.id) };
}

const PRINTING = {
  io: 'input',
  // Zod states the bounds of all whole numbers that JavaScript has.
  override: ({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }) => {
    if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  },
} as const;

function inline(shape: z.ZodType): object {
  return withoutIdentity(z.toJSONSchema(shape, PRINTING));
}

/** The document with the shapes that its routes use. */
function withComponents(document: Document): Document {
  const { schemas } = z.toJSONSchema(SHAPES, { ...PRINTING, uri });
  const used = new Set<string>();
  const follow = (value: unknown): void => {
    for (const [, name] of JSON.stringify(value ?? {}).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      if (used.has(name!)) continue;
      used.add(name!);
      follow(withoutIdentity(schemas[name!]!));
    }
  };
  follow(document.paths);
  const entries = [...used].sort().map((name) => [name, withoutIdentity(schemas[name]!)] as const);
  const components = { ...document.components, schemas: Object.fromEntries<object>(entries) };
  return { ...document, components };
}

/** OpenAPI names its schemas by their place in the document. */
function withoutIdentity({ $schema: _schema, $id: _id, ...schema }: Record<string, unknown>): object {
  return schema;
}
