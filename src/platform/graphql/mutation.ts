import type { GraphQLScalarType, GraphQLSchema } from 'graphql';
import { Arg, Int, Mutation, Resolver, type ClassType } from 'type-graphql';
import { MAX_ENTRIES, type BulkResult } from '../operation/bulk-use-case';
import type { RequestContext } from '../operation/request-context';
import type { UseCase } from '../operation/use-case';
import { objectType, optional, required, type FieldsOf } from './types';
import { UserError } from './user-error.type';

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
   */
  bindTo(schema: GraphQLSchema): void {
    const fields = schema.getMutationType()!.getFields();
    for (const { useCase } of this.mutations as readonly MutationDefinition<unknown>[]) {
      const field = fields[useCase.name]!;
      field.extensions = { ...field.extensions, useCase };
      field.resolve = (_root, { input }: { input: never }, ctx: RequestContext) => useCase.run(ctx, input, this.parts);
    }
  }
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
    Arg('input', () => input[0], { description: input[1] })(Mutations.prototype, useCase.name, 0);
  }
  return Mutations;
}

function errorCodesOf({ codes }: UseCase<never, object, never>): string {
  return `Error codes: ${codes.map((code) => `\`${code}\``).join(', ')}.`;
}

function payloadType(name: string, fields: Fields<string>): ClassType {
  const shown = Object.entries(fields).map(([member, field]) => [member, optional(...field!)] as const);
  const payload: FieldsOf<Record<string, never>> = Object.fromEntries(shown);
  return objectType(`${name[0]!.toUpperCase()}${name.slice(1)}Payload`, `Result of \`${name}\`.`, {
    userErrors: required([UserError], 'Reasons why the mutation was refused. Empty when it succeeded.'),
    ...payload,
  });
}
