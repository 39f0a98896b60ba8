import 'reflect-metadata';
import { loadConfig } from '../../src/config';
import { buildGatewaySchema } from '../../src/features';
import { runDoctor } from '../../src/programs/doctor/doctor.command';

export interface Diagnosis {
  exitCode: number;
  text: string;
  /** Status and text of the lines, by what was checked. */
  lines: Record<string, string>;
}

export const APP_SECRET = 'a secret for tests, the same on all instances';

/** Runs the doctor as `npm run doctor` does, in an environment of these variables only. */
export async function diagnose(env: Record<string, string>): Promise<Diagnosis> {
  const out: string[] = [];
  const exitCode = await runDoctor({
    loadConfig: () => {
      const { server, metrics, database, jwt, trustedDocuments } = loadConfig({ PORT: '0', ...env });
      const { introspection } = server;
      return {
        server,
        metrics,
        database,
        jwt: jwt || undefined,
        trustedDocuments: { ...trustedDocuments, introspection },
      };
    },
    buildSchema: () => buildGatewaySchema(),
    out: (text) => out.push(text),
  });
  const lines = out.flatMap((line) => {
    const [, status, subject, found] = /^(ok|warning|failed) +(\S+(?: \S+)*) {2,}(.+)$/.exec(line) ?? [];
    return status === undefined ? [] : [[subject!, `${status}: ${found}`] as const];
  });
  return { exitCode, text: out.join('\n'), lines: Object.fromEntries(lines) };
}
