import { z } from 'zod';
import { shown } from '../../platform/base/config-values';
import { ConfigError } from '../../platform/base/errors';
import { ImportError } from './import-error';

const isNotUrl = ({ input }: { input?: unknown }) =>
  `must be a URL like https://gateway.example.com/graphql, without a user or a password, not ${shown(String(input))}`;

const VARIABLES = z.object({
  GATEWAY_URL: z
    .url({ protocol: /^https?$/, error: isNotUrl })
    .transform((text) => new URL(text))
    .refine(({ username, password }) => username === '' && password === '', { error: isNotUrl })
    .prefault('http://127.0.0.1:4000/graphql'),
  API_KEY: z
    // Not an option of the command line: arguments are visible to all users of the machine.
    .string({ error: 'is missing. Set this environment variable to an API key of the gateway' })
    .trim()
    // Valid in an HTTP header.
    .regex(/^[\x21-\x7e]+$/, { error: 'must be printable ASCII characters without spaces' }),
});

export interface ImportConfig {
  readonly gatewayUrl: URL;
  /** Must not be logged. */
  readonly apiKey: string;
}

/**
 * Reads the environment. An empty variable counts as not set.
 *
 * @param url overrides GATEWAY_URL
 * @throws ImportError with all invalid variables at once; it contains no secret
 */
export function loadImportConfig(url?: string, env: NodeJS.ProcessEnv = process.env): ImportConfig {
  const variables = { ...env, ...(url === undefined ? {} : { GATEWAY_URL: url }) };
  const trimmed = Object.entries(variables).map(([name, text]) => [name, text.trim()] as const);
  const { data, error } = VARIABLES.safeParse(Object.fromEntries(trimmed.filter(([, text]) => text !== '')));
  if (error)
    throw new ImportError(
      new ConfigError(error.issues.map(({ path, message }) => `${path.join()}: ${message}`)).message,
    );
  return { gatewayUrl: data.GATEWAY_URL, apiKey: data.API_KEY };
}

const SCRIPTS = ['import', 'import-readings'];

/** Base of relative paths: the folder in which the user ran npm. npm itself runs scripts in the folder of package.json. */
export function workingFolder(env: NodeJS.ProcessEnv = process.env): string {
  // INIT_CWD is inherited: when another script runs this program, it is not meant for this program.
  return (SCRIPTS.includes(env.npm_lifecycle_event ?? '') && env.INIT_CWD) || '.';
}
