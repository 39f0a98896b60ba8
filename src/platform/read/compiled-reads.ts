import {
  getOperationAST,
  Kind,
  OperationTypeNode,
  type DocumentNode,
  type ExecutionArgs,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { collectFields } from 'graphql/execution/collectFields';
import { RequestError } from '../base/errors';
import { WorkStopped, type Work } from '../base/work';
import { isUnavailable } from '../db/pg-error';
import type { RequestContext } from '../operation/request-context';
import { coercedVariables } from '../operation/coerced-variables';
import { KeptPlans } from './kept-plans';
import { NotCompiled } from './not-compiled';
import { remainingFields } from './remaining-fields';
import { compileRootField, type RootField } from './root-fields';
import { Run } from './run';
import { ERROR_MARK } from './values';
import { StatementNames, type StatementBounds } from './statement-names';
import type { CompiledOperation, Selected } from './objects';

export interface CompiledReadsOptions {
  /** Otherwise, a document is compiled when it is used again. */
  readonly compilesAtFirstUse?: boolean;
  readonly statements?: Partial<StatementBounds>;
}

/** What an operation was compiled to. */
interface Plan {
  /** In the order of the result. Undefined for what the executor carries out. */
  readonly fields: ReadonlyMap<string, RootField | undefined>;
  /** Nodes of the fields that the executor carries out. */
  readonly remaining: readonly FieldNode[];
  /** False for an operation that the executor carries out alone. */
  readonly isCompiled: boolean;
  readonly bytes: number;
}

/**
 * Reads whose JSON text PostgreSQL writes, in one statement for each root field. The executor carries out the root fields that are not
 * declared as data, and the whole operation if there is an error.
 */
export class CompiledReads {
  private readonly names: StatementNames;
  private readonly plans: KeptPlans<Plan>;

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly options: CompiledReadsOptions = {},
  ) {
    this.names = new StatementNames(options.statements);
    this.plans = new KeptPlans(schema);
  }

  /** The JSON text of the data. Undefined when the executor must carry out the operation. */
  async data(ctx: RequestContext, args: ExecutionArgs, isKnown: boolean): Promise<string | undefined> {
    if (!isKnown && !this.options.compilesAtFirstUse) return undefined;
    const { document, operationName, variableValues } = args;
    const operation = getOperationAST(document, operationName)!;
    if (operation.operation !== OperationTypeNode.QUERY) return undefined;
    const coerced = coercedVariables(this.schema, operation, variableValues ?? {});
    if (!coerced) return undefined;
    const { work } = ctx;
    const counted = { bytes: work.bytes, errors: work.errors };
    try {
      const plan = this.planOf(ctx, document, operation, coerced);
      if (!plan.isCompiled) return undefined;
      const { remaining } = plan;
      return await dataOf(plan, ctx, coerced, () =>
        remaining.length > 0 ? remainingFields(args, operation, remaining) : Promise.resolve(NO_FIELDS),
      );
    } catch (error) {
      // The executor carries out the whole operation, and counts what it makes.
      work.recount(counted);
      noteFault(ctx, error);
      return undefined;
    }
  }

  private planOf(
    ctx: RequestContext,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Record<string, unknown>,
  ): Plan {
    const key = this.plans.keyOf(ctx.caller, document, operation, variables);
    const kept = key === undefined ? undefined : this.plans.get(key);
    if (kept) return kept;
    const plan = this.compile(ctx, document, operation, variables);
    if (key !== undefined) this.plans.keep(ctx.caller, operation, key, plan);
    return plan;
  }

  /** @throws errors of authorization and of arguments, which the executor meets, too */
  private compile(
    ctx: RequestContext,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Record<string, unknown>,
  ): Plan {
    const { schema } = this;
    const fragments = fragmentsOf(document);
    const query = schema.getQueryType()!;
    const fields = new Map<string, RootField | undefined>();
    const remaining: FieldNode[] = [];
    let hasRead = false;
    let bytes = 0;
    for (const [key, nodes] of collectFields(schema, fragments, variables, query, operation.selectionSet)) {
      const { value: name } = nodes[0]!.name;
      const field = this.field({ schema, fragments, run: new Run(ctx, variables) }, key, nodes);
      fields.set(key, field);
      if (!field) remaining.push(...nodes);
      else if (name !== '__typename') hasRead = true;
      bytes += field?.bytes ?? 0;
    }
    return { fields, remaining, isCompiled: hasRead || remaining.length === 0, bytes };
  }

  /** Undefined for a field that is not compiled. */
  private field(operation: CompiledOperation, key: string, nodes: Selected['nodes']): RootField | undefined {
    const { value: name } = nodes[0]!.name;
    const query = this.schema.getQueryType()!;
    if (name === '__typename') return { read: () => Promise.resolve(`"${query.name}"`), bytes: 0 };
    const field = query.getFields()[name];
    if (!field) return undefined;
    try {
      return compileRootField(operation, this.names, { key, nodes, field });
    } catch (error) {
      if (error instanceof NotCompiled) return undefined;
      throw error;
    }
  }
}

/** The executor meets an expected error, too, and tells where. Any other is a fault of the compiled statement. */
function noteFault({ run }: RequestContext, error: unknown): void {
  const isExpected =
    error instanceof NotCompiled ||
    error instanceof RequestError ||
    error instanceof WorkStopped ||
    isUnavailable(error);
  if (!isExpected && run.trace) run.trace.read = 'FAILED';
}

const NO_FIELDS: ReadonlyMap<string, string> = new Map();

/** Reads all fields at the same time. Throws when all have ended, so that none of them runs beside the executor. */
async function dataOf(
  { fields, remaining: nodes }: Plan,
  ctx: RequestContext,
  variables: Record<string, unknown>,
  remaining: () => Promise<ReadonlyMap<string, string>>,
): Promise<string> {
  if (fields.size === 1 && nodes.length === 0) {
    const [[key, field]] = fields as Iterable<[string, RootField]> as [[string, RootField]];
    return `{"${key}":${counted(ctx.work, await field.read(new Run(ctx, variables)))}}`;
  }
  const values = new Map<string, string>();
  const begun = [...fields].map(async ([key, field]) => {
    if (field) values.set(key, counted(ctx.work, await field.read(new Run(ctx, variables))));
  });
  const others = remaining();
  const all = [others, ...begun];
  await Promise.all(all).catch(async (error: unknown) => {
    await Promise.allSettled(all);
    throw error;
  });
  const ofOthers = await others;
  const members = [...fields.keys()].map((key) => `"${key}":${values.get(key) ?? ofOthers.get(key)!}`);
  return `{${members.join(',')}}`;
}

/**
 * Counts the bytes of a text that PostgreSQL wrote.
 *
 * @throws NotCompiled when it has a value that the executor reports
 * @throws WorkStopped
 */
function counted(work: Work, text: string): string {
  if (text.includes(ERROR_MARK)) throw new NotCompiled('a value');
  work.countBytes(Buffer.byteLength(text));
  return text;
}

function fragmentsOf(document: DocumentNode): Record<string, FragmentDefinitionNode> {
  const fragments: Record<string, FragmentDefinitionNode> = Object.create(null) as never;
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments[definition.name.value] = definition;
  return fragments;
}
