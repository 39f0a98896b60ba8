import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { eventually } from '../support/eventually';
import type { GatewayBuild } from '../support/gateway-process';

export interface ProcessResult {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  out: string;
  err: string;
}

/** Runs the command in a child process, as `npm run import` does, so that it can be killed. */
export class ImportProcess {
  readonly exited: Promise<ProcessResult>;
  private readonly child: ChildProcess;
  private out = '';
  private err = '';

  constructor(
    build: GatewayBuild,
    args: readonly string[],
    env: Record<string, string>,
    nodeOptions: readonly string[] = [],
  ) {
    const script = join(build.folder, 'dist/src/programs/import/import.cli.js');
    this.child = spawn(process.execPath, [...nodeOptions, script, 'readings', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env.PATH, ...env },
    });
    this.child.stdout!.on('data', (chunk: Buffer) => (this.out += chunk.toString()));
    this.child.stderr!.on('data', (chunk: Buffer) => (this.err += chunk.toString()));
    this.exited = new Promise((resolve) => {
      this.child.once('close', (exitCode, signal) => resolve({ out: this.out, err: this.err, exitCode, signal }));
    });
  }

  /** Waits until stderr contains the text. */
  async untilError(text: string): Promise<void> {
    await eventually(() => this.err.includes(text));
  }

  end(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}
