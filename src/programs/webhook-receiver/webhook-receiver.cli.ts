import { systemClock } from '../../platform/base/clock';
import { untilStopSignal } from '../../platform/base/interruption';
import { runProgram } from '../command-line';
import { runWebhookReceiver } from './webhook-receiver.command';

const outputFailed = new AbortController();

/** `npm run webhook-receiver`: a local webhook endpoint that prints its deliveries. Needs no gateway and no database. */
async function main(): Promise<number> {
  return runWebhookReceiver(process.argv.slice(2), {
    clock: systemClock,
    out: process.stdout,
    err: (text) => process.stderr.write(`${text}\n`),
    interrupted: AbortSignal.any([untilStopSignal('kill'), outputFailed.signal]),
  });
}

// Without its output, the receiver is of no use.
runProgram(main, undefined, () => outputFailed.abort());
