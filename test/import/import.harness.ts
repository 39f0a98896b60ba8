import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { parse } from 'csv-parse/sync';
import { runImportCommand, type ImportCommandEnvironment } from '../../src/programs/import/import.command';
import { Interruption } from '../../src/platform/base/interruption';
import { systemClock } from '../../src/platform/base/clock';
import { GatewayStub } from './gateway.stub';

/** Short pauses and few attempts, so that a test sees the client give up. */
export const FAST_RETRY = { attempts: 4, firstMs: 2, maxMs: 8 };

export interface ImportResult {
  exitCode: number;
  out: string;
  err: string;
}

export interface RunOptions {
  /** By default `readings`. */
  kind?: string;
  args?: string[];
  env?: Partial<ImportCommandEnvironment>;
  /** Of a gateway other than the stub. */
  gateway?: { url: string; apiKey: string };
  /** By default not a terminal. */
  out?: TextOutput;
}

/** A folder with files to import, and a stub of the gateway to send them to. */
export class ImportFixture {
  private constructor(
    readonly folder: string,
    readonly gateway: GatewayStub,
  ) {}

  static async start(): Promise<ImportFixture> {
    return new ImportFixture(await mkdtemp(join(tmpdir(), 'gateway-import-')), await GatewayStub.start());
  }

  async stop(): Promise<void> {
    await this.gateway.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  async write(name: string, content: string | Buffer): Promise<void> {
    await writeFile(this.path(name), content);
  }

  read(name: string): Promise<string> {
    return readFile(this.path(name), 'utf8');
  }

  has(name: string): boolean {
    return existsSync(this.path(name));
  }

  /** Sorted names of the files in the folder. */
  async files(): Promise<string[]> {
    return (await readdir(this.folder)).sort();
  }

  /** Rows of a file of refused lines. */
  async refused(name: string): Promise<Record<string, string>[]> {
    return parse(await this.read(name), { columns: true });
  }

  async refusedNdjson(name: string): Promise<Record<string, unknown>[]> {
    const lines = (await this.read(name)).trimEnd().split('\n');
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** Runs the command. Relative paths are in this folder. */
  async run(
    name: string,
    { kind = 'readings', args = [], env = {}, gateway, out = new TextOutput() }: RunOptions = {},
  ): Promise<ImportResult> {
    let err = '';
    const exitCode = await runImportCommand([kind, name, ...args], {
      loadConfig: (url) => ({
        gatewayUrl: new URL(url ?? gateway?.url ?? this.gateway.url),
        apiKey: gateway?.apiKey ?? 'a-key',
      }),
      workingFolder: this.folder,
      clock: systemClock,
      out,
      err: (text) => (err += `${text}\n`),
      interrupted: new AbortController().signal,
      retry: FAST_RETRY,
      ...env,
    });
    return { exitCode, out: out.text, err };
  }
}

/** A substitute for stdout. */
export class TextOutput extends Writable {
  text = '';
  readonly columns = 120;

  constructor(readonly isTTY = false) {
    super();
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

/** Interrupts an import as Ctrl-C does. */
export class Stop {
  private readonly controller = new AbortController();

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  now(signal: 'SIGINT' | 'SIGTERM' = 'SIGINT'): void {
    this.controller.abort(new Interruption(signal));
  }
}

export const HEADER = 'deviceIdentifier,takenAt,peakExpiratoryFlow';

/** One reading per minute, each with a different peak flow. The first is on line 2. */
export function flows(count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, index) => {
    const number = from + index;
    return `BPM-1,${new Date(Date.UTC(2026, 0, 1, 0, number)).toISOString()},${100 + number / 10}`;
  });
}

export function csv(lines: readonly string[], header = HEADER): string {
  return `${[header, ...lines].join('\n')}\n`;
}
