import { access, constants } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { inspectEmbeddedPostgres, type EmbeddedPostgresState } from '../../platform/postgres/embedded-postgres';
import { failed, ok, type Finding } from './finding';

const SUBJECT = 'embedded database';

/** Looks at the embedded database. It is not started: that would create the data folder. */
export async function checkEmbedded(dataDir: string): Promise<{ finding: Finding; url?: string | undefined }> {
  let state: EmbeddedPostgresState;
  try {
    state = await inspectEmbeddedPostgres(dataDir);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== undefined)
      return {
        finding: failed(
          SUBJECT,
          `cannot read ${resolve(dataDir)} (error ${(error as NodeJS.ErrnoException).code})`,
          'Run the doctor as the account of the gateway.',
        ),
      };
    return {
      finding: failed(
        SUBJECT,
        'not installed for this platform',
        'Install the optional dependencies, or set DATABASE_URL to your own PostgreSQL (15 to 18).',
      ),
    };
  }
  if (state.url !== undefined) return { finding: ok(SUBJECT, `running, data in ${state.dataDir}`), url: state.url };
  if (state.dataDir !== undefined)
    return {
      finding: ok(
        SUBJECT,
        `stopped, data in ${state.dataDir}; start the gateway and run the doctor again to check the rest`,
      ),
    };
  return { finding: await ofNewFolder(resolve(dataDir)) };
}

async function ofNewFolder(folder: string): Promise<Finding> {
  for (let existing = folder; ; existing = dirname(existing)) {
    try {
      await access(existing, constants.W_OK | constants.X_OK);
      return ok(SUBJECT, `none yet, the gateway will create it in ${folder}`);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT' && existing !== dirname(existing)) continue;
      return failed(SUBJECT, `cannot write to ${existing}`, 'Set DATA_DIR to a folder that this account can write to.');
    }
  }
}
