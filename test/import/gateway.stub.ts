import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A reading as it arrived. */
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

/** An answer instead of the ordinary one. */
export interface Reply {
  status?: number;
  headers?: Record<string, string>;
  /** Sent as it is when it is text. */
  body?: unknown;
}

export interface Call {
  readings: SentReading[];
  authorization: string | undefined;
}

/** A stand-in for a gateway, with the API of schema.graphql and no database. */
export class GatewayStub {
  /** Those that were read, answered or not. */
  readonly calls: Call[] = [];
  /** What is recorded, by its identity; the values are JSON. */
  readonly recorded = new Map<string, string>();
  /** The problems of a reading that is refused, by the gateway's rules. */
  refuse: (reading: SentReading) => Omit<Problem, 'path'> | undefined = () => undefined;
  /** An answer to a call instead of the ordinary one; 'hang up' ends the connection without any. */
  reply: (call: Call, number: number) => Reply | 'hang up' | undefined = () => undefined;
  /** Calls that are not answered before this ends. */
  holding: (call: Call, number: number) => Promise<unknown> | undefined = () => undefined;
  openCalls = 0;
  maxOpenCalls = 0;
  private readonly server: Server;

  private constructor() {
    this.server = createServer((request, response) => {
      void this.answer(request, response);
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

  /** Readings that arrived, in the order of the calls, again and again when they were sent so. */
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

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.openCalls += 1;
    this.maxOpenCalls = Math.max(this.maxOpenCalls, this.openCalls);
    const { readings } = await readVariables(request);
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
      message: 'Another one is stored.',
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

async function readVariables(request: IncomingMessage): Promise<{ readings: SentReading[] }> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { variables } = JSON.parse(Buffer.concat(chunks).toString()) as {
    variables: { input: { readings: SentReading[] } };
  };
  return variables.input;
}

/** The answer to a call that is refused as a whole. */
export function topLevel(code: string, message: string, path?: readonly string[]): Reply {
  return { body: { data: { recordReadings: null }, errors: [{ message, extensions: { code, path } }] } };
}
