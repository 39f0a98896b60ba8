import { z } from 'zod';
import { shown } from '../../platform/base/config-values';
import { ConfigError } from '../../platform/base/errors';
import { ImportError } from './import-error';

const isNotUrl = ({ input }: { input?: unknown }) =>
  `must be a URL like https://gateway.example.com/graphql, without a user or a password, is ${shown(String(input))}`;

const VARIABLES = z.object({
  GATEWAY_URL: z
    .url({ protocol: /^https?$/, error: isNotUrl })
    .transform((text) => new URL(text))
    .refine(({ username, password }) => username === '' && password === '', { error: isNotUrl })
    .prefault('http://127.0.0.1:4000/graphql'),
  API_KEY: z
    .string({
      error: 'is missing; a key of the gateway, in the environment since arguments are seen by all users of a machine',
    })
    .trim()
    // What can stand in an HTTP header.
    .regex(/^[\x21-\x7e]+$/, { error: 'must be printable characters of ASCII, without spaces' }),
});

/** What the environment says of the import. */
export interface ImportConfig {
  readonly gatewayUrl: URL;
  /** Never log it. */
  readonly apiKey: string;
  /** What relative paths begin from: npm runs a script in the folder of package.json, wherever it was asked to. */
  readonly workingFolder: string;
}

/**
 * Reads the environment. A variable that is set to nothing counts as not set.
 *
 * @param url goes before GATEWAY_URL
 * @throws ImportError with all faults at once; it shows no secret
 */
export function loadImportConfig(url?: string, env: NodeJS.ProcessEnv = process.env): ImportConfig {
  const variables = { ...env, ...(url === undefined ? {} : { GATEWAY_URL: url }) };
  const isSet = Object.entries(variables).filter(([, text]) => text.trim() !== '');
  const { data, error } = VARIABLES.safeParse(Object.fromEntries(isSet));
  if (error)
    throw new ImportError(
      new ConfigError(error.issues.map(({ path, message }) => `${path.join()}: ${message}`)).message,
    );
  return {
    gatewayUrl: data.GATEWAY_URL,
    apiKey: data.API_KEY,
    // Another script's child would be given that script's folder.
    workingFolder: (env.npm_lifecycle_event === 'import-readings' && env.INIT_CWD) || '.',
  };
}
