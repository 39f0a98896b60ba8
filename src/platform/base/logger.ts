import { pino, type DestinationStream, type Logger, type LoggerOptions } from 'pino';
import { toLoggedError, type DescribeError, type LoggedError } from './logged-error';

export type { Logger } from 'pino';

export interface CreateLoggerOptions {
  level: string;
  /** Standard output when left out. */
  destination?: DestinationStream;
  /** Lines for people rather than JSON; for a developer's terminal. */
  readable?: boolean;
  describeError?: DescribeError;
}

/** Never logged under these names, whoever does it. */
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
 * The gateway's log, one JSON line per entry; also given to fastify (`loggerInstance`).
 *
 * A request is its id, method and route, an answer its status: no query string, header, body or variable is ever logged, and
 * of an error only what `describeError` and the list above leave.
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
      reason: logged,
    },
    hooks: {
      // Without a message of its own, pino takes the error's, and so does fastify: past the serializers.
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
  const destination = options.destination ?? pino.destination({ sync: true });
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
  /** fastify's: the pattern of the route, `/devices/:id`. */
  routeOptions?: { url?: string };
}

/** The pattern rather than the path where a route was found: parameters in a path may name a patient. */
function toLoggedRequest(request: RequestLike): Record<string, unknown> {
  return { method: request.method, path: request.routeOptions?.url ?? request.url?.replace(/[?#].*$/s, '') };
}

function toLoggedResponse(response: { statusCode?: number }): Record<string, unknown> {
  return { status: response.statusCode };
}

/** `12:00:01.234 INFO  embedded PostgreSQL started port=5432`, and the frames of a stack below. */
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
