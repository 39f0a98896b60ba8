import 'reflect-metadata';
import { loadConfig } from '../../config';
import { explainError } from '../../platform/db/explain-error';
import { runProgram } from '../command-line';
import { runDoctor } from './doctor.command';

/** `npm run doctor`: checks the environment of a gateway. */
async function main(): Promise<number> {
  return runDoctor({
    loadConfig: () => {
      const { database, jwt, server } = loadConfig();
      return { server, jwt: jwt || undefined, database };
    },
    out: (text) => process.stdout.write(`${text}\n`),
  });
}

runProgram(main, explainError);
