import { types } from 'pg';
import { DataSource, type Logger } from 'typeorm';
import { DATABASE_ROLES, type Scope } from './scope';
import type { EntityClass } from './statement';

export interface PoolOptions {
  url: string;
  entities: EntityClass[];
  /** Connections at the most. */
  size: number;
  /** PostgreSQL ends a statement that runs longer. */
  statementTimeoutMs: number;
  logger?: Logger;
}

const DATE_OID = 1082;

/** Dates stay text: pg would make them local midnight. */
const typeParsers = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === DATE_OID ? (text: string) => text : types.getTypeParser(oid, format as 'text')) as typeof types.getTypeParser,
};

/**
 * The connections of one scope: they log in as the gateway's user and run in the scope's role, which row-level security binds.
 *
 * `pipeline` lets the customer be set and the statement run in one round trip.
 */
export function createDataSource(kind: Scope['kind'], options: PoolOptions): DataSource {
  return new DataSource({
    type: 'postgres',
    url: options.url,
    applicationName: `device-gateway ${kind}`,
    entities: options.entities,
    ...(options.logger && { logger: options.logger, logging: ['query'] as const }),
    poolSize: options.size,
    installExtensions: false,
    extra: {
      pipeline: true,
      types: typeParsers,
      options: `-c role=${DATABASE_ROLES[kind]} -c statement_timeout=${options.statementTimeoutMs} -c TimeZone=UTC`,
      // A connection that is not to be had in this time is an answer of SERVICE_UNAVAILABLE rather than a queue without end.
      connectionTimeoutMillis: 10_000,
      allowExitOnIdle: true,
    },
  });
}
