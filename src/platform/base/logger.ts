import { pino, type DestinationStream, type Logger, type LoggerOptions } from 'pino';
import { logOutput } from './output';
import { toLoggedError, type DescribeError, type LoggedError } from './logged-error';

export type { Logger } from 'pino';

export interface CreateLoggerOptions {
  level: string;
  /** Default: standard output. */
  destination?: DestinationStream;
  /** Human-readable lines instead of JSON, for a terminal. */
  readable?: boolean;
  describeError?: DescribeError;
}

/** Fields that are never logged, by any caller. */
const WITHHELD = [
  'headers',
  'body',
  'variables',
  'query',
  'parameters',
  'params',
  'values',
  'document',
  'connectionParams',
];

/**
 * The gateway's log: one JSON object per line. Fastify uses it too (`loggerInstance`).
 *
 * A request is logged as id, method and route, a response as its status. Query strings, headers, bodies and variables are
 * never logged. Errors are reduced by `describeError` and `toLoggedError`.
 */
export function createLogger(options: CreateLoggerOptions): Logger {
  const logged = (error: unknown): unknown => toLoggedError(error, options.describeError);
  const withheld = Object.fromEntries(WITHHELD.map((name) => [name, () => undefined]));
  const settings: LoggerOptions = {
    level: options.level,
    base: { pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (level) => ({ level }) },
    serializers: {
      ...withheld,
      req: toLoggedRequest,
      res: toLoggedResponse,
      err: logged,
      error: logged,
      // The gateway's own texts, such as why a subscription was closed; or what a promise was rejected with.
      reason: (reason: unknown) => (typeof reason === 'string' ? reason : logged(reason)),
    },
    hooks: {
      // Without a message argument, pino and fastify log the error's message and bypass the serializers.
      logMethod(args, log) {
        const [subject, message, ...rest] = args as [unknown, string | undefined, ...unknown[]];
        const error = errorOf(subject);
        if (error && (message === undefined || message === error.message)) {
          log.call(this, subject as object, messageOf(logged(error) as LoggedError), ...rest);
        } else {
          log.apply(this, args);
        }
      },
    },
  };
  const destination = options.destination ?? logOutput();
  return pino(settings, options.readable ? toReadable(destination) : destination);
}

function errorOf(subject: unknown): Error | undefined {
  if (subject instanceof Error) return subject;
  const inner: unknown = typeof subject === 'object' && subject !== null && 'err' in subject ? subject.err : undefined;
  return inner instanceof Error ? inner : undefined;
}

function messageOf({ message, type }: LoggedError): string {
  return typeof message === 'string' ? message : type;
}

interface RequestLike {
  method?: string;
  url?: string;
  /** Fastify's route pattern, e.g. `/devices/:id`. */
  routeOptions?: { url?: string };
}

/** Logs the route pattern instead of the path where there is one: path parameters may name a patient. */
function toLoggedRequest(request: RequestLike): Record<string, unknown> {
  return { method: request.method, path: request.routeOptions?.url ?? request.url?.replace(/[?#].*$/s, '') };
}

function toLoggedResponse(response: { statusCode?: number }): Record<string, unknown> {
  return { status: response.statusCode };
}

/** `12:00:01.234 INFO  embedded PostgreSQL started port=5432`, followed by the frames of a stack. */
function toReadable(destination: DestinationStream): DestinationStream {
  return {
    write(line: string) {
      const { level, time, msg, pid: _pid, err, ...fields } = JSON.parse(line) as LogLine;
      const { stack, ...error } = err ?? {};
      const rest = Object.entries({ ...fields, ...error })
        .filter(([, value]) => value !== msg)
        .map(([name, value]) => ` ${name}=${toText(value)}`);
      const frames = stack?.split('\n').map((frame) => `\n    ${frame}`) ?? [];
      const head = `${time.slice(11, 23)} ${level.toUpperCase().padEnd(5)} ${msg ?? ''}`;
      destination.write(`${[head, ...rest, ...frames].join('')}\n`);
    },
  };
}

interface LogLine {
  level: string;
  time: string;
  msg?: string;
  pid: number;
  err?: { stack?: string };
}

function toText(value: unknown): string {
  return typeof value === 'string' && /^[\w.:/@+-]+$/.test(value) ? value : JSON.stringify(value);
}
