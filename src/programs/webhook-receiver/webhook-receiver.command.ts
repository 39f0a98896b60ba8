import { Command, Option } from 'commander';
import type { Clock } from '../../platform/base/clock';
import { CommandError, runCommand, wholeNumber } from '../command-line';
import { DeliveryJournal } from './delivery-journal';
import { DeliveryServer } from './delivery-server';
import { checkSignature, isWebhookSecret } from './signature-check';

const DEFAULT_PORT = 4100;
const MAX_DELAY_MS = 600_000;

/** What the command needs from the process. */
export interface ReceiverCommandEnvironment {
  clock: Clock;
  out: { write: (text: string) => unknown; readonly isTTY?: boolean };
  /** What went wrong, a line. */
  err: (text: string) => void;
  /** Aborted when it is to end. */
  interrupted: AbortSignal;
}

interface CommandOptions {
  port: number;
  secret?: string;
  status: number;
  delay: number;
}

/**
 * Runs `npm run webhook-receiver` until it is interrupted.
 *
 * @returns the exit code: 0, 1 when it could not listen, 2 when it was not understood
 */
export function runWebhookReceiver(args: readonly string[], environment: ReceiverCommandEnvironment): Promise<number> {
  return runCommand(createProgram(environment), args, environment.err);
}

function createProgram(environment: ReceiverCommandEnvironment): Command {
  return new Command('npm run webhook-receiver --')
    .description('Shows the webhook deliveries that arrive at this machine, and whether they are what they say.')
    .option(
      '--port <port>',
      'port on the loopback interface; 0 takes any free one',
      wholeNumber(0, 65_535),
      DEFAULT_PORT,
    )
    .addOption(
      // Arguments are seen by all users of a machine, the environment is not.
      new Option('--secret <secret>', 'the secret of the webhook, whsec_…, to verify signatures with').env(
        'WEBHOOK_SECRET',
      ),
    )
    .option('--status <status>', 'HTTP status to answer with, e.g. 500 to see retries', wholeNumber(200, 599), 200)
    .option('--delay <ms>', 'milliseconds to keep each answer back', wholeNumber(0, MAX_DELAY_MS), 0)
    .configureOutput({
      writeOut: (text) => environment.out.write(text),
      writeErr: (text) => environment.err(text.trimEnd()),
    })
    .exitOverride()
    .action((options: CommandOptions) => receive(options, environment));
}

async function receive(
  { port, status, delay, ...options }: CommandOptions,
  { clock, out, interrupted }: ReceiverCommandEnvironment,
): Promise<void> {
  const secret = options.secret?.trim() === '' ? undefined : options.secret;
  if (secret !== undefined && !isWebhookSecret(secret))
    throw new CommandError('The secret is not one of a webhook: it begins with whsec_, as createWebhook shows it.');
  const journal = new DeliveryJournal(out.isTTY === true);
  const server = await listen({
    port,
    status,
    delayMs: delay,
    onDelivery: (delivery) => {
      out.write(journal.enter(delivery, checkSignature(secret, delivery.body, delivery.headers), clock.now()));
    },
  });
  out.write(`Listening on ${server.url}; a gateway in demo mode delivers there. Ctrl-C ends it.\n`);
  if (!interrupted.aborted)
    await new Promise((resolve) => interrupted.addEventListener('abort', resolve, { once: true }));
  await server.stop();
  out.write(`${journal.summary()}\n`);
}

async function listen(options: Parameters<typeof DeliveryServer.start>[0]): Promise<DeliveryServer> {
  try {
    return await DeliveryServer.start(options);
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (typeof code !== 'string') throw error;
    const why = code === 'EADDRINUSE' ? 'another program listens there; give another one by --port' : code;
    throw new CommandError(`Port ${options.port} cannot be listened on: ${why}.`);
  }
}
