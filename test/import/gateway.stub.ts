import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SentReading {
  deviceId?: string;
  deviceIdentifier?: string;
  patientExternalIdentifier?: string;
  takenAt: string;
  [member: string]: unknown;
}

export interface Problem {
  code: string;
  message: string;
  path: string[] | null;
}

/** Overrides the normal response. */
export interface Reply {
  status?: number;
  headers?: Record<string, string>;
  /** A string is sent unchanged, other values as JSON. */
  body?: unknown;
}

export interface Call {
  readings: SentReading[];
  authorization: string | undefined;
}

/** A gateway without a database that implements recordReadings. */
export class GatewayStub {
  /** All calls received, with or without a response. */
  readonly calls: Call[] = [];
  /** Recorded readings: values as JSON by identity. */
  readonly recorded = new Map<string, string>();
  /** Refuses readings for which it returns a problem. */
  refuse: (reading: SentReading) => Omit<Problem, 'path'> | undefined = () => undefined;
  /** Overrides the response to a call. 'hang up' closes the connection without a response. */
  reply: (call: Call, number: number) => Reply | 'hang up' | undefined = () => undefined;
  /** The response to a call is delayed until this promise settles. */
  holding: (call: Call, number: number) => Promise<unknown> | undefined = () => undefined;
  /** Of the key, in this database. */
  customer = { databaseId: '1', createdAt: '2026-01-01T00:00:00.000Z' };
  openCalls = 0;
  maxOpenCalls = 0;
  private readonly server: Server;

  private constructor() {
    this.server = createServer((request, response) => {
      void this.respond(request, response);
    });
  }

  static async start(): Promise<GatewayStub> {
    const stub = new GatewayStub();
    await stub.listen(0);
    return stub;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/graphql`;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Readings of all calls, in order, including those sent repeatedly. */
  get sent(): SentReading[] {
    return this.calls.flatMap(({ readings }) => readings);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(port, '127.0.0.1', resolve));
  }

  private async respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { query, variables } = await readBody(request);
    if (query.includes('ImportTarget')) {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ data: { viewer: { customer: this.customer } } }));
    } else await this.respondToCall(variables.input, request, response);
  }

  private async respondToCall(
    { readings }: { readings: SentReading[] },
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    this.openCalls += 1;
    this.maxOpenCalls = Math.max(this.maxOpenCalls, this.openCalls);
    const call = { readings, authorization: request.headers.authorization };
    const number = this.calls.push(call);
    await this.holding(call, number);
    this.openCalls -= 1;
    const reply = this.reply(call, number);
    if (reply === 'hang up') {
      response.destroy();
      return;
    }
    const body = reply?.body ?? {
      data: { recordReadings: { results: readings.map((one, at) => this.record(one, at)) } },
    };
    response.writeHead(reply?.status ?? 200, { 'content-type': 'application/json', ...reply?.headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  }

  private record(reading: SentReading, index: number) {
    const problem = this.refuse(reading);
    if (problem) {
      const path = ['input', 'readings', String(index), 'deviceIdentifier'];
      return { outcome: 'REFUSED', userErrors: [{ ...problem, path }] };
    }
    const { deviceId, deviceIdentifier, patientExternalIdentifier, takenAt, ...values } = reading;
    const identity = [deviceId ?? deviceIdentifier ?? patientExternalIdentifier, kindsOf(values), takenAt].join(' ');
    const stored = this.recorded.get(identity);
    if (stored === undefined) this.recorded.set(identity, JSON.stringify(values));
    if (stored === undefined || stored === JSON.stringify(values))
      return { outcome: stored === undefined ? 'RECORDED' : 'DUPLICATE', userErrors: [] };
    const conflict = {
      code: 'READING_CONFLICT',
      message: 'Stored with other values.',
      path: ['input', 'readings', String(index)],
    };
    return { outcome: 'CONFLICT', userErrors: [conflict] };
  }
}

function kindsOf(values: Record<string, unknown>): string {
  return Object.keys(values)
    .filter((member) => typeof values[member] === 'object')
    .join();
}

interface Body {
  query: string;
  variables: { input: { readings: SentReading[] } };
}

async function readBody(request: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString()) as Body;
}

/** Response to a call that fails as a whole. */
export function topLevel(code: string, message: string, path?: readonly string[]): Reply {
  return { body: { data: { recordReadings: null }, errors: [{ message, extensions: { code, path } }] } };
}
