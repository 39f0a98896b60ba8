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
      const { isAllowed, fields } = this.rules.verdictOn(request);
      if (!isAllowed) throw new Error(`The generated request is not allowed by the document: ${fields.join()}`);
      const { status } = await this.send(request);
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

  /** Whether one of many requests that the document allows succeeds. */
  async acceptsSome(operationId: string, seed: number): Promise<boolean> {
    const requests = fc.sample(this.validRequests(this.operation(operationId)), { seed, numRuns: MAX_TRIES });
    for (const request of requests) if ((await this.send(request)).status < 300) return true;
    return false;
  }

  validRequests(operation: Operation): fc.Arbitrary<GeneratedRequest> {
    const { schemas } = this.document.components;
    return validRequests(operation, (caller) => new SchemaValues(schemas, this.known.of(operation, caller)));
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
    if (answer.status >= 500)
      throw new Error(`${request.method} ${target}: ${answer.status} ${JSON.stringify(answer.body)}`);
    if (request.method === 'HEAD' || request.method === 'OPTIONS') return answer;
    this.answers.assertAllowed(request.method, target, answer);
    if (answer.headers.get('cache-control') !== 'no-store') throw new Error('The response may be stored.');
    this.assertNotLogged();
    if (answer.status < 300 && request.caller) this.known.add(request.operation, request.caller, answer.body);
    return answer;
  }

  private assertNotLogged(): void {
    const added = this.app.log.slice(this.logged);
    this.logged = this.app.log.length;
    const line = added.split('\n').find((one) => one.toLowerCase().includes(MARKER));
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
