import type { GraphQLSchema } from 'graphql';
import { ConfigError } from '../../platform/base/errors';
import { explainDatabaseFailure } from '../../platform/db/connection-failure';
import type { DatabaseLocation } from '../../platform/db/open-database';
import { checkAddress, checkMetricsAddress, type Address } from './address.check';
import {
  checkConnections,
  checkExtensions,
  checkRoles,
  checkTables,
  checkVersion,
  checkWrites,
} from './database.check';
import { withDatabase } from './database-session';
import { checkEmbedded } from './embedded.check';
import { check, failed, ok, type Finding } from './finding';
import { checkClock, checkTimeZones } from './time.check';
import { checkTokenIssuer } from './token-issuer.check';
import { checkTrustedDocuments, type TrustedDocumentsConfig } from './trusted-documents.check';

/** Limit of each check. Connections and statements have shorter ones. */
const LIMIT_MS = 10_000;

/** The part of the configuration that is checked. */
export interface DoctorConfig {
  server: Address;
  /** Undefined when no metrics are served. */
  metrics?: Address | undefined;
  database: DatabaseLocation & { readonly poolSize: number };
  jwt?: { jwksUrl: URL } | undefined;
  trustedDocuments: TrustedDocumentsConfig;
}

export interface DoctorEnvironment {
  /** @throws ConfigError */
  loadConfig: () => DoctorConfig;
  buildSchema: () => GraphQLSchema;
  /** Prints one line. */
  out: (text: string) => void;
}

/**
 * Checks everything that a gateway needs to start, and prints one line for each check. Changes nothing.
 *
 * @returns the exit code: 1 if a check failed, else 0
 */
export async function runDoctor({ loadConfig, buildSchema, out }: DoctorEnvironment): Promise<number> {
  const counts = { ok: 0, warning: 0, failed: 0 };
  const report = (findings: readonly Finding[]) => {
    for (const { status, subject, found, advice } of findings) {
      counts[status] += 1;
      out(`${status.padEnd(9)}${subject.padEnd(19)}${found}.${advice === undefined ? '' : ` ${advice}`}`);
    }
  };
  const config = readConfig(loadConfig, report);
  if (config) {
    const { host, port } = config.server;
    report(await check('address', LIMIT_MS, 'Check HOST.', () => checkAddress({ host, port })));
    report(
      await check('metrics address', LIMIT_MS, 'Check METRICS_HOST.', () =>
        checkMetricsAddress(config.metrics, config.server),
      ),
    );
    report(await check('token issuer', LIMIT_MS, 'Check JWKS_URL.', () => checkTokenIssuer(config.jwt)));
    report(checkTrustedDocuments(config.trustedDocuments, buildSchema));
    await checkDatabase(config.database, report);
  }
  out(`\n${counts.ok} ok, ${counts.warning} ${counts.warning === 1 ? 'warning' : 'warnings'}, ${counts.failed} failed`);
  return counts.failed > 0 ? 1 : 0;
}

function readConfig(loadConfig: () => DoctorConfig, report: (findings: Finding[]) => void): DoctorConfig | undefined {
  try {
    const config = loadConfig();
    report([ok('configuration', 'valid')]);
    return config;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    report(error.lines.map((line) => failed('configuration', line, 'Correct it, then run the doctor again.')));
    return undefined;
  }
}

async function checkDatabase(location: DoctorConfig['database'], report: (findings: Finding[]) => void): Promise<void> {
  if (location.kind === 'embedded') {
    const { finding, url } = await checkEmbedded(location.dataDir);
    report([finding]);
    if (url !== undefined) await checkContent(url, 'postgres', location.poolSize, report);
    return;
  }
  const { url, migrationUrl, servingUser } = location;
  const users = [{ variable: 'DATABASE_URL', url }];
  if (migrationUrl !== url) users.push({ variable: 'MIGRATION_DATABASE_URL', url: migrationUrl });
  let isReachable = true;
  for (const user of users) {
    const advice = `Check ${user.variable}: host, port, user, password and database.`;
    const findings = await check('database', LIMIT_MS, advice, () =>
      withDatabase(user.url, async () => ok('database', `${user.variable} connects`)).catch((error: unknown) => {
        const failure = explainDatabaseFailure(error);
        if (!failure) throw error;
        return failed('database', `${user.variable}: ${failure.found}`, failure.advice);
      }),
    );
    isReachable &&= findings.every(({ status }) => status === 'ok');
    report(findings);
  }
  if (isReachable) await checkContent(migrationUrl, servingUser, location.poolSize, report);
}

async function checkContent(
  url: string,
  servingUser: string,
  poolSize: number,
  report: (findings: Finding[]) => void,
): Promise<void> {
  const checks: [string, Parameters<typeof withDatabase<Finding | Finding[]>>[1]][] = [
    ['database version', checkVersion],
    ['database writes', checkWrites],
    ['connections', (session) => checkConnections(session, poolSize)],
    ['database roles', (session) => checkRoles(session, servingUser)],
    ['migrations', checkTables],
    ['extensions', checkExtensions],
    ['clock', checkClock],
    ['time zones', (session) => checkTimeZones(session)],
  ];
  const advice = 'Check the database and its log.';
  for (const [subject, work] of checks) report(await check(subject, LIMIT_MS, advice, () => withDatabase(url, work)));
}
