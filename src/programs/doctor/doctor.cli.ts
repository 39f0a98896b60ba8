import 'reflect-metadata';
import { loadConfig } from '../../config';
import { buildGatewaySchema } from '../../features';
import { explainError } from '../../platform/db/explain-error';
import { runProgram } from '../command-line';
import { runDoctor } from './doctor.command';

/** `npm run doctor`: checks the environment of a gateway. */
async function main(): Promise<number> {
  return runDoctor({
    loadConfig: () => {
      const { database, jwt, metrics, server, trustedDocuments } = loadConfig();
      const { introspection } = server;
      return {
        server,
        metrics,
        jwt: jwt || undefined,
        database,
        trustedDocuments: { ...trustedDocuments, introspection },
      };
    },
    buildSchema: () => buildGatewaySchema(),
    out: (text) => process.stdout.write(`${text}\n`),
  });
}

runProgram(main, explainError);
