import { importJWK, type JWK } from 'jose';
import { ALGORITHMS } from '../../platform/access/jwt';
import { failed, ok, reasonOf, warning, type Finding } from './finding';

const SUBJECT = 'token issuer';
const FETCH_MS = 5_000;
/** For keys that do not name their algorithm. */
const DEFAULT_ALGORITHMS: Readonly<Record<string, string>> = { RSA: 'RS256', EC: 'ES256', OKP: 'EdDSA' };

/** Whether the issuer's keys can be fetched and used. Its URL is not shown: it may contain a secret. */
export async function checkTokenIssuer(jwt: { jwksUrl: URL } | undefined): Promise<Finding> {
  if (!jwt) return ok(SUBJECT, 'JWTs are not accepted (JWKS_URL is not set)');
  let response: Response;
  try {
    response = await fetch(jwt.jwksUrl, { signal: AbortSignal.timeout(FETCH_MS), redirect: 'manual' });
  } catch (error) {
    return failed(
      SUBJECT,
      `cannot fetch JWKS_URL (${reasonOf(error)})`,
      'Check the URL, the network and the certificate.',
    );
  }
  if (response.status !== 200) {
    await response.body?.cancel();
    return failed(SUBJECT, `JWKS_URL returned the status ${response.status}`, 'Check the URL.');
  }
  const body = (await response.json().catch(() => undefined)) as { keys?: unknown } | undefined;
  if (!Array.isArray(body?.keys))
    return failed(
      SUBJECT,
      'JWKS_URL returned no key set',
      'It must be the URL of a JWK Set, the jwks_uri of the issuer.',
    );
  const keys = body.keys as JWK[];
  const usable = (await Promise.all(keys.map(isUsable))).filter(Boolean).length;
  const found = `${usable} of ${keys.length} keys can verify tokens`;
  if (usable === 0) return failed(SUBJECT, found, `Configure the issuer for one of ${ALGORITHMS.join(', ')}.`);
  return keys.every(({ kid }) => kid !== undefined) || usable === 1
    ? ok(SUBJECT, found)
    : warning(
        SUBJECT,
        `${found}, but some have no kid`,
        'Configure the issuer to name its keys. Otherwise tokens are refused.',
      );
}

async function isUsable(key: JWK): Promise<boolean> {
  const algorithm = key.alg ?? DEFAULT_ALGORITHMS[key.kty ?? ''];
  if ((key.use ?? 'sig') !== 'sig' || algorithm === undefined || !ALGORITHMS.includes(algorithm)) return false;
  return importJWK(key, algorithm).then(
    (imported) => !(imported instanceof Uint8Array),
    () => false,
  );
}
