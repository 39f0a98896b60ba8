/* eslint-disable @typescript-eslint/no-explicit-any -- the test knows the shape of the body */
import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { UserErrorCode } from '../../src/platform/base/user-error-code';
import { keyOf, type CallerName, type TestApp } from './test-app';

export interface RestAnswer<Body = any> {
  status: number;
  headers: Headers;
  body: Body;
}

export interface RestRequest {
  /** Null: without a key. */
  caller?: CallerName | { key: string } | null;
  headers?: Record<string, string>;
  body?: unknown;
  instance?: number;
}

export interface OpenApiOperation {
  operationId: string;
  parameters?: { name: string; in: string; required?: boolean; schema: object; example?: unknown }[];
  requestBody?: { content: Record<string, { schema: object }> };
  responses: Record<string, OpenApiResponse | { $ref: string }>;
}

export interface OpenApiResponse {
  description: string;
  content?: Record<string, { schema: object }>;
}

export interface OpenApiDocument {
  paths: Record<string, Record<string, OpenApiOperation>>;
  components: { schemas: Record<string, object>; responses: Record<string, OpenApiResponse> };
}

const BASE = '/api/v3';

/** Sends requests to the REST interface. Each answer must be one that the served OpenAPI document allows. */
export class RestClient {
  private document: Promise<DocumentAnswers> | undefined;

  constructor(private readonly app: TestApp) {}

  get<Body = Record<string, any>>(path: string, request?: RestRequest): Promise<RestAnswer<Body>> {
    return this.send<Body>('GET', path, request);
  }

  post<Body = Record<string, any>>(path: string, body: unknown, request: RestRequest = {}): Promise<RestAnswer<Body>> {
    return this.send<Body>('POST', path, { ...request, body });
  }

  put<Body = Record<string, any>>(path: string, body: unknown, request: RestRequest = {}): Promise<RestAnswer<Body>> {
    return this.send<Body>('PUT', path, { ...request, body });
  }

  patch<Body = Record<string, any>>(path: string, body: unknown, request: RestRequest = {}): Promise<RestAnswer<Body>> {
    return this.send<Body>('PATCH', path, { ...request, body });
  }

  /** @param body sent as JSON */
  async send<Body = Record<string, any>>(
    method: string,
    path: string,
    { caller = 'northside', headers = {}, body, instance = 0 }: RestRequest = {},
  ): Promise<RestAnswer<Body>> {
    const response = await fetch(`${this.app.urls[instance]}${BASE}${path}`, {
      method,
      headers: {
        ...(caller !== null && { 'impilo-api-key': keyOf(caller) }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const answer = {
      status: response.status,
      headers: response.headers,
      body: (text === '' ? undefined : JSON.parse(text)) as Body,
    };
    (await this.answers()).assertAllowed(method, path, answer);
    return answer;
  }

  async openApi(): Promise<OpenApiDocument> {
    return (await this.answers()).document;
  }

  private answers(): Promise<DocumentAnswers> {
    return (this.document ??= fetch(`${this.app.url}${BASE}/openapi.json`).then(
      async (response) => new DocumentAnswers((await response.json()) as OpenApiDocument),
    ));
  }
}

/** The answers that a document allows. Members that a shape does not have are not allowed, so that all are documented. */
export class DocumentAnswers {
  private readonly ajv: Ajv2020;
  private readonly compiled = new Map<object, ValidateFunction>();

  constructor(readonly document: OpenApiDocument) {
    this.ajv = new Ajv2020({ strict: false, allErrors: true });
    addFormats(this.ajv);
    this.ajv.addSchema(closed({ $id: 'document', components: document.components }) as object);
  }

  assertAllowed(method: string, path: string, { status, headers, body }: RestAnswer<unknown>): void {
    const operation = this.operationOf(method, path);
    if (!operation) {
      if (![404, 405].includes(status)) throw new Error(`${method} ${path} is not documented and answers ${status}.`);
      return;
    }
    const type = (headers.get('content-type') ?? '').split(';')[0]!;
    const response = this.responseOf(operation, status);
    const schema = response?.content?.[type]?.schema;
    if (!schema)
      throw new Error(`${operation.operationId}: ${status} ${type} is not documented: ${JSON.stringify(body)}`);
    const validate = this.validatorOf(schema);
    if (!validate(body))
      throw new Error(`${operation.operationId}: ${this.ajv.errorsText(validate.errors)} in ${JSON.stringify(body)}`);
    const { code } = (body ?? {}) as { code?: unknown };
    const isRefusal = status >= 400 && typeof code === 'string' && Object.hasOwn(UserErrorCode, code);
    if (isRefusal && !response.description.includes(`- \`${code}\`:`))
      throw new Error(`${operation.operationId}: ${code} is not documented at ${status}.`);
  }

  private responseOf({ responses }: OpenApiOperation, status: number): OpenApiResponse | undefined {
    const response = responses[status];
    if (!response || !('$ref' in response)) return response;
    return this.document.components.responses[response.$ref.replace('#/components/responses/', '')];
  }

  private operationOf(method: string, path: string): OpenApiOperation | undefined {
    const [plain] = path.split('?');
    return (
      Object.entries(this.document.paths)
        .filter(([template]) => new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}/?$`).test(plain!))
        // A fixed part is closer than a parameter.
        .sort(([one], [other]) => one.split('{').length - other.split('{').length)
        .map(([, operations]) => operations[method.toLowerCase()])
        .find((operation) => operation !== undefined)
    );
  }

  private validatorOf(schema: object): ValidateFunction {
    let validate = this.compiled.get(schema);
    if (!validate) {
      const text = JSON.stringify(closed(schema)).replaceAll('"#/components', '"document#/components');
      this.compiled.set(schema, (validate = this.ajv.compile(JSON.parse(text) as object)));
    }
    return validate;
  }
}

function closed(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(closed);
  const copy = Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, closed(inner)]));
  return copy.type === 'object' && copy.properties !== undefined ? { additionalProperties: false, ...copy } : copy;
}
