import {
  getNamedType,
  isInputObjectType,
  type GraphQLObjectType,
  type GraphQLScalarType,
  type GraphQLSchema,
} from 'graphql';
import { Arg, Field, Int, Mutation, Resolver, type ClassType } from 'type-graphql';
import { MAX_ENTRIES, type BulkResult } from '../operation/bulk-use-case';
import type { RequestContext } from '../operation/request-context';
import type { Outcome, UseCase } from '../operation/use-case';
import type { NodeLoader } from './feature';
import { KeptResult } from './kept-result';
import { objectType, optional, required, type FieldsOf } from './types';
import { UserError } from './user-error.type';

const IDEMPOTENCY_KEY =
  'Key of this call, such as a UUID: 1 to 255 printable characters, no space at either end. For 24 hours, a repeated call of the same caller with the same key and input returns the first result. With another input, or for another mutation, the key is refused with `IDEMPOTENCY_KEY_REUSED`.';

/** A text may be a secret, so it is not kept. */
const TEXT: unknown = String;
const NOT_REPEATED = 'Also null when the call was repeated with its `idempotencyKey`.';

/** A GraphQL type and the description of the field or argument that has it. */
type Described<Type> = readonly [type: Type, description: string];

/** The class of an input; a rule of the use case may exclude a null that the class allows. */
type InputType<Input> = new () => { [Member in keyof Input]?: Input[Member] | null };

type Fields<Member extends string> = {
  readonly [Name in Member]?: Described<ClassType | GraphQLScalarType | readonly [ClassType]>;
};

export interface MutationOptions<Input extends object, Result extends object> {
  description: string;
  input: Described<InputType<Input>>;
  /** The members of the result that the payload shows. Each is null when the mutation was refused. */
  payload: Fields<keyof Result & string>;
}

/** A mutation, named after its use case. */
export interface MutationDefinition<Parts> {
  readonly useCase: UseCase<never, object, Parts>;
  readonly description: string;
  readonly input: Described<ClassType>;
  readonly payload: ClassType;
}

export function mutation<Input extends object, Result extends object, Parts>(
  useCase: UseCase<Input, Result, Parts>,
  options: MutationOptions<NoInfer<Input>, NoInfer<Result>>,
): MutationDefinition<Parts> {
  return { ...options, payload: payloadType(useCase.name, options.payload), useCase };
}

/** The bulk form of a mutation. Its results have the type of that mutation's payload. */
export function bulkMutation<Input extends object, Result extends object, Parts>(
  useCase: UseCase<Input, BulkResult<Result>, Parts>,
  { payload }: MutationDefinition<never>,
  options: Omit<MutationOptions<NoInfer<Input>, never>, 'payload'>,
): MutationDefinition<Parts> {
  const description = `${options.description} Takes up to ${MAX_ENTRIES} entries. Each is carried out or refused on its own.`;
  return mutation(useCase as UseCase<Input, BulkResult<object>, Parts>, {
    ...options,
    description,
    payload: {
      results: [[payload], 'Result of each entry, in the order of the input. Null when the whole call was refused.'],
      refused: [Int, 'Number of entries that were refused. Null when the whole call was refused.'],
    },
  });
}

/** Mutations with the parts that their use cases need. Made by `mutationResolver`. */
export abstract class MutationResolver {
  protected abstract readonly mutations: readonly MutationDefinition<never>[];
  constructor(private readonly parts?: unknown) {}

  /**
   * Binds the fields of the built schema to the use cases. type-graphql's own resolver would copy the input into instances of
   * its classes; for 1,000 readings that takes as long as checking them.
   *
   * @param nodes loaders of the nodes that results contain, for repeated calls
   */
  bindTo(schema: GraphQLSchema, nodes: Readonly<Record<string, NodeLoader>>): void {
    const fields = schema.getMutationType()!.getFields();
    for (const { useCase } of this.mutations as readonly MutationDefinition<unknown>[]) {
      const field = fields[useCase.name]!;
      field.extensions = { ...field.extensions, useCase };
      const kept = new KeptResult(getNamedType(field.type) as GraphQLObjectType, nodes);
      field.resolve = (_root, { input }: { input: Sent }, ctx: RequestContext) => {
        const { idempotencyKey, ...rest } = input;
        return useCase.run(ctx, rest as never, this.parts, repeatable(ctx, kept, idempotencyKey));
      };
    }
  }
}

/** Any input, with the member that all inputs have. */
type Sent = Readonly<Record<string, unknown>> & { readonly idempotencyKey?: string | null };

/** Undefined for a call without a key. */
function repeatable(ctx: RequestContext, kept: KeptResult, key: string | null | undefined) {
  return key == null
    ? undefined
    : {
        key,
        keep: (result: object) => kept.keep(result),
        restore: async (text: string) => (await kept.restore(ctx, text)) as Outcome<object>,
      };
}

/** Makes the resolver class of mutations. Its constructor takes the parts that the use cases need, if any. */
export function mutationResolver<Parts>(
  ...mutations: MutationDefinition<Parts>[]
): new (...parts: unknown extends Parts ? [] : [Parts]) => MutationResolver {
  @Resolver()
  class Mutations extends MutationResolver {
    protected readonly mutations = mutations;
  }
  for (const { useCase, description, input, payload } of mutations) {
    Mutation(() => payload, { nullable: true, description: `${description} ${errorCodesOf(useCase)}` })(
      Mutations.prototype,
      useCase.name,
      {},
    );
    addIdempotencyKey(input[0]);
    Arg('input', () => input[0], { description: input[1] })(Mutations.prototype, useCase.name, 0);
  }
  return Mutations;
}

/** Asserts that no entry of a bulk call has a key of its own, which would have no effect. */
export function assertKeysOfCalls(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isInputObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      const inner = getNamedType(field.type);
      if (isInputObjectType(inner) && 'idempotencyKey' in inner.getFields())
        throw new Error(`${type.name}.${field.name}: use entryOf(${inner.name}), which has no idempotencyKey.`);
    }
  }
}

const withKey = new WeakSet<ClassType>();

/** Adds the key to an input, which several mutations may have. */
function addIdempotencyKey(input: ClassType): void {
  if (withKey.has(input)) return;
  withKey.add(input);
  Field(() => String, { nullable: true, description: IDEMPOTENCY_KEY })(input.prototype, 'idempotencyKey');
}

function errorCodesOf({ codes }: UseCase<never, object, never>): string {
  return `Error codes: ${codes.map((code) => `\`${code}\``).join(', ')}.`;
}

function payloadType(name: string, fields: Fields<string>): ClassType {
  const shown = Object.entries(fields).map(([member, field]) => {
    const [type, description] = field!;
    return [member, optional(type, type === TEXT ? `${description} ${NOT_REPEATED}` : description)] as const;
  });
  const payload: FieldsOf<Record<string, never>> = Object.fromEntries(shown);
  return objectType(`${name[0]!.toUpperCase()}${name.slice(1)}Payload`, `Result of \`${name}\`.`, {
    userErrors: required([UserError], 'Reasons why the mutation was refused. Empty when it succeeded.'),
    ...payload,
  });
}
