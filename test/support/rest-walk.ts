import { z } from 'zod';
import type { RestRoute } from '../../src/platform/rest/route';

interface JsonSchema {
  type?: string | string[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  allOf?: JsonSchema[];
  enum?: unknown[];
  const?: unknown;
  format?: string;
  minimum?: number;
}

type Part = 'path' | 'query' | 'body';

/** A value of a request: a parameter, or a member of the body without members of its own. */
export interface RestSlot {
  part: Part;
  /** Names of the members down to it. Lists on the way have one item. */
  path: readonly string[];
  type: 'integer' | 'number' | 'string' | 'boolean';
  values: readonly unknown[];
  format: string | undefined;
  minimum: number | undefined;
  /** Whether it and all objects around it are required. */
  isRequired: boolean;
  /** Whether it is an item of a list of values. */
  isList: boolean;
}

/** The name of a slot in test names: `body.patientId`. */
export function nameOf({ part, path }: RestSlot): string {
  return `${part}.${path.join('.')}`;
}

/** All values that a request of a route may contain. */
export function slotsOf({ operationId, params, query, body }: RestRoute): RestSlot[] {
  const of = (part: Part, shape: z.ZodType): RestSlot[] =>
    walk(operationId, part, z.toJSONSchema(shape, { io: 'input', unrepresentable: 'any' }) as JsonSchema, [], true);
  return [...of('path', params), ...of('query', query), ...(body ? of('body', body) : [])];
}

function walk(
  operationId: string,
  part: Part,
  schema: JsonSchema,
  path: readonly string[],
  isRequired: boolean,
  isList = false,
): RestSlot[] {
  const choices = (schema.anyOf ?? schema.oneOf ?? schema.allOf ?? []).filter(({ type }) => type !== 'null');
  if (choices.length > 0)
    return choices.slice(0, 1).flatMap((one) => walk(operationId, part, one, path, isRequired, isList));
  if (schema.properties)
    return Object.entries(schema.properties).flatMap(([name, inner]) =>
      walk(operationId, part, inner, [...path, name], isRequired && (schema.required ?? []).includes(name)),
    );
  if (schema.items) return walk(operationId, part, schema.items, path, isRequired, true);
  const [type] = [schema.type].flat().filter((one) => one !== 'null');
  if (type !== 'integer' && type !== 'number' && type !== 'string' && type !== 'boolean')
    throw new Error(`The tests cannot make a value of ${path.join('.')} of ${operationId}: ${JSON.stringify(schema)}.`);
  const values = schema.enum ?? (schema.const === undefined ? [] : [schema.const]);
  const { format, minimum } = schema;
  return [{ part, path, type, values, format, minimum, isRequired, isList }];
}

export interface RestSample {
  method: string;
  /** With its query. */
  path: string;
  body: unknown;
}

/** The request with these values. */
export function requestOf(route: RestRoute, values: ReadonlyMap<RestSlot, unknown>): RestSample {
  let path = route.path;
  const query = new URLSearchParams();
  const listed = listPathsOf(route);
  let body: unknown = route.body && emptyOf(listed, '');
  for (const [slot, value] of values) {
    const [name] = slot.path;
    if (slot.part === 'path') path = path.replace(`{${name}}`, encodeURIComponent(String(value)));
    else if (slot.part === 'query') for (const one of [value].flat()) query.append(name!, String(one));
    else body = withValue(body, slot.path, slot.isList ? [value].flat() : value, listed, '');
  }
  return { method: route.method, path: query.size === 0 ? path : `${path}?${query.toString()}`, body };
}

/** The places in the body that are lists of objects. */
function listPathsOf({ body }: RestRoute): Set<string> {
  const lists = new Set<string>();
  const follow = (schema: JsonSchema, path: string): void => {
    for (const one of (schema.anyOf ?? schema.oneOf ?? []).slice(0, 1)) follow(one, path);
    if (schema.items) {
      if (schema.items.properties) lists.add(path);
      follow(schema.items, path);
    }
    for (const [name, inner] of Object.entries(schema.properties ?? {})) follow(inner, `${path}.${name}`);
  };
  if (body) follow(z.toJSONSchema(body, { io: 'input', unrepresentable: 'any' }) as JsonSchema, '');
  return lists;
}

function emptyOf(lists: ReadonlySet<string>, at: string): unknown {
  return lists.has(at) ? [{}] : {};
}

function withValue(
  target: unknown,
  path: readonly string[],
  value: unknown,
  lists: ReadonlySet<string>,
  at: string,
): unknown {
  if (Array.isArray(target)) return [withValue(target[0], path, value, lists, at)];
  const [name, ...rest] = path as [string, ...string[]];
  const members = target as Record<string, unknown>;
  const place = `${at}.${name}`;
  const inner =
    rest.length === 0 ? value : withValue(members[name] ?? emptyOf(lists, place), rest, value, lists, place);
  return { ...members, [name]: inner };
}
