import { Agent, request as httpRequest } from 'node:http';
import fc from 'fast-check';
import { DocumentAnswers, type OpenApiDocument, type RestAnswer } from '../support/rest-client';
import { KEYS, type CallerName, type TestApp } from '../support/test-app';
import { DocumentRules } from './document-rules.harness';
import {
  describeRequest,
  targetOf,
  validRequests,
  type GeneratedRequest,
  type Operation,
} from './generated-requests.harness';
import { KnownValues } from './known-values.harness';
import { MARKER } from './generated-texts.harness';
import { mutationsOf, type Mutation } from './request-mutations.harness';
import { SchemaValues } from './schema-values.harness';

const BASE = '/api/v3';

/** In a line of the log. */
const REQUEST_ID = /"requestId":"[^"]*"/;

/** How often each status was the result of an operation. */
export type Statuses = Map<number, number>;

class MutatedRequest {
  readonly request: GeneratedRequest;

  constructor(
    readonly valid: GeneratedRequest,
    readonly mutation: Mutation,
  ) {
    this.request = mutation.apply(valid);
  }

  /** In the report of a failure. */
  [fc.toStringMethod](): string {
    return `${this.mutation.name}: ${describeRequest(this.request)}`;
  }
}

/** A request of an operation, generated when it is its turn. */
class Step {
  constructor(
    readonly operation: Operation,
    readonly seed: number,
  ) {}

  [fc.toStringMethod](): string {
    return `${this.operation.operationId} with the seed ${this.seed}`;
  }
}

interface FirstAccepted {
  /** Among those that succeed. */
  status?: number;
  seed: number;
  caller?: CallerName;
  /** Instead of the generated parameters. */
  path?: Record<string, string>;
}

/** Name of the shape of a successful response. */
function shapeOf({ responses }: Operation, status: number): string | undefined {
  const response = responses[status];
  const schema = response && 'content' in response ? response.content?.['application/json']?.schema : undefined;
  return (schema as { $ref?: string } | undefined)?.$ref;
}

/** Requests until one succeeds. Some need several rows in a certain state. */
const MAX_TRIES = 500;

/** Requests that are generated from the served document, and what must hold for each response. */
export class GeneratedCalls {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 4 });
  private readonly rules: DocumentRules;
  private readonly answers: DocumentAnswers;
  private readonly known = new KnownValues();
  private logged = 0;
  readonly operations: readonly Operation[];

  private constructor(
    private readonly app: TestApp,
    private readonly document: OpenApiDocument,
  ) {
    this.rules = new DocumentRules(document.components);
    this.answers = new DocumentAnswers(document);
    this.operations = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, operation]) => ({ ...operation, path, method: method.toUpperCase() })),
    );
  }

  static async of(app: TestApp): Promise<GeneratedCalls> {
    const response = await fetch(`${app.url}${BASE}/openapi.json`);
    const calls = new GeneratedCalls(app, (await response.json()) as OpenApiDocument);
    await calls.readLists();
    return calls;
  }

  close(): void {
    this.agent.destroy();
  }

  operation(operationId: string): Operation {
    const found = this.operations.find((operation) => operation.operationId === operationId);
    if (!found) throw new Error(`The document has no operation ${operationId}.`);
    return found;
  }

  /** Sends requests that the document allows. */
  async checkValid(operationId: string, parameters: fc.Parameters<unknown>): Promise<Statuses> {
    const statuses: Statuses = new Map();
    const property = fc.asyncProperty(this.validRequests(this.operation(operationId)), async (request) => {
      const { status } = await this.sendValid(request);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    });
    await fc.assert(property, parameters as fc.Parameters<[GeneratedRequest]>);
    return statuses;
  }

  /** Sends requests that differ from allowed ones in one or two places. */
  async checkMutated(operationId: string, parameters: fc.Parameters<unknown>): Promise<Statuses> {
    const statuses: Statuses = new Map();
    const { schemas } = this.document.components;
    const mutated = this.validRequests(this.operation(operationId)).chain((valid) =>
      mutationsOf(valid, schemas).map((mutation) => new MutatedRequest(valid, mutation)),
    );
    const property = fc.asyncProperty(mutated, async (one) => {
      const { status } = await this.sendMutated(one);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    });
    await fc.assert(property, parameters as fc.Parameters<[MutatedRequest]>);
    return statuses;
  }

  /** Sends requests of any operations in turn. Later ones refer to what earlier ones created. */
  async checkSequences(parameters: fc.Parameters<unknown>): Promise<number> {
    let successes = 0;
    const steps = fc
      .record({ operation: fc.constantFrom(...this.operations), seed: fc.nat() })
      .map(({ operation, seed }) => new Step(operation, seed));
    const property = fc.asyncProperty(
      fc.array(steps, { minLength: 1, maxLength: 12, size: 'max' }),
      async (sequence) => {
        for (const { operation, seed } of sequence) {
          const [request] = fc.sample(this.validRequests(operation), { seed, numRuns: 1 });
          if ((await this.sendValid(request!)).status < 300) successes += 1;
        }
      },
    );
    await fc.assert(property, parameters as fc.Parameters<[Step[]]>);
    return successes;
  }

  /** The first of many requests that succeeds, and its response. */
  async firstAccepted(
    operation: Operation,
    { seed, caller, path = {}, status }: FirstAccepted,
  ): Promise<RestAnswer | undefined> {
    const requests = fc.sample(this.validRequests(operation), { seed, numRuns: MAX_TRIES });
    for (const request of requests) {
      if (caller && request.caller !== caller) continue;
      const answer = await this.sendValid({ ...request, path: { ...request.path, ...path } });
      if (answer.status < 300 && (status === undefined || answer.status === status)) return answer;
    }
    return undefined;
  }

  /** Sends a request without optional parts as a caller. */
  read(operation: Operation, { path = {}, query = [] }: Partial<Pick<GeneratedRequest, 'path' | 'query'>> = {}) {
    const caller = 'northside' as const;
    return this.send({ operation, method: 'GET', path, query, headers: {}, body: undefined, caller });
  }

  find(method: string, path: string): Operation | undefined {
    return this.operations.find((operation) => operation.method === method && operation.path === path);
  }

  /** Ids of all objects in a list of pages. */
  async idsOf(list: Operation): Promise<string[]> {
    const ids: string[] = [];
    for (let page = 1; ; page += 1) {
      const answer = await this.read(list, {
        query: [
          ['page', String(page)],
          ['size', '250'],
        ],
      });
      const { content, last } = answer.body as { content: { id: number | string }[]; last: boolean };
      ids.push(...content.map(({ id }) => String(id)));
      if (last) return ids;
    }
  }

  /** Values that a parameter of an operation may have. */
  knownFor(operation: Operation, name: string): readonly unknown[] {
    return this.known.of(operation, 'northside')(name, '');
  }

  validRequests(operation: Operation): fc.Arbitrary<GeneratedRequest> {
    const { schemas } = this.document.components;
    return validRequests(operation, (caller) => new SchemaValues(schemas, this.known.of(operation, caller)));
  }

  private async sendValid(request: GeneratedRequest): Promise<RestAnswer> {
    const { isAllowed, fields } = this.rules.verdictOn(request);
    if (!isAllowed) throw new Error(`The document does not allow the generated request: ${fields.join()}`);
    const answer = await this.send(request);
    // A repeated key returns an earlier result.
    if (answer.status < 300 && request.method !== 'GET' && !('Idempotency-Key' in request.headers))
      await this.assertReadBack(request, answer);
    return answer;
  }

  /** What a write returns is what is read afterwards. A secret is shown only once, so that reads may have fewer members. */
  private async assertReadBack(request: GeneratedRequest, { status, body }: RestAnswer): Promise<void> {
    const written = shapeOf(request.operation, status);
    const reader = this.operations.find(
      (operation) =>
        operation.method === 'GET' && operation.path.endsWith('/{id}') && shapeOf(operation, 200) === written,
    );
    if (!reader || written === undefined) return;
    const read = await this.send({
      ...request,
      operation: reader,
      method: 'GET',
      path: { id: String((body as { id: number | string }).id) },
      query: [],
      headers: {},
      body: undefined,
      caller: request.caller === 'ingest' ? 'northside' : request.caller,
    });
    expect({ status: read.status, body: body as object }).toMatchObject({ status: 200, body: read.body as object });
  }

  private async sendMutated({ request, valid, mutation }: MutatedRequest): Promise<RestAnswer> {
    const answer = await this.send(request);
    if (request.method !== valid.method) return answer;
    if (mutation.status && !mutation.status.includes(answer.status))
      throw new Error(`${mutation.name}: expected ${mutation.status.join()}, but it is ${answer.status}`);
    const { isAllowed, fields } = this.rules.verdictOn(request);
    if (!isAllowed) this.assertRefused(answer, fields);
    return answer;
  }

  /** A request that the document does not allow is refused, and a member at fault is named. */
  private assertRefused({ status, body }: RestAnswer, fields: readonly string[]): void {
    if (status < 400) throw new Error(`The document does not allow the request, but it succeeds (${fields.join()}).`);
    if (status !== 400 || fields.length === 0) return;
    const { errors, detail } = body as { errors: { field: string | null }[]; detail: string };
    const related = (field: string | null) =>
      field !== null && fields.some((one) => `${one}.`.startsWith(`${field}.`) || `${field}.`.startsWith(`${one}.`));
    // References are looked up first, and an external identifier is one of a customer.
    if (errors.some(({ field }) => field === 'customerId')) return;
    // JSON with these names is refused by the parser.
    if (fields.some((field) => /__proto__|constructor/.test(field)) || errors.some(({ field }) => related(field)))
      return;
    throw new Error(
      `The problem should name one of ${fields.join()}, but names ${errors.map(({ field }) => field).join()}: ${detail}`,
    );
  }

  /** Sends a request. The response must be one that the document allows, and the log must not have texts of the request. */
  async send(request: GeneratedRequest): Promise<RestAnswer> {
    const target = targetOf(request);
    const answer = await this.transmit(request, target);
    try {
      this.assertAllowed(request, target, answer);
    } catch (error) {
      throw new Error(`${(error as Error).message}\nRequest: ${describeRequest(request)}`, { cause: error });
    }
    if (answer.status < 300 && request.caller) this.known.add(request.operation, request.caller, answer.body);
    return answer;
  }

  private assertAllowed({ method }: GeneratedRequest, target: string, answer: RestAnswer): void {
    if (answer.status >= 500) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
    if (method === 'HEAD' || method === 'OPTIONS') return;
    this.answers.assertAllowed(method, target, answer);
    if (answer.headers.get('cache-control') !== 'no-store') throw new Error('The response may be stored.');
    this.assertNotLogged();
  }

  private assertNotLogged(): void {
    const added = this.app.log.slice(this.logged);
    this.logged = this.app.log.length;
    // The id is the one that the client gave to the request, to find its lines.
    const line = added.split('\n').find((one) => one.replace(REQUEST_ID, '').toLowerCase().includes(MARKER));
    if (line !== undefined) throw new Error(`A text of the request is in the log: ${line.slice(0, 400)}`);
  }

  private transmit({ method, headers, body, caller }: GeneratedRequest, target: string): Promise<RestAnswer> {
    return new Promise((resolve, reject) => {
      const sent = httpRequest(
        `${this.app.url}${BASE}`,
        {
          agent: this.agent,
          method,
          path: `${BASE}${target}`,
          headers: {
            ...(caller && { 'impilo-api-key': KEYS[caller] }),
            ...headers,
            ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }),
          },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            const text = Buffer.concat(chunks).toString('utf8');
            resolve({
              status: response.statusCode!,
              headers: new Headers(response.headers as Record<string, string>),
              body: text === '' ? undefined : (JSON.parse(text) as unknown),
            });
          });
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
  }

  /** Learns ids and names from the lists, as two customers see them. */
  private async readLists(): Promise<void> {
    const lists = this.operations.filter(({ method, path }) => method === 'GET' && !path.includes('{'));
    const callers: readonly CallerName[] = ['northside', 'lakeview'];
    for (const operation of lists) {
      const query: [string, string][] = operation.parameters?.some(({ name }) => name === 'size')
        ? [['size', '100']]
        : [];
      const request = { operation, method: 'GET', path: {}, query, headers: {}, body: undefined };
      for (const caller of callers) await this.send({ ...request, caller });
    }
  }
}
