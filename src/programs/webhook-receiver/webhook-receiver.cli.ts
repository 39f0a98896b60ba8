import { systemClock } from '../../platform/base/clock';
import { runProgram } from '../command-line';
import { runWebhookReceiver } from './webhook-receiver.command';

/** `npm run webhook-receiver`: a local webhook endpoint that prints its deliveries. Needs no gateway and no database. */
async function main(): Promise<number> {
  const interrupt = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupt.abort());
  return runWebhookReceiver(process.argv.slice(2), {
    clock: systemClock,
    out: process.stdout,
    err: (text) => process.stderr.write(`${text}\n`),
    interrupted: interrupt.signal,
  });
}

runProgram(main);
