import fastify from 'fastify';
import { GraphQLError, parse } from 'graphql';
import { Client } from 'pg';
import { EntityNotFoundError, QueryFailedError } from 'typeorm';
import { describeDatabaseError } from '../../src/platform/db/pg-error';
import { describeFailure } from '../../src/platform/db/stream-log';
import { DomainError, RequestError } from '../../src/platform/base/errors';
import { createLogger, type CreateLoggerOptions } from '../../src/platform/base/logger';
import { UserErrorCode } from '../../src/platform/base/user-error-code';

/** Represents data that must never be logged: a name, a note, a key. */
const MARKER = 'Marker7Q';

function startLog(options: Partial<CreateLoggerOptions> = {}) {
  const written: string[] = [];
  const destination = { write: (line: string) => void written.push(line) };
  const log = createLogger({ level: 'info', destination, describeError: describeDatabaseError, ...options });
  const lines = () => written.map((line) => JSON.parse(line) as Record<string, unknown>);
  return { log, lines, text: () => written.join('') };
}

async function postgresErrorOf(statement: string, values: unknown[]): Promise<unknown> {
  const client = new Client({ connectionString: process.env.TEST_POSTGRES_URL });
  await client.connect();
  try {
    return await client.query(statement, values).catch((error: unknown) => error);
  } finally {
    await client.end();
  }
}

describe('a line', () => {
  it('is JSON with the time, the name of the level and the pid', () => {
    const { log, lines } = startLog();
    log.info({ port: 4000 }, 'listening');
    log.debug('not at this level');
    expect(lines()).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-.*Z$/) as string,
        pid: process.pid,
        port: 4000,
        msg: 'listening',
      },
    ]);
  });

  it('is human-readable on request', () => {
    const { log, text } = startLog({ readable: true });
    log.info({ port: 4000, path: '/a b' }, 'listening');
    log.error({ err: new RangeError('too far') }, 'failed');
    expect(text()).toMatch(/^\d\d:\d\d:\d\d\.\d{3} INFO {2}listening port=4000 path="\/a b"\n/);
    expect(text()).toMatch(/ ERROR failed type=RangeError message="too far"\n {4}at .*logger\.test/);
  });

  it('omits client data', () => {
    const { log, text } = startLog();
    const sent = {
      headers: MARKER,
      body: MARKER,
      variables: { note: MARKER },
      query: MARKER,
      parameters: [MARKER],
      connectionParams: MARKER,
    };
    log.info(sent, 'request');
    log.child(sent).info('child');
    expect(text()).not.toContain(MARKER);
    expect(text()).toContain('request');
  });
});

describe('an error', () => {
  it('of our own is logged with its code and message', () => {
    const { log, lines } = startLog();
    log.warn(
      {
        err: new RequestError('FORBIDDEN', 'The role INGEST does not allow the action data:read.', { path: [MARKER] }),
      },
      'refused',
    );
    log.warn({ err: new DomainError(UserErrorCode.PATIENT_ARCHIVED, 'The patient is archived.') }, 'refused');
    expect(lines().map(({ err }) => err)).toEqual([
      { type: 'RequestError', code: 'FORBIDDEN', message: 'The role INGEST does not allow the action data:read.' },
      { type: 'DomainError', message: 'PATIENT_ARCHIVED: The patient is archived.' },
    ]);
  });

  it('of another class is logged with its message, stack and causes', () => {
    const { log, lines } = startLog();
    const cause = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' });
    log.error({ err: new AggregateError([cause], 'no server', { cause }) }, 'failed');
    const connection = {
      type: 'Error',
      code: 'ECONNREFUSED',
      message: cause.message,
      stack: expect.stringContaining('at ') as string,
    };
    expect(lines()[0]!.err).toEqual({
      type: 'AggregateError',
      message: 'no server',
      stack: expect.stringMatching(/^at .*logger\.test/) as string,
      errors: [connection],
      cause: connection,
    });
  });

  it('of PostgreSQL is logged with its SQLSTATE, without its message', async () => {
    const error = await postgresErrorOf('select $1::text::bigint', [MARKER]);
    expect((error as Error).message).toContain(MARKER);
    const { log, lines, text } = startLog();
    const wrapped = new QueryFailedError(`select '${MARKER}'`, [MARKER], error as Error);
    log.error(error);
    log.error({ err: error }, (error as Error).message);
    log.error({ err: wrapped });
    log.error({ err: new Error('the fault around it', { cause: wrapped }) }, 'failed');
    log.error({ error, reason: wrapped }, 'failed');
    expect(text()).not.toContain(MARKER);
    expect(lines().slice(0, 3)).toEqual([
      expect.objectContaining({ msg: 'DatabaseError', err: expect.objectContaining({ sqlState: '22P02' }) as unknown }),
      expect.objectContaining({ msg: 'DatabaseError', err: expect.objectContaining({ sqlState: '22P02' }) as unknown }),
      expect.objectContaining({
        msg: 'QueryFailedError',
        err: expect.objectContaining({ sqlState: '22P02' }) as unknown,
      }),
    ]);
  });

  it.each([
    ['a document that does not parse', () => parse(`{ device(id: "${MARKER}) }`)],
    ['a body that is not JSON', () => void JSON.parse(MARKER)],
    [
      'a wrapped one',
      () => {
        throw new GraphQLError(MARKER, { originalError: new GraphQLError(MARKER) });
      },
    ],
    [
      'a row that was not found',
      () => {
        throw new EntityNotFoundError('Patient', { lastName: MARKER });
      },
    ],
    [
      'a thrown object that is not an error',
      () => {
        // eslint-disable-next-line @typescript-eslint/only-throw-error
        throw { note: MARKER };
      },
    ],
  ])('that quotes the client is logged without its message: %s', (_name, fail) => {
    const { log, lines, text } = startLog();
    try {
      fail();
    } catch (error) {
      log.error({ err: error });
      log.error({ err: new Error('around', { cause: error }) }, 'failed');
    }
    expect(lines()).toHaveLength(2);
    expect(text()).not.toContain(MARKER);
  });

  it('of a resolver is unwrapped from its GraphQLError', () => {
    const { log, lines } = startLog();
    log.error({ err: new GraphQLError(MARKER, { originalError: new RangeError('too far') }) }, 'failed');
    expect(lines()[0]!.err).toMatchObject({ type: 'RangeError', message: 'too far' });
  });

  it('that is its own cause is logged once', () => {
    const { log, lines } = startLog();
    const error = new Error('round');
    error.cause = error;
    log.error({ err: error }, 'failed');
    expect(lines()).toHaveLength(1);
  });
});

describe("fastify's lines", () => {
  async function requestWith(url: string) {
    const { log, lines, text } = startLog();
    const app = fastify({ loggerInstance: log });
    app.get('/devices/:id', async (request) => ({ id: request.id }));
    app.post('/fault', async () => {
      throw await postgresErrorOf('select $1::text::bigint', [MARKER]);
    });
    app.setNotFoundHandler(async (_request, reply) => reply.code(404).send());
    await app.inject({
      method: url === '/fault' ? 'POST' : 'GET',
      url: `${url}?note=${MARKER}`,
      headers: { authorization: `Bearer ${MARKER}`, 'user-agent': MARKER },
      ...(url === '/fault' && { payload: { note: MARKER } }),
    });
    await app.close();
    return { lines: lines(), text: text() };
  }

  it('have id, method, route, status and duration', async () => {
    const { lines, text } = await requestWith(`/devices/${MARKER}`);
    expect(lines).toEqual([
      expect.objectContaining({
        reqId: 'req-1',
        req: { method: 'GET', path: '/devices/:id' },
        msg: 'incoming request',
      }),
      expect.objectContaining({
        reqId: 'req-1',
        res: { status: 200 },
        responseTime: expect.any(Number) as number,
        msg: 'request completed',
      }),
    ]);
    expect(text).not.toContain(MARKER);
  });

  it('have the path without its query string for an unknown route', async () => {
    const { lines, text } = await requestWith('/nowhere');
    expect(lines[0]).toMatchObject({ req: { method: 'GET', path: '/nowhere' } });
    expect(text).not.toContain(MARKER);
  });

  it('have the SQLSTATE of an internal error', async () => {
    const { lines, text } = await requestWith('/fault');
    expect(lines).toContainEqual(
      expect.objectContaining({
        level: 'error',
        msg: 'DatabaseError',
        err: expect.objectContaining({ sqlState: '22P02' }) as unknown,
      }),
    );
    expect(text).not.toContain(MARKER);
  });
});

it('the failure of background work has its type and code, and not its message', () => {
  const { log, lines } = startLog();
  log.warn(describeFailure(Object.assign(new RangeError(MARKER), { code: 'ECONNRESET' })), 'it failed');
  expect(lines()).toEqual([expect.objectContaining({ type: 'RangeError', code: 'ECONNRESET', msg: 'it failed' })]);
  expect(JSON.stringify(lines())).not.toContain(MARKER);
});

describe('what was thrown although it is no Error', () => {
  it.each([
    ['a text', `${MARKER} Brooks`, { type: 'string', length: 15 }],
    [
      'an object with a code',
      { code: 'ECONNRESET', note: MARKER, status: 503 },
      { type: 'Object', code: 'ECONNRESET', status: 503 },
    ],
    ['an object with a text as its code', { code: MARKER, name: MARKER }, { type: 'Object' }],
    ['nothing', undefined, { type: 'undefined' }],
    ['null', null, { type: 'null' }],
  ])('is logged with its size and codes: %s', (_name, thrown, expected) => {
    const { log, lines, text } = startLog();
    log.error({ err: thrown }, 'failed');
    log.error({ err: new AggregateError([thrown], 'several', { cause: thrown }) }, 'failed');
    const [alone, within] = lines() as { err: { errors: unknown[]; cause?: unknown } }[];
    if (thrown !== undefined) expect(alone!.err).toEqual(expected);
    expect(within!.err.errors).toEqual([expected]);
    expect(text()).not.toContain(MARKER);
  });

  it('a text of our own under `reason` is a text', () => {
    const { log, lines } = startLog();
    log.info({ reason: 'completed by the client' }, 'subscription closed');
    expect(lines()[0]).toMatchObject({ reason: 'completed by the client' });
  });

  it('the failure of background work has the codes of its parts, and where it failed', () => {
    const { log, lines } = startLog();
    const part = Object.assign(new Error(MARKER), { code: 'ECONNREFUSED' });
    log.warn(describeFailure(new AggregateError([part], MARKER)), 'it failed');
    expect(lines()[0]).toMatchObject({
      type: 'AggregateError',
      errors: [{ type: 'Error', code: 'ECONNREFUSED' }],
      stack: expect.stringContaining('logger.test') as string,
    });
    expect(JSON.stringify(lines())).not.toContain(MARKER);
  });
});
