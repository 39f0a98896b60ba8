import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { Client } from 'pg';
import { ConfigError } from '../src/platform/base/errors';
import { explainError } from '../src/platform/db/explain-error';
import { ReservedPort } from './support/reserved-port';

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => {
      throw new Error('It did not fail.');
    },
    (error: unknown) => error,
  );
}

it('a port in use is named', async () => {
  const first = createServer().listen(0, '127.0.0.1');
  await once(first, 'listening');
  const { port } = first.address() as AddressInfo;
  const second = createServer().listen(port, '127.0.0.1');
  const error = await new Promise<unknown>((resolve) => second.once('error', resolve));
  first.close();
  expect(explainError(error)).toBe(
    `PORT: another program already listens on port ${port}. Stop it, or set PORT to another port.`,
  );
});

it('a failed connection to PostgreSQL is reported', async () => {
  const port = await ReservedPort.take();
  const error = await failureOf(new Client({ host: '127.0.0.1', port: port.number }).connect());
  expect(explainError(error)).toBe(`Cannot connect to PostgreSQL: connect ECONNREFUSED 127.0.0.1:${port.number}.`);
  await port.giveBack();
});

it("a refusal by PostgreSQL is reported without PostgreSQL's message, which may quote values", async () => {
  const url = new URL(process.env.TEST_POSTGRES_URL!);
  url.password = 'not the password';
  const error = await failureOf(new Client({ connectionString: url.toString() }).connect());
  expect(explainError(error)).toBe(
    'PostgreSQL refused the request (SQLSTATE 28P01). Check the user, the password and the database.',
  );
});

it('an invalid configuration is explained, and an unexpected error is shown with its stack', () => {
  expect(explainError(new ConfigError(['PORT: must be a whole number']))).toBe(
    'The configuration is invalid:\n  PORT: must be a whole number',
  );
  expect(explainError(new TypeError('x is not a function'))).toMatch(/^TypeError: x is not a function\n\s+at /);
  expect(explainError('a text')).toBe('a text');
});
