import { setTimeout as delay } from 'node:timers/promises';
import type { Circus } from '@jest/types';
import { TestEnvironment } from 'jest-environment-node';
import { ModuleMocker } from 'jest-mock';
import { readRecordings, type RecordingPosition } from '../support/recording';
import type { Refusals } from '../support/refusals';
import './reached-limits';

/** Resources that a test must close, since they keep the process alive. Pipes and files are jest's own. */
const KINDS = ['ProcessWrap', 'TCPServerWrap', 'TCPSocketWrap', 'Timeout', 'UDPWrap', 'Worker'];

/** Time for resources to close: a few turns of the event loop or milliseconds, more on a busy machine. */
const GRACE_MS = 10_000;
const POLL_INTERVAL_MS = 25;

const CIRCUS_HANDLERS = Symbol.for('EVENT_HANDLERS');

/**
 * Fails a test file that leaves a server, a socket, a timer or a child process open, and a test in which a mutation returned a
 * code that it does not declare. Shows the logs of the gateways with a failed test.
 *
 * jest kills a worker that does not end, with a warning that does not name the file. --detectOpenHandles does, but multiplies the
 * run time.
 */
export default class GatewayTestEnvironment extends TestEnvironment {
  private before: string[] = [];
  private readonly symbolsBefore = new Set(Object.getOwnPropertySymbols(globalThis));
  private readonly consoleBefore = globalThis.console;
  private readonly exitBefore = Object.getOwnPropertyDescriptor(process, 'exit')!;
  private readonly variablesBefore = { ...process.env };
  private sinceTestStart: RecordingPosition = new Map();

  /** Tests share modules with the worker, see shared-modules.runtime.cjs, so they also share its realm and its classes. */
  constructor(...[config, context]: ConstructorParameters<typeof TestEnvironment>) {
    super(config, context);
    this.global = globalThis as unknown as typeof this.global;
    this.moduleMocker = new ModuleMocker(globalThis);
  }

  override async setup(): Promise<void> {
    await super.setup();
    this.before = openResources();
  }

  override async teardown(): Promise<void> {
    const deadline = Date.now() + GRACE_MS;
    while (this.leftovers().length > 0 && Date.now() < deadline)
      await delay(POLL_INTERVAL_MS, undefined, { ref: false });
    const leftovers = this.leftovers();
    this.moduleMocker?.restoreAllMocks();
    await super.teardown();
    this.restoreGlobals();
    this.sinceTestStart = new Map();
    if (leftovers.length > 0) throw new Error(`The tests of this file left open: ${leftovers.join(', ')}.`);
  }

  handleTestEvent(event: Circus.Event): void {
    if (event.name === 'test_start') this.sinceTestStart = readRecordings().position;
    if (event.name !== 'test_done') return;
    for (const undeclared of takeUndeclared()) event.test.errors.push([new Error(undeclared), new Error()]);
    if (event.test.errors.length === 0) return;
    const { text } = readRecordings(this.sinceTestStart);
    // A separate error, which every reporter shows below the others.
    if (text) event.test.errors.push([Object.assign(new Error(), { message: text, stack: text }), new Error()]);
  }

  /** Undoes global changes by jest, jest-circus and the file: environment variables, the console, process.exit, symbols. */
  private restoreGlobals(): void {
    for (const name of Object.keys(process.env))
      if (!(name in this.variablesBefore)) Reflect.deleteProperty(process.env, name);
    Object.assign(process.env, this.variablesBefore);
    Object.defineProperty(process, 'exit', this.exitBefore);
    globalThis.console = this.consoleBefore;
    Reflect.deleteProperty(globalThis, 'jest');
    Reflect.deleteProperty(globalThis, CIRCUS_HANDLERS);
    for (const symbol of Object.getOwnPropertySymbols(globalThis))
      if (Symbol.keyFor(symbol) === undefined && !this.symbolsBefore.has(symbol))
        Reflect.deleteProperty(globalThis, symbol);
  }

  private leftovers(): string[] {
    const expected = [...this.before];
    return openResources().filter((resource) => {
      const index = expected.indexOf(resource);
      if (index >= 0) expected.splice(index, 1);
      return index < 0;
    });
  }
}

/** The codes that mutations returned without declaring them, from all gateways of this worker. */
function takeUndeclared(): string[] {
  return (globalThis as { gatewayRefusals?: Refusals }).gatewayRefusals?.undeclared.splice(0) ?? [];
}

function openResources(): string[] {
  return process.getActiveResourcesInfo().filter((resource) => KINDS.includes(resource));
}
