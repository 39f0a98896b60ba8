import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { Webhook as Signer } from 'standardwebhooks';
import type { Database } from '../../platform/db/database';
import { CLAIMS_SCOPE } from '../../platform/db/scope';
import { traced, webhookAttemptChannel, type WebhookAttemptTrace } from '../../platform/base/channels';
import { coalesce, oncePerTurn } from '../../platform/base/coalesce';
import { describeFailure, type StreamLog } from '../../platform/db/stream-log';
import { AttemptRecorder } from './attempt-recorder';
import { claimDeliveries, FIRST_WEBHOOK, findPendingWebhooks, type ClaimedDelivery } from './delivery.repository';
import { delayAfter } from './retry-schedule';
import type { SecretCipher } from './secret-cipher';
import { reservePlaces } from './reserved-places';
import { SenderPlaces, type Place } from './sender-places';
import type { PlannedMessage, Receiver, Start } from './webhook-event.repository';
import { NO_RESPONSE, post, type WebhookClientOptions, type WebhookResponse } from './webhook-client';
import type { DeliveryOutcome } from './webhook-attempt.repository';
import { WebhookDisabledReason } from './webhook-disabled-reason';
import { WebhookDeliveryStatus } from './webhook-delivery-status';

/** Webhooks that one statement looks through. */
const WINDOW = 1_000;

/** Attempts that begin in one turn of the event loop. Each takes up to a millisecond. */
const BEGUN_IN_A_TURN = 3;

/** Longer than an attempt can take: its timeout of 15 s, and the time to record it. */
const DEFAULT_LEASE_MS = 25_000;

/** An attempt that is not recorded by then is repeated after its lease has ended. */
const DEFAULT_DRAIN_TIMEOUT_MS = 3_000;

export interface WebhookSenderOptions extends WebhookClientOptions {
  database: Database;
  secrets: SecretCipher;
  log: StreamLog;
  leaseMs?: number;
  /** Time to wait for attempts in flight when the gateway stops. Default 3,000. */
  drainTimeoutMs?: number;
  /** See SenderPlaces. */
  slowMs?: number;
}

/** Places for deliveries that are claimed as they are planned. */
export interface Reservation extends Start {
  /** Starts the attempts at deliveries that were claimed, and frees the places of the others. Called once. */
  readonly begin: (claimed: readonly ClaimedDelivery[]) => void;
}

/**
 * Sends deliveries that are due. Every instance claims deliveries, as SenderPlaces shares its places, so that a slow or dead
 * endpoint, or a customer with many deliveries, does not delay the others. An attempt that is not recorded because its instance died is repeated, so delivery is
 * at least once.
 */
export class WebhookSender {
  private readonly places: SenderPlaces;
  private readonly recorder: AttemptRecorder;
  private readonly attempts = new Set<Promise<void>>();
  private readonly reservations = new Set<Promise<void>>();
  private isStopping = false;
  /** Where the next look for due deliveries begins. */
  private cursor = FIRST_WEBHOOK;

  constructor(private readonly options: WebhookSenderOptions) {
    this.places = new SenderPlaces(options.slowMs);
    this.recorder = new AttemptRecorder(options.database, options.log);
  }

  /** Starts the attempts that are due, as far as there is room. Concurrent calls share their work. */
  readonly send = coalesce(() => this.sendDue());

  /** Once for all attempts that are recorded together. */
  private readonly sendNext = oncePerTurn(() => {
    if (!this.isStopping) this.send().catch(() => undefined); // the poll logs failures
  });

  /** Stops claiming, and waits for attempts in flight until the timeout, including those of a claim in progress. */
  async stop(): Promise<void> {
    this.isStopping = true;
    const claimed = this.send().catch(() => undefined);
    const drained = Promise.all([claimed, ...this.reservations]).then(() => Promise.all(this.attempts));
    const { drainTimeoutMs = DEFAULT_DRAIN_TIMEOUT_MS } = this.options;
    await Promise.race([drained, sleep(drainTimeoutMs, undefined, { ref: false })]);
  }

  /**
   * Reserves places for deliveries of a customer that are being planned, so that no statement looks for them afterwards. Undefined
   * without a free place.
   */
  reserve(
    customerId: string,
    messages: readonly PlannedMessage[],
    receivers: readonly Receiver[],
  ): Reservation | undefined {
    if (this.isStopping) return undefined;
    const reserved = reservePlaces(this.places, customerId, messages, receivers);
    if (reserved.counts.size === 0) return undefined;
    let end: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    this.reservations.add(ended);
    const begin = async (claimed: readonly ClaimedDelivery[]): Promise<void> => {
      const places = new Map(claimed.map((delivery) => [delivery, reserved.placeOf(delivery)]));
      reserved.giveBack();
      await this.beginAll(claimed, (delivery) => places.get(delivery)!);
      this.reservations.delete(ended);
      end();
    };
    const { leaseMs = DEFAULT_LEASE_MS } = this.options;
    return { counts: reserved.counts, leaseMs, begin: (claimed) => void begin(claimed) };
  }

  /** Looks through all webhooks with pending deliveries once, or until there is no place. */
  private async sendDue(): Promise<void> {
    const { places, options } = this;
    const { database, leaseMs = DEFAULT_LEASE_MS } = options;
    const session = database.session(CLAIMS_SCOPE);
    do {
      if (this.isStopping || places.free <= 0 || places.freeBytes <= 0) return;
      const webhooks = await findPendingWebhooks(session, this.cursor, WINDOW);
      const shares = places.shareOut(webhooks.filter(({ isDue }) => isDue));
      const claimed =
        shares.length === 0 ? [] : await claimDeliveries(session, { shares, bytes: places.freeBytes, leaseMs });
      await this.beginAll(claimed);
      this.cursor = webhooks.length < WINDOW ? FIRST_WEBHOOK : webhooks[WINDOW - 1]!;
    } while (this.cursor !== FIRST_WEBHOOK);
  }

  /** A few in each turn of the event loop, because each is signed and serialized. */
  private async beginAll(
    claimed: readonly ClaimedDelivery[],
    placeOf = (delivery: ClaimedDelivery): Place => this.places.take(delivery, Buffer.byteLength(delivery.payload)),
  ): Promise<void> {
    for (const [index, delivery] of fewestFirst(claimed).entries()) {
      if (index > 0 && index % BEGUN_IN_A_TURN === 0) await nextTurn();
      this.begin(delivery, placeOf(delivery));
    }
  }

  private begin(delivery: ClaimedDelivery, free: Place): void {
    const { webhookId } = delivery;
    const trace: WebhookAttemptTrace = {
      customerId: delivery.customerId,
      webhookId,
      deliveryId: delivery.id,
      messageId: delivery.eventId,
      eventType: delivery.eventType,
      failures: delivery.failures,
    };
    const attempt = traced(webhookAttemptChannel, trace, () => this.attempt(delivery, trace))
      .catch((error: unknown) => {
        this.options.log.warn(describeFailure(error), 'webhook attempt was not recorded, it will be repeated');
      })
      .finally(() => {
        this.attempts.delete(attempt);
        free();
        this.sendNext();
      });
    this.attempts.add(attempt);
  }

  private async attempt(delivery: ClaimedDelivery, trace: WebhookAttemptTrace): Promise<void> {
    const { claimedAt: startedAt } = delivery;
    const startedMs = performance.now();
    const response = await this.post(delivery, startedAt);
    const durationMs = Math.round(performance.now() - startedMs);
    const { status: responseStatus, body: responseBody, error } = response;
    const outcome = outcomeOf(delivery, response, new Date(startedAt.getTime() + durationMs));
    trace.status = responseStatus;
    await this.recorder.record({
      delivery,
      attempt: { startedAt, responseStatus, responseBody, durationMs, error },
      outcome,
      disabling: error === null ? undefined : disablingAfter(delivery, response),
    });
    trace.outcome = outcome.status;
  }

  private async post(delivery: ClaimedDelivery, at: Date): Promise<WebhookResponse> {
    const { eventId, payload, url } = delivery;
    let signature: string;
    try {
      signature = this.sign(delivery, at);
    } catch {
      const error = 'The secret of the webhook cannot be decrypted, because APP_SECRET has changed. Rotate the secret.';
      return { ...NO_RESPONSE, error };
    }
    const headers = {
      'webhook-id': eventId,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': signature,
    };
    return post({ url, body: payload, headers }, this.options);
  }

  /** Signs with the current secret, and for 24 hours after a rotation also with the previous one. */
  private sign(delivery: ClaimedDelivery, at: Date): string {
    const { previousSecret, eventId, payload } = delivery;
    const secrets = [this.options.secrets.decrypt(delivery.secret)];
    if (previousSecret) secrets.push(...this.decryptIfReadable(previousSecret));
    return secrets.map((secret) => new Signer(secret).sign(eventId, at, payload)).join(' ');
  }

  /** Empty for a secret from before APP_SECRET changed: a rotation must work then, although the previous secret is lost. */
  private decryptIfReadable(encrypted: Buffer): string[] {
    try {
      return [this.options.secrets.decrypt(encrypted)];
    } catch {
      return [];
    }
  }
}

/** Deliveries of customers with few of them come first. */
export function fewestFirst<Delivery extends Pick<ClaimedDelivery, 'customerId'>>(
  claimed: readonly Delivery[],
): Delivery[] {
  const counts = new Map<string, number>();
  for (const { customerId } of claimed) counts.set(customerId, (counts.get(customerId) ?? 0) + 1);
  return [...claimed].sort((one, other) => counts.get(one.customerId)! - counts.get(other.customerId)!);
}

/** @param endedAt by the clock of the database */
function outcomeOf(delivery: ClaimedDelivery, response: WebhookResponse, endedAt: Date): DeliveryOutcome {
  if (response.error === null)
    return { status: WebhookDeliveryStatus.SUCCEEDED, nextAttemptAt: null, failures: delivery.failures };
  const failures = delivery.failures + 1;
  const delayMs = response.status === 410 ? undefined : delayAfter(failures, response, endedAt);
  return delayMs === undefined
    ? { status: WebhookDeliveryStatus.FAILED, nextAttemptAt: null, failures }
    : { status: WebhookDeliveryStatus.PENDING, nextAttemptAt: new Date(endedAt.getTime() + delayMs), failures };
}

/** The reason for which a failure disables the webhook. Undefined when it does not. */
function disablingAfter({ isLongFailing }: ClaimedDelivery, { status }: WebhookResponse) {
  if (status === 410) return WebhookDisabledReason.ENDPOINT_GONE;
  return isLongFailing ? WebhookDisabledReason.ENDPOINT_FAILING : undefined;
}
