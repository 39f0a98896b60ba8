import {
  defaultFieldResolver,
  isObjectType,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLSchema,
} from 'graphql';
import { withoutLongLists } from '../operation/list-bounds';
import { preparedArguments, type PreparedArguments } from '../operation/prepared-arguments';
import { invalidArgumentsRefuser } from './invalid-arguments';
import { argumentsNormalizer } from './normal-arguments';

type Arguments = Readonly<Record<string, unknown>>;
type Step = (args: Arguments) => Arguments;
type Context = { readonly prepared?: PreparedArguments };
type Resolver = GraphQLFieldResolver<unknown, Context>;

const preparations = new WeakMap<object, Step>();

/** The arguments of a field as its resolver receives them. */
export function prepared(field: GraphQLField<unknown, never>, args: Arguments): Arguments {
  return preparations.get(field)?.(args) ?? args;
}

/**
 * Makes all fields receive arguments that were checked and are in normal form: lists within their maximum, values that their scalars
 * could parse, texts in normal form. Each field of an operation prepares its arguments once, for all of its parents.
 */
export function prepareArguments(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields()) as GraphQLField<unknown, Context>[]) {
      if (field.args.length === 0) continue;
      const prepare = preparation(field);
      preparations.set(field, prepare);
      const prepared =
        (resolve: Resolver): Resolver =>
        (source, args: Arguments, context, info) =>
          resolve(
            source,
            preparedArguments(context, info, field as never, () => prepare(args)),
            context,
            info,
          );
      field.resolve = prepared(field.resolve ?? defaultFieldResolver);
      if (field.subscribe) field.subscribe = prepared(field.subscribe);
    }
  }
}

function preparation(field: GraphQLField<unknown, Context>): Step {
  const steps = [
    (args: Arguments) => withoutLongLists(field.args, args),
    argumentsNormalizer(field.args),
    invalidArgumentsRefuser(field),
  ].filter((step) => step !== undefined);
  return (args) => steps.reduce((given, step) => step(given), args);
}
