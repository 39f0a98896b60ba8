import {
  createSourceEventStream,
  execute,
  getOperationAST,
  GraphQLError,
  Kind,
  NoSchemaIntrospectionCustomRule,
  specifiedRules,
  validate,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  type SelectionSetNode,
  type ValidationRule,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import type { RequestContext } from './request-context';
import type { ErrorFormatter } from './format-error';
import { assertCost, limitRules, parseWithLimits, type Limits } from './limits';

export interface OperationPipelineOptions {
  schema: GraphQLSchema;
  limits: Limits;
  introspection: boolean;
  errors: ErrorFormatter;
}

/** What a client asks for, on any transport. */
export interface OperationRequest {
  query: string;
  operationName?: string | null;
  variables?: Readonly<Record<string, unknown>> | null;
}

/** Documents kept parsed and validated: a frontend has some hundreds. */
const MAX_DOCUMENTS = 1_000;

/**
 * What every operation goes through, whatever brought it here. Apollo Server runs the steps of HTTP requests with the same
 * rules; WebSocket operations run all of them here.
 */
export class OperationPipeline {
  /** Limits first: they are cheap, and keep the others from documents that are made to be slow. */
  readonly rules: ValidationRule[];
  private readonly documents = new LRUCache<string, DocumentNode>({ max: MAX_DOCUMENTS });

  constructor(private readonly options: OperationPipelineOptions) {
    this.rules = [...limitRules(options.limits), ...(options.introspection ? [] : [NoSchemaIntrospectionCustomRule])];
  }

  get schema(): GraphQLSchema {
    return this.options.schema;
  }

  get limits(): Limits {
    return this.options.limits;
  }

  /** The last steps before execution, which depend on the variables and the caller. */
  async beforeExecution(
    ctx: RequestContext,
    document: DocumentNode,
    request: Omit<OperationRequest, 'query'>,
  ): Promise<void> {
    const { schema, limits } = this.options;
    assertOperation(document, request.operationName);
    assertCost(schema, document, request.operationName, request.variables, limits);
    if (selectsAtRoot(document, request.operationName, 'deviceStatusCursor')) await ctx.streamHead();
  }

  /** All steps up to execution. */
  async prepare(ctx: RequestContext, request: OperationRequest): Promise<ExecutionArgs | readonly GraphQLError[]> {
    try {
      const document = this.document(request.query);
      if (Array.isArray(document)) return this.formatAll(document);
      await this.beforeExecution(ctx, document, request);
      return {
        schema: this.schema,
        document,
        operationName: request.operationName,
        variableValues: request.variables,
        contextValue: ctx,
      };
    } catch (error) {
      return this.formatAll([error]);
    }
  }

  async execute(args: ExecutionArgs): Promise<ExecutionResult> {
    const result = await execute(args);
    return result.errors ? { ...result, errors: this.formatAll(result.errors) } : result;
  }

  /**
   * Follows a subscription. Each event is an execution of its own, with a context of its own: nothing that was read for one
   * is answered for the next.
   *
   * @param contextOfEvent makes it
   */
  async subscribe(
    args: ExecutionArgs,
    contextOfEvent: () => RequestContext,
  ): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
    const events = await createSourceEventStream(args).catch((error: unknown) => ({ errors: [error] }));
    if (!(Symbol.asyncIterator in events)) return { errors: this.formatAll(events.errors ?? []) };
    return new EventExecutions(
      events[Symbol.asyncIterator](),
      (rootValue) => this.execute({ ...args, rootValue, contextValue: contextOfEvent() }),
      (error) => ({ errors: this.formatAll([error]) }),
    );
  }

  private document(query: string): DocumentNode | GraphQLError[] {
    const known = this.documents.get(query);
    if (known) return known;
    const document = parseWithLimits(query, this.limits);
    // One after the other: a document over a limit does not get as far as the rules that it would make slow.
    for (const rules of [this.rules, specifiedRules]) {
      const errors = validate(this.schema, document, rules);
      if (errors.length > 0) return errors.map(asValidationError);
    }
    this.documents.set(query, document);
    return document;
  }

  private formatAll(errors: readonly unknown[]): GraphQLError[] {
    return errors.map((error) => this.options.errors.format(error));
  }
}

/** The executions of a subscription's events; a failure of the stream is its last result. */
class EventExecutions implements AsyncIterableIterator<ExecutionResult, undefined> {
  private failed = false;

  constructor(
    private readonly events: AsyncIterator<unknown, unknown>,
    private readonly execute: (event: unknown) => Promise<ExecutionResult>,
    private readonly toResult: (error: unknown) => ExecutionResult,
  ) {}

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<ExecutionResult, undefined>> {
    if (this.failed) return { done: true, value: undefined };
    try {
      const { done, value } = await this.events.next();
      return done ? { done: true, value: undefined } : { done: false, value: await this.execute(value) };
    } catch (error) {
      this.failed = true;
      return { done: false, value: this.toResult(error) };
    }
  }

  /** At once, also while next() waits for an event, as an async generator could not. */
  async return(): Promise<IteratorResult<ExecutionResult, undefined>> {
    await this.events.return?.();
    return { done: true, value: undefined };
  }
}

function asValidationError(error: GraphQLError): GraphQLError {
  if (error.extensions.code !== undefined) return error;
  return new GraphQLError(error.message, { nodes: error.nodes, extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } });
}

/** @throws GraphQLError BAD_USER_INPUT */
function assertOperation(document: DocumentNode, operationName: string | null | undefined): void {
  if (getOperationAST(document, operationName)) return;
  const message =
    operationName == null
      ? 'The document does not say which operation to run: give operationName.'
      : 'The document has no operation of this operationName.';
  throw new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });
}

/** Whether an operation selects a field of its root type, also by way of fragments. */
function selectsAtRoot(document: DocumentNode, operationName: string | null | undefined, field: string): boolean {
  const operation = getOperationAST(document, operationName);
  const fragments = new Map(
    document.definitions
      .filter((definition): definition is FragmentDefinitionNode => definition.kind === Kind.FRAGMENT_DEFINITION)
      .map((fragment) => [fragment.name.value, fragment]),
  );
  const seen = new Set<SelectionSetNode>();
  const selects = (selectionSet: SelectionSetNode | undefined): boolean => {
    if (!selectionSet || seen.has(selectionSet)) return false;
    seen.add(selectionSet);
    return selectionSet.selections.some((selection) => {
      if (selection.kind === Kind.FIELD) return selection.name.value === field;
      return selects(
        selection.kind === Kind.INLINE_FRAGMENT
          ? selection.selectionSet
          : fragments.get(selection.name.value)?.selectionSet,
      );
    });
  };
  return selects(operation?.selectionSet);
}
