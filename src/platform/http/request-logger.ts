import type { FastifyBaseLogger } from 'fastify';
import type { ChildLoggerOptions, Logger } from 'pino';

type Level = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace';

/** The logger of a request. It is made for its first line: most levels write none. */
export class RequestLogger {
  private made: Logger | undefined;

  constructor(
    private readonly parent: Logger,
    private readonly bindings: object,
    private readonly options: ChildLoggerOptions,
  ) {}

  /** For fastify's `childLoggerFactory`. */
  static readonly create = (parent: unknown, bindings: object, options: ChildLoggerOptions): FastifyBaseLogger =>
    new RequestLogger(parent as Logger, bindings, options) as unknown as FastifyBaseLogger;

  isLevelEnabled(level: Level): boolean {
    return (this.options.level === undefined ? this.parent : this.own).isLevelEnabled(level);
  }

  get level(): string {
    return this.options.level ?? this.parent.level;
  }

  child(bindings: object, options: ChildLoggerOptions): Logger {
    return this.own.child(bindings, options);
  }

  fatal(...args: Parameters<Logger['fatal']>): void {
    this.own.fatal(...args);
  }

  error(...args: Parameters<Logger['error']>): void {
    this.own.error(...args);
  }

  warn(...args: Parameters<Logger['warn']>): void {
    this.own.warn(...args);
  }

  info(...args: Parameters<Logger['info']>): void {
    if (this.isLevelEnabled('info')) this.own.info(...args);
  }

  debug(...args: Parameters<Logger['debug']>): void {
    if (this.isLevelEnabled('debug')) this.own.debug(...args);
  }

  trace(...args: Parameters<Logger['trace']>): void {
    if (this.isLevelEnabled('trace')) this.own.trace(...args);
  }

  private get own(): Logger {
    return (this.made ??= this.parent.child(this.bindings, this.options));
  }
}
