import {
  createSourceEventStream,
  execute,
  getOperationAST,
  OperationTypeNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLError,
  type GraphQLSchema,
} from 'graphql';
import { traceOfCaller, type Caller } from '../access/caller';
import { OPERATION_POINTS } from '../access/rate-limits';
import { scopeKey } from '../db/scope';
import { operationChannel, traced, type OperationTrace } from '../base/channels';
import { RequestError } from '../base/errors';
import { errorsOfReasons, Reasons } from '../base/reasons';
import { LOOP } from '../base/turns';
import { CLIENT_GONE, ClientGone } from './client-gone';
import { withCoercedVariables } from './coerced-variables';
import { Locations } from './compact-document';
import { DocumentCache, type CheckedDocument, type DocumentCacheOptions } from './document-cache';
import { EventExecutions } from './event-executions';
import type { ErrorFormatter } from './format-error';
import { knownMeasures } from './known-measures';
import { assertCost, measureOperation } from './limits';
import { MUTATION_COST, type OperationMeasures } from './limits.measure';
import type { RawVariables } from './limits.sizes';
import { refusedLists } from './list-bounds';
import { withPlaceholders } from './incomplete-entries';
import { refuseRoundedIds } from './rounded-ids';
import { refusalsOfVariables } from './refused-variables';
import { ERROR_BYTES } from './result-bytes';
import { separated } from './separate-errors';
import { stoppedResult } from './stopped-result';
import { TrustedDocuments, type TrustOptions } from './trusted-documents';
import type { OperationPlace } from './places';
import type { RequestContext } from './request-context';

/** A request for an operation, on any transport. */
export interface OperationRequest {
  readonly transport: OperationTrace['transport'];
  /** From the pipeline's document cache. */
  readonly document: CheckedDocument;
  readonly operationName?: string | null;
  readonly variables?: RawVariables;
  /** SHA-256 of its text, in hexadecimal. */
  readonly documentHash?: string;
}

/** The outcome of an operation: refused before execution, one result, or, for a subscription, one result for each event. */
export type OperationOutcome =
  | { readonly refused: readonly GraphQLError[] }
  | { readonly result: ExecutionResult }
  | { readonly results: AsyncIterableIterator<ExecutionResult> };

/** The `data` of a result without errors, as JSON text. */
export interface CompiledData {
  readonly data: string;
}

/** Of a document that is parsed and validated. */
const CHARACTERS_PER_POINT = 100;

interface Execution extends ExecutionArgs {
  readonly locations: Locations;
}

/** Reads that need no executor. */
export interface CompiledReads {
  /**
   * The JSON text of the data. Undefined when the executor must carry out the operation.
   *
   * @param isKnown whether the document was used before
   */
  data(ctx: RequestContext, args: ExecutionArgs, isKnown: boolean): Promise<string | undefined>;
}

/**
 * The steps of every operation, on all transports: check of the document, cost with the variables, execution or subscription,
 * and conversion of errors for clients. Traced on `operationChannel`.
 */
export class OperationPipeline {
  private readonly documents: DocumentCache;
  readonly trusted: TrustedDocuments;

  /** @throws ConfigError for trusted documents that break a rule */
  constructor(
    private readonly options: DocumentCacheOptions & { readonly trust?: TrustOptions },
    private readonly errors: ErrorFormatter,
    private readonly compiled?: CompiledReads,
  ) {
    this.documents = new DocumentCache(options);
    this.trusted = new TrustedDocuments(options.trust ?? { mode: 'off', manifests: [] }, (text) =>
      this.documents.get(text),
    );
  }

  /** Size of the cached documents. */
  get documentBytes(): number {
    return this.documents.bytes;
  }

  get schema(): GraphQLSchema {
    return this.options.schema;
  }

  /**
   * The document of a text that needs no check. Every text of a client passes here, on every transport, so none bypasses the rule for
   * documents that are not trusted.
   */
  known({ scope }: Caller, text: string): CheckedDocument | undefined {
    return this.trusted.withText(scope, text) ?? this.documents.known(text);
  }

  /** The document of a text. To check one takes milliseconds, so each waits for a turn of its caller's customer. */
  async documentOf({ caller }: RequestContext, text: string): Promise<CheckedDocument> {
    const known = this.known(caller, text);
    if (known) return known;
    await LOOP.next(scopeKey(caller.scope));
    return this.documents.get(text);
  }

  run(ctx: RequestContext, request: OperationRequest): Promise<OperationOutcome> {
    return this.traced(ctx, request, (trace) =>
      this.outcomeOf(ctx, request, trace, (args) => this.carryOut(ctx, args, trace)),
    );
  }

  /** As `run`, for a transport that sends JSON text. */
  runForText(ctx: RequestContext, request: OperationRequest): Promise<OperationOutcome | CompiledData> {
    return this.traced(ctx, request, (trace) =>
      this.outcomeOf<CompiledData>(ctx, request, trace, async (args) => {
        if (!this.compiled) return this.carryOut(ctx, args, trace);
        const data = await this.compiled.data(ctx, args, request.document.isCached);
        if (trace.type === OperationTypeNode.QUERY) trace.read ??= data === undefined ? 'EXECUTED' : 'COMPILED';
        return data === undefined ? this.carryOut(ctx, args, trace) : { data };
      }),
    );
  }

  private traced<Outcome extends OperationOutcome | CompiledData>(
    ctx: RequestContext,
    request: OperationRequest,
    run: (trace: OperationTrace) => Promise<Outcome>,
  ): Promise<Outcome> {
    const trace: OperationTrace = {
      transport: request.transport,
      ...traceOfCaller(ctx.caller),
      isDocumentCached: request.document.isCached,
      ...(request.documentHash !== undefined && { documentHash: request.documentHash }),
      ...(this.trusted.mode !== 'off' && { isTrusted: 'isTrusted' in request.document }),
    };
    ctx.run.trace = trace;
    return traced(operationChannel, trace, async () => {
      const outcome = await run(trace);
      trace.statements = ctx.work.statements;
      trace.bytes = ctx.work.bytes;
      const errors = errorsOf(outcome);
      trace.codes ??= errors.map(({ extensions }) => String(extensions.code));
      const errorIds = errors.flatMap(({ extensions }) => (extensions.errorId as string | undefined) ?? []);
      if (errorIds.length > 0) trace.errorIds = [...new Set(errorIds)];
      return outcome;
    });
  }

  private async outcomeOf<Further = never>(
    ctx: RequestContext,
    request: OperationRequest,
    trace: OperationTrace,
    carryOut: (args: Execution) => Promise<OperationOutcome | Further>,
  ): Promise<OperationOutcome | Further> {
    const { document } = request;
    const { rates } = ctx.environment;
    const locations = new Locations(document.text);
    rates.charge(ctx.caller, OPERATION_POINTS + (document.isCached ? 0 : document.text.length / CHARACTERS_PER_POINT));
    if ('errors' in document) return { refused: this.formatAll(ctx, document.errors, locations) };
    const args: Execution = {
      schema: this.options.schema,
      document: document.document,
      locations,
      operationName: request.operationName,
      variableValues: request.variables,
      contextValue: ctx,
    };
    let place: OperationPlace | undefined;
    let measures: OperationMeasures;
    try {
      measures = this.check(args, trace, document.isCached);
      await rates.spend(ctx.caller, trace.cost!);
      place = await ctx.enterPlace();
      if (measures.prefetches.size > 0) await Promise.all([...measures.prefetches].map((prefetch) => prefetch(ctx)));
      this.documents.keep(scopeKey(ctx.caller.scope), document);
    } catch (error) {
      place?.leave();
      if (error instanceof ClientGone) trace.codes = [CLIENT_GONE];
      const errors = error instanceof Refused ? error.errors : [error];
      return { refused: this.formatAll(ctx, errors, locations) };
    }
    try {
      return await carryOut(args);
    } finally {
      // An order is processed with as many devices as its lines say.
      const unforeseen = MUTATION_COST * (ctx.work.writes - measures.writes);
      if (unforeseen > 0) {
        trace.cost! += unforeseen;
        rates.charge(ctx.caller, unforeseen);
      }
      place.leave();
    }
  }

  private async carryOut(ctx: RequestContext, args: Execution, { type }: OperationTrace): Promise<OperationOutcome> {
    return type === OperationTypeNode.SUBSCRIPTION ? this.subscribe(ctx, args) : { result: await this.execute(args) };
  }

  /** The last checks before execution. They depend on the variables and the transport. @throws Refused, RequestError */
  private check(args: ExecutionArgs, trace: OperationTrace, isKnown: boolean): OperationMeasures {
    const { schema, limits } = this.options;
    const operation = getOperationAST(args.document, args.operationName);
    if (!operation) throw badRequest(noSuchOperation(args.operationName));
    trace.type = operation.operation;
    trace.name = operation.name?.value;
    if (operation.operation === OperationTypeNode.SUBSCRIPTION && trace.transport === 'http')
      throw badRequest('Subscriptions run over WebSocket (subprotocol graphql-transport-ws) at this path.');
    const reasons = new Reasons<Error>();
    for (const error of refusedLists(schema, args.document, operation, args.variableValues)) reasons.add(() => error);
    refuseRoundedIds(schema, operation, args.variableValues, (makeError) => reasons.add(makeError));
    if (!reasons.isEmpty) throw new Refused(errorsOfReasons(reasons));
    const measure = isKnown ? knownMeasures : measureOperation;
    const measures = measure(schema, args.document, operation, args.variableValues);
    trace.cost = measures.cost;
    assertCost(measures.cost, limits);
    return measures;
  }

  private async execute(args: Execution): Promise<ExecutionResult> {
    let result = await execute(withCoercedVariables(args));
    const { work } = args.contextValue as RequestContext;
    if (!result.errors) return result;
    // Without data, nothing was executed: graphql-js refused the variables.
    if (!('data' in result)) result = await execute({ ...args, variableValues: withPlaceholders(args) });
    if (!result.errors) return result;
    const errors = 'data' in result ? result.errors : refusalsOfVariables(args);
    // graphql-js makes errors that no field has counted: of arguments, and of nulls that must not be.
    const uncounted = 'data' in result ? errors.length - work.errors : 0;
    if (!work.stopped && uncounted > 0) work.countError(uncounted * ERROR_BYTES);
    const { stopped } = work;
    const final = stopped ? stoppedResult(work, stopped, result) : { ...result, errors };
    return { ...final, errors: this.formatAll(args.contextValue as RequestContext, final.errors!, args.locations) };
  }

  /**
   * Runs a subscription. Each event is executed with a new context, so no cached value is returned for a later event.
   */
  private async subscribe(ctx: RequestContext, args: Execution): Promise<OperationOutcome> {
    const refused = refusalsOfVariables(args);
    if (refused.length > 0) return { result: { errors: this.formatAll(ctx, refused, args.locations) } };
    const events = await createSourceEventStream(args).catch((error: unknown) => ({ errors: [error] }));
    if (!(Symbol.asyncIterator in events))
      return { result: { errors: this.formatAll(ctx, events.errors ?? [], args.locations) } };
    const results = new EventExecutions(
      events[Symbol.asyncIterator](),
      (rootValue) => this.executeEvent(ctx, { ...args, rootValue }),
      (error) => this.errors.format(error, ctx.requestId),
    );
    return { results };
  }

  /** Its cost is charged, and never refused: an event that is left out would be lost. */
  private async executeEvent(ctx: RequestContext, args: Execution): Promise<ExecutionResult> {
    const { places, rates } = ctx.environment;
    const leave = await places.enterForEvent(ctx.caller, ctx.departure?.signal);
    rates.chargeEvent(ctx.caller, ctx.run.trace!.cost!);
    try {
      return await this.execute({ ...args, contextValue: ctx.renewed() });
    } finally {
      leave();
    }
  }

  private formatAll({ requestId }: RequestContext, errors: readonly unknown[], locations: Locations): GraphQLError[] {
    return separated(errors).map((error) => locations.complete(this.errors.format(error, requestId)));
  }
}

/** Thrown to refuse an operation for several reasons. */
class Refused extends Error {
  constructor(readonly errors: readonly Error[]) {
    super();
  }
}

function errorsOf(outcome: OperationOutcome | CompiledData): readonly GraphQLError[] {
  return ('refused' in outcome ? outcome.refused : 'result' in outcome ? outcome.result.errors : undefined) ?? [];
}

function noSuchOperation(operationName: string | null | undefined): string {
  return operationName == null
    ? 'The document has several operations. Set operationName to the one to run.'
    : 'The document has no operation with this operationName.';
}

function badRequest(message: string): RequestError {
  return new RequestError('BAD_USER_INPUT', message);
}
