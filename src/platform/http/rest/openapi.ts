import swagger, { type SwaggerTransform } from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import type { RestRoute } from '../../rest/route';
import { REST_PATH } from '../http-error';
import { readRestExamples, type RestExample } from './examples';
import { responsesOf, sharedResponses, type DocumentedResponse } from './responses';
import { referenceTo, schemaOf, schemasIn } from './schemas';

const DESCRIPTION = `REST interface of the device gateway: the same objects, rules and keys as its GraphQL interface at \`/graphql\`.

Send an API key as \`Impilo-API-Key\`, or as \`Authorization: Bearer <key>\`.

Refusals are problem details of RFC 9457. \`code\` is the same as in GraphQL, and \`errors\` has all reasons.

A write with the header \`Idempotency-Key\` is safe to repeat: for 24 hours, a repeated request returns the first result.

The interface grows. Accept unknown members, unknown codes, and unknown values where a description says that values may be added.`;

interface Operation {
  readonly operationId: string;
  readonly parameters?: { readonly in: string; readonly name: string; example?: unknown }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { example?: unknown }>> };
  responses: Record<string, object>;
}
type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>;
interface Components {
  readonly responses: Readonly<Record<string, DocumentedResponse>>;
  readonly schemas: Readonly<Record<string, { example?: unknown }>>;
}
interface Document {
  readonly info: object;
  readonly servers: object;
  readonly security: object;
  readonly tags: object;
  readonly paths: Paths;
  readonly components: object;
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
      // Relative to the document, so it is right behind a proxy.
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
      return complete(document.openapiObject as unknown as Document, routes);
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
    params: schemaOf(params),
    querystring: schemaOf(query),
    ...(body && { body: referenceTo(body) }),
    ...(isWrite(rest) && { headers: IDEMPOTENCY_HEADER }),
  };
  return { schema, url };
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

/** Adds the responses, the examples and the shapes, and sorts. The generator knows the requests. */
function complete(document: Document, routes: readonly RestRoute[]): object {
  const responses = sharedResponses();
  const operations = new Map(
    Object.values(document.paths).flatMap((path) => Object.values(path).map((one) => [one.operationId, one] as const)),
  );
  for (const route of routes) operations.get(route.operationId)!.responses = responsesOf(route, routes);
  const { paths, components, ...rest } = document;
  const schemas: Components['schemas'] = schemasIn([paths, responses]);
  for (const example of readRestExamples())
    addExample(operations.get(example.operationId), example, { responses, schemas });
  return {
    ...rest,
    paths: Object.fromEntries(Object.entries(paths).sort(([one], [other]) => (sortKey(one) < sortKey(other) ? -1 : 1))),
    components: { ...components, responses, schemas },
  };
}

/** `/device/{id}` comes before `/device/validate`. */
const sortKey = (path: string) => path.replaceAll('{', ' ');

/** The first example of a refusal is shown, and the first one that succeeds is the example of the request. */
function addExample(
  operation: Operation | undefined,
  { params = {}, query = {}, body, status, response }: RestExample,
  { responses, schemas }: Components,
): void {
  const documented = operation?.responses[status];
  if (!operation || !documented) return;
  const { content } = responses[nameIn(documented)] ?? (documented as DocumentedResponse);
  // That of an object is in its shape, so that all responses with it have the example.
  for (const media of Object.values(content))
    setExample(status < 400 ? schemas[nameIn(media.schema)]! : media, response);
  if (status >= 400) return;
  const given: Readonly<Record<string, typeof query>> = { path: params, query };
  for (const parameter of operation.parameters ?? []) setExample(parameter, given[parameter.in]?.[parameter.name]);
  for (const media of Object.values(operation.requestBody?.content ?? {})) setExample(media, body);
}

/** Name of the component that an object refers to. */
function nameIn(object: object): string {
  return '$ref' in object ? String(object.$ref).split('/').at(-1)! : '';
}

function setExample(of: { example?: unknown }, example: unknown): void {
  if (example !== undefined) of.example ??= example;
}
