import {
  defaultFieldResolver,
  getNamedType,
  getNullableType,
  GraphQLError,
  isLeafType,
  isListType,
  isObjectType,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLResolveInfo,
  type GraphQLSchema,
} from 'graphql';
import type { Work, WorkStopped } from '../base/work';
import type { RequestContext } from './request-context';
import { errorBytes, keyBytes, valueBytes } from './result-bytes';

type Resolver = GraphQLFieldResolver<unknown, RequestContext>;
type Path = GraphQLResolveInfo['path'];

/**
 * Makes all fields count in the work of their operation: their values, and their errors, in the bytes of the result. Lists take
 * turns. When the operation is stopped, no further field is resolved.
 *
 * Introspection does not count: its size depends on the schema and on the cost alone.
 */
export function meterFields(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields()) as Field[]) {
      const { resolve = defaultFieldResolver } = field;
      if (!field.resolve) PLAIN.add(field);
      field.resolve = metered(field, type === schema.getMutationType() ? recorded(field.name, resolve) : resolve);
    }
  }
}

type Field = GraphQLField<unknown, RequestContext>;

/** Fields whose value is a member of the row. */
const PLAIN = new WeakSet<Field>();

/** Whether a field of a metered schema has a resolver of its own. */
export function hasResolver(field: GraphQLField<unknown, unknown>): boolean {
  return field.resolve !== undefined && !PLAIN.has(field);
}

function metered(field: Field, resolve: Resolver): Resolver {
  const complete = isLeafType(getNamedType(field.type)) ? countValue : isList(field) ? takeTurn : countObject;
  return (source, args, context, info) => {
    const { work } = context;
    // REST resolves root fields without a document, and counts what it makes of them.
    if ((info as GraphQLResolveInfo | undefined) === undefined) return resolve(source, args, context, info);
    const { path } = info;
    try {
      work.countField();
      const value = resolve(source, args, context, info);
      if (!isPromise(value)) return complete(work, path, value);
      return value.then(
        (settled) => complete(work, path, settled),
        (error: unknown) => fail(work, path, error),
      );
    } catch (error) {
      return fail(work, path, error);
    }
  };
}

function isList({ type }: Field): boolean {
  return isListType(getNullableType(type));
}

function countValue(work: Work, { key }: Path, value: unknown): unknown {
  work.countBytes(keyBytes(key) + valueBytes(value));
  return value;
}

function countObject(work: Work, { key }: Path, value: unknown): unknown {
  work.countBytes(keyBytes(key));
  return value;
}

function takeTurn(work: Work, { key }: Path, value: unknown): unknown {
  work.countBytes(keyBytes(key));
  const turn = Array.isArray(value) ? work.turns.take(value.length) : undefined;
  return turn ? turn.then(() => value) : value;
}

/** Counts an error. A stopped operation has one error, whose path is empty, so that graphql-js does not make one for each field. */
function fail(work: Work, path: Path, error: unknown): never {
  if (!work.stopped) work.countError(errorBytes(path, error));
  throw work.stopped ? located(work.stopped) : error;
}

const locatedStops = new WeakMap<WorkStopped, GraphQLError>();

function located(stopped: WorkStopped): GraphQLError {
  let error = locatedStops.get(stopped);
  if (!error) {
    error = new GraphQLError(stopped.message, { path: [], originalError: stopped });
    locatedStops.set(stopped, error);
  }
  return error;
}

/** Records the mutations of an operation that were carried out. One that was refused was not. */
function recorded(name: string, resolve: Resolver): Resolver {
  return async (source, args, context, info: GraphQLResolveInfo | undefined) => {
    const record = context.work.beginMutation(info === undefined ? name : String(info.path.key));
    const outcome = (await resolve(source, args, context, info!)) as { userErrors: readonly unknown[] };
    record.isDone = outcome.userErrors.length === 0;
    return outcome;
  };
}

function isPromise(value: unknown): value is Promise<unknown> {
  return value instanceof Promise;
}
