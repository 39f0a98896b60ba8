import fc from 'fast-check';
import type { OpenApiOperation } from '../support/rest-client';
import type { CallerName } from '../support/test-app';
import type { JsonSchema, SchemaValues } from './schema-values.harness';

/** An operation of the document. */
export interface Operation extends OpenApiOperation {
  method: string;
  /** With parameters as `{id}`. */
  path: string;
}

/** A request in parts, so that single ones can be changed. */
export interface GeneratedRequest {
  operation: Operation;
  method: string;
  /** By parameter, not yet encoded. */
  path: Record<string, string>;
  query: [name: string, value: string][];
  headers: Record<string, string>;
  /** Text of the body. */
  body: string | undefined;
  /** Undefined for a request without a credential. */
  caller: CallerName | undefined;
}

const CALLERS = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom<CallerName>('northside', 'operator') },
  { weight: 1, arbitrary: fc.constantFrom<CallerName>('lakeview', 'readOnly', 'ingest') },
);

type Parameter = NonNullable<Operation['parameters']>[number];

export const parametersIn = ({ parameters = [] }: Operation, place: string): Parameter[] =>
  parameters.filter((parameter) => parameter.in === place);

export const bodySchemaOf = ({ requestBody }: Operation): JsonSchema | undefined =>
  requestBody?.content['application/json']?.schema;

/** The target of a request as it is sent. */
export function targetOf({ operation, path, query }: GeneratedRequest): string {
  const plain = operation.path.replaceAll(/\{(\w+)\}/g, (_match, name: string) => encodeURIComponent(path[name]!));
  return query.length === 0 ? plain : `${plain}?${new URLSearchParams(query).toString()}`;
}

/** The target of a request as it is sent, with what is sent with it. */
export const describeRequest = (request: GeneratedRequest): string =>
  JSON.stringify([request.method, targetOf(request), request.caller, request.headers, request.body?.slice(0, 2_000)]);

/** Requests that the document allows. */
export function validRequests(
  operation: Operation,
  valuesFor: (caller: CallerName) => SchemaValues,
): fc.Arbitrary<GeneratedRequest> {
  return CALLERS.chain((caller) => requestsOf(operation, caller, valuesFor(caller)));
}

function requestsOf(operation: Operation, caller: CallerName, values: SchemaValues): fc.Arbitrary<GeneratedRequest> {
  const record = (place: string) => {
    const parameters = parametersIn(operation, place);
    return values.members(
      parameters.map(({ name, schema }) => [name, values.of(schema, name)]),
      parameters.filter(({ required }) => required).map(({ name }) => name),
    ) as fc.Arbitrary<Record<string, unknown>>;
  };
  const keys = parametersIn(operation, 'header').map(({ name }) => [name, fc.uuid()] as const);
  // A key that is used again returns the first result, so most requests have none, or a new one.
  const headers = fc.oneof(
    { weight: 4, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: fc.record(Object.fromEntries(keys)) },
    { weight: 1, arbitrary: record('header') },
  );
  const schema = bodySchemaOf(operation);
  return fc
    .record({
      path: record('path'),
      query: record('query'),
      headers,
      body: schema ? values.of(schema) : fc.constant(undefined),
    })
    .map((parts) => {
      const body = parts.body === undefined ? undefined : JSON.stringify(parts.body);
      const request: GeneratedRequest = {
        operation,
        method: operation.method,
        path: mapValues(parts.path, String),
        query: Object.entries(parts.query).flatMap(([name, value]) =>
          [value].flat().map((one): [string, string] => [name, String(one)]),
        ),
        headers: {
          ...mapValues(parts.headers, (value) => headerText(String(value))),
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        body,
        caller,
      };
      return Object.defineProperty(request, fc.toStringMethod, { value: () => describeRequest(request) });
    });
}

function mapValues(record: object, convert: (value: unknown) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, convert(value)]));
}

/** HTTP allows no control characters in headers, and no space at their ends. Their bytes are those of UTF-8. */
export function headerText(value: string): string {
  const visible = value.replaceAll(/\p{Cc}/gu, '').trim() || 'x';
  return Buffer.from(visible, 'utf8').toString('latin1');
}
