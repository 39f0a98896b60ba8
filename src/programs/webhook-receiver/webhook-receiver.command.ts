import { Command, Option } from 'commander';
import type { Clock } from '../../platform/base/clock';
import { CommandError, runCommand, wholeNumber } from '../command-line';
import { DeliveryJournal } from './delivery-journal';
import { DeliveryServer } from './delivery-server';
import { checkSignature, isWebhookSecret } from './signature-check';

const DEFAULT_PORT = 4100;
const MAX_DELAY_MS = 600_000;

export interface ReceiverCommandEnvironment {
  clock: Clock;
  out: { write: (text: string) => unknown; readonly isTTY?: boolean };
  /** Prints a line of error output. */
  err: (text: string) => void;
  /** Aborted to stop the receiver. */
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
 * @returns the exit code: 0, 1 when the command failed, 2 for invalid arguments
 */
export function runWebhookReceiver(args: readonly string[], environment: ReceiverCommandEnvironment): Promise<number> {
  return runCommand(createProgram(environment), args, environment.err);
}

function createProgram(environment: ReceiverCommandEnvironment): Command {
  return new Command('npm run webhook-receiver --')
    .description('Print the webhook deliveries that arrive at this machine, and verify their signatures.')
    .option(
      '--port <port>',
      'port on the loopback interface; 0 for any free port',
      wholeNumber(0, 65_535),
      DEFAULT_PORT,
    )
    .addOption(
      // Arguments are visible to all users of the machine, the environment is not.
      new Option('--secret <secret>', 'secret of the webhook, to verify signatures; starts with whsec_').env(
        'WEBHOOK_SECRET',
      ),
    )
    .option('--status <status>', 'HTTP status of each response, e.g. 500 to see retries', wholeNumber(200, 599), 200)
    .option('--delay <ms>', 'delay of each response in milliseconds', wholeNumber(0, MAX_DELAY_MS), 0)
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
  const secret = options.secret?.trim() || undefined;
  if (secret !== undefined && !isWebhookSecret(secret))
    throw new CommandError(
      'The secret is not a webhook secret. It must start with whsec_, as returned by createWebhook.',
    );
  const journal = new DeliveryJournal(out.isTTY === true);
  const server = await listen({
    port,
    status,
    delayMs: delay,
    onDelivery: (delivery) => {
      out.write(journal.add(delivery, checkSignature(secret, delivery.body, delivery.headers), clock.now()));
    },
  });
  out.write(`Listening on ${server.url}. Gateways in demo mode can deliver to this address. Press Ctrl-C to stop.\n`);
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
    const reason = code === 'EADDRINUSE' ? 'it is in use. Choose another port with --port' : code;
    throw new CommandError(`Cannot listen on port ${options.port}: ${reason}.`);
  }
}
