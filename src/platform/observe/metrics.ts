import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import {
  batchChannel,
  connectionChannel,
  credentialChannel,
  eventChannel,
  limitChannel,
  operationChannel,
  requestChannel,
  retentionChannel,
  statementChannel,
  useCaseChannel,
  webhookAttemptChannel,
  webhookPlanningChannel,
  type CredentialNotice,
  type LimitNotice,
  type RequestNotice,
  type RetentionNotice,
} from '../base/channels';
import { definedLimits } from '../base/limit';
import { LabelValues } from './label-values';
import { observeNotices, observeTraces } from './observe-channel';
import { addStateMetrics, type MetricSources } from './state-metrics';

/** Buckets of durations in seconds: of requests and use cases, and of the shorter statements and waits. */
const REQUEST_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const STATEMENT_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];
const ROWS = [0, 1, 10, 100, 1_000, 10_000];
const KEYS = [1, 10, 100, 1_000];

/** Maximum number of values of a label. All values are names and codes of the gateway; the bound is for what is overlooked. */
const MAX_NAMES = 500;
const MAX_CODES = 100;

/** Methods with a label value of their own, as OpenTelemetry has it. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/**
 * The metrics of this process, in the text format of Prometheus. They are counted from the diagnostics channels, so no code that
 * does the work knows them. Where OpenTelemetry has a name for a metric or a label, it is used.
 *
 * No label has a value that clients chose or that names a customer: names of operations are chosen by clients.
 *
 * Several gateways in one process share the channels, so each counts what the process does.
 */
export class Metrics {
  readonly registry = new Registry();
  private readonly refresh: () => Promise<void>;
  private readonly observations: (() => void)[];

  constructor(sources: MetricSources) {
    collectDefaultMetrics({ register: this.registry });
    this.refresh = addStateMetrics(this.registry, sources);
    this.observations = [
      this.countOperations(),
      this.countRequests(),
      this.countUseCases(),
      this.countStatements(),
      this.countConnections(),
      this.countBatches(),
      this.countEvents(),
      this.countAttempts(),
      this.countPlanning(),
      this.countLimits(),
      this.countRefusedCredentials(),
      this.countUntrustedDocuments(),
      this.countReads(),
      this.countRetention(),
    ];
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  /** All metrics in the text format of Prometheus. */
  async text(): Promise<string> {
    await this.refresh();
    return this.registry.metrics();
  }

  /** Ends the counting. */
  stop(): void {
    for (const end of this.observations) end();
  }

  private countOperations(): () => void {
    const labels = ['graphql_operation_type', 'transport'] as const;
    const duration = this.histogram(
      'graphql_server_request_duration_seconds',
      'GraphQL operations, from the document to the result; of a subscription, to the start of its stream. error_type is the first error code.',
      [...labels, 'error_type'],
      REQUEST_SECONDS,
    );
    const active = this.gauge('graphql_server_request_active', 'GraphQL operations in progress.', ['transport']);
    const errors = this.counter(
      'graphql_server_response_error_count_total',
      'Errors in the responses of GraphQL operations, by code.',
      ['error_type'],
    );
    const cost = this.histogram(
      'graphql_server_request_cost',
      'Cost of GraphQL operations, see the limit of the same name.',
      ['graphql_operation_type'],
      [10, 100, 1_000, 5_000, 10_000, 25_000],
    );
    const codes = new LabelValues(MAX_CODES);
    return observeTraces(operationChannel, {
      start: ({ transport }) => transport !== 'rest' && active.inc({ transport }),
      end: ({ transport, type = 'unknown', cost: value, codes: given = [] }, seconds) => {
        if (transport === 'rest') return;
        active.dec({ transport });
        const types = given.map((code) => codes.bounded(code));
        duration.observe({ graphql_operation_type: type, transport, ...errorType(types[0]) }, seconds);
        for (const code of types) errors.inc({ error_type: code });
        if (value !== undefined) cost.observe({ graphql_operation_type: type }, value);
      },
    });
  }

  private countRequests(): () => void {
    const duration = this.histogram(
      'http_server_request_duration_seconds',
      'Requests over HTTP, from their headers to the end of the response. http_route is the pattern of the route, empty for an unknown path. The status is 499 when the client had gone before the response began.',
      ['http_request_method', 'http_route', 'http_response_status_code'],
      REQUEST_SECONDS,
    );
    return observeNotices(requestChannel, ({ method, route = '', status, seconds }: RequestNotice) => {
      const known = METHODS.has(method) ? method : '_OTHER';
      duration.observe({ http_request_method: known, http_route: route, http_response_status_code: status }, seconds);
    });
  }

  private countUseCases(): () => void {
    const duration = this.histogram(
      'gateway_use_case_duration_seconds',
      'Use cases of all interfaces. error_type is the first code of a refusal or failure.',
      ['use_case', 'error_type'],
      REQUEST_SECONDS,
    );
    const replays = this.counter('gateway_use_case_replays_total', 'Repeated calls that returned a kept result.', [
      'use_case',
    ]);
    const codes = new LabelValues(MAX_CODES);
    return observeTraces(useCaseChannel, {
      end: ({ name, codes: [code] = [] as readonly string[], replayed }, seconds) => {
        duration.observe({ use_case: name, ...errorType(code && codes.bounded(code)) }, seconds);
        if (replayed) replays.inc({ use_case: name });
      },
    });
  }

  private countStatements(): () => void {
    const duration = this.histogram(
      'db_client_operation_duration_seconds',
      'SQL statements by name, from sending to the result. error_type is the SQLSTATE of a failure, or CONNECTION_LOST.',
      ['db_query_summary', 'error_type'],
      STATEMENT_SECONDS,
    );
    const returned = this.histogram(
      'db_client_response_returned_rows',
      'Rows that a SQL statement returned or changed.',
      ['db_query_summary'],
      ROWS,
    );
    const names = new LabelValues(MAX_NAMES);
    const states = new LabelValues(MAX_CODES);
    return observeTraces(statementChannel, {
      end: ({ name, rows, sqlState }, seconds) => {
        const summary = { db_query_summary: names.bounded(name) };
        // A failed statement has no number of rows.
        const failure = rows === undefined ? states.bounded(sqlState ?? 'CONNECTION_LOST') : undefined;
        duration.observe({ ...summary, ...errorType(failure) }, seconds);
        if (rows != null) returned.observe(summary, rows);
      },
    });
  }

  private countConnections(): () => void {
    const wait = this.histogram(
      'db_client_connection_wait_time_seconds',
      'Time until a statement or transaction got a connection of its pool. Not of a read that is sent behind another one.',
      ['db_client_connection_pool_name'],
      STATEMENT_SECONDS,
    );
    const timeouts = this.counter(
      'db_client_connection_failures_total',
      'Statements and transactions that got no connection.',
      ['db_client_connection_pool_name'],
    );
    return observeTraces(connectionChannel, {
      end: ({ pool, isTaken = false }, seconds) => {
        const name = { db_client_connection_pool_name: pool };
        if (isTaken) wait.observe(name, seconds);
        else timeouts.inc(name);
      },
    });
  }

  private countBatches(): () => void {
    const keys = this.histogram('gateway_loader_batch_keys', 'Keys of a batch of a loader.', ['loader'], KEYS);
    const names = new LabelValues(MAX_NAMES);
    return observeTraces(batchChannel, {
      end: ({ loader, keys: count }) => keys.observe({ loader: names.bounded(loader) }, count),
    });
  }

  private countEvents(): () => void {
    const delay = this.histogram(
      'gateway_event_delay_seconds',
      'Time from the writing of an event to its fan-out to the subscriptions of this instance.',
      ['event_type'],
      REQUEST_SECONDS,
    );
    const offered = this.counter('gateway_event_deliveries_total', 'Events that were queued for subscriptions.', [
      'event_type',
    ]);
    const types = new LabelValues(MAX_NAMES);
    return observeTraces(
      eventChannel,
      {
        end: ({ type, createdAt, subscriptions = 0 }) => {
          const label = { event_type: types.bounded(type) };
          // The clocks of the database and of this machine may differ.
          delay.observe(label, Math.max(0, (Date.now() - createdAt.getTime()) / 1_000));
          if (subscriptions > 0) offered.inc(label, subscriptions);
        },
      },
      'end',
    );
  }

  private countAttempts(): () => void {
    const duration = this.histogram(
      'gateway_webhook_attempt_duration_seconds',
      'Attempts to deliver a message to a webhook, with the outcome of the delivery: SUCCEEDED, PENDING (is tried again) or FAILED; UNRECORDED if it could not be stored.',
      ['outcome', 'http_response_status_code'],
      REQUEST_SECONDS,
    );
    const statuses = new LabelValues(MAX_CODES);
    return observeTraces(webhookAttemptChannel, {
      end: ({ outcome = 'UNRECORDED', status }, seconds) =>
        duration.observe(
          { outcome, ...(status != null && { http_response_status_code: statuses.bounded(String(status)) }) },
          seconds,
        ),
    });
  }

  private countPlanning(): () => void {
    const duration = this.histogram(
      'gateway_webhook_planning_duration_seconds',
      'Planning of the webhook deliveries of a portion of events of a customer. outcome is PLANNED, or FAILED (is tried again).',
      ['outcome'],
      REQUEST_SECONDS,
    );
    const events = this.histogram('gateway_webhook_planning_events', 'Events of a portion that was planned.', [], ROWS);
    const deliveries = this.histogram(
      'gateway_webhook_planning_deliveries',
      'Webhook deliveries of a portion that was planned.',
      [],
      ROWS,
    );
    const setAside = this.counter(
      'gateway_webhook_events_set_aside_total',
      'Events that were set aside because their webhook deliveries cannot be planned.',
      [],
    );
    setAside.inc(0);
    return observeTraces(webhookPlanningChannel, {
      end: (trace, seconds) => {
        duration.observe({ outcome: trace.isPlanned ? 'PLANNED' : 'FAILED' }, seconds);
        setAside.inc(trace.setAside ?? 0);
        if (!trace.isPlanned) return;
        events.observe(trace.events ?? 0);
        deliveries.observe(trace.deliveries ?? 0);
      },
    });
  }

  private countLimits(): () => void {
    const reached = this.counter(
      'gateway_limit_reached_total',
      'Requests, operations, connections and events that were refused or ended by a limit, by its name in the table of limits.',
      ['limit'],
    );
    for (const { name } of definedLimits()) reached.inc({ limit: name }, 0);
    const names = new LabelValues(MAX_NAMES);
    return observeNotices(limitChannel, ({ limit }: LimitNotice) => reached.inc({ limit: names.bounded(limit) }));
  }

  private countRetention(): () => void {
    const counters = {
      readings: this.counter(
        'gateway_readings_deleted_total',
        'Readings that were older than the retention of their customer, without those of dropped partitions.',
        [],
      ),
      partitions: this.counter(
        'gateway_reading_partitions_dropped_total',
        'Partitions of readings that were older than the longest retention.',
        [],
      ),
      failures: this.counter(
        'gateway_reading_retention_failures_total',
        'Customers whose old readings could not be deleted, until the next round.',
        [],
      ),
    };
    for (const counter of Object.values(counters)) counter.inc(0);
    return observeNotices(retentionChannel, ({ what, count }: RetentionNotice) => counters[what].inc(count));
  }

  private countRefusedCredentials(): () => void {
    const refused = this.counter('gateway_refused_credentials_total', 'Credentials that were refused, or missing.', [
      'transport',
    ]);
    for (const transport of ['http', 'websocket'] as const) refused.inc({ transport }, 0);
    return observeNotices(credentialChannel, ({ transport }: CredentialNotice) => refused.inc({ transport }));
  }

  private countUntrustedDocuments(): () => void {
    const untrusted = this.counter(
      'gateway_untrusted_documents_total',
      'Operations whose document is not trusted, with TRUSTED_DOCUMENTS=log, or only: then they are refused.',
      [],
    );
    return observeTraces(operationChannel, { end: ({ isTrusted }) => isTrusted === false && untrusted.inc() });
  }

  private countReads(): () => void {
    const reads = this.counter(
      'gateway_reads_total',
      'Queries over HTTP by how they were read: COMPILED, EXECUTED, or FAILED when a compiled statement failed and the executor carried out the operation.',
      ['outcome'],
    );
    for (const outcome of ['COMPILED', 'EXECUTED', 'FAILED'] as const) reads.inc({ outcome }, 0);
    return observeTraces(operationChannel, { end: ({ read: outcome }) => outcome && reads.inc({ outcome }) });
  }

  private histogram<Label extends string>(name: string, help: string, labelNames: Label[], buckets: number[]) {
    return new Histogram({ name, help, labelNames, buckets, registers: [this.registry] });
  }

  private counter<Label extends string>(name: string, help: string, labelNames: Label[]) {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  private gauge<Label extends string>(name: string, help: string, labelNames: Label[]) {
    return new Gauge({ name, help, labelNames, registers: [this.registry] });
  }
}

/** Absent on success, as OpenTelemetry has it. */
function errorType(code: string | undefined): { error_type?: string } {
  return code === undefined ? {} : { error_type: code };
}
