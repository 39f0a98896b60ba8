import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CompactSign, exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK, type JWTPayload } from 'jose';

export const ISSUER = 'https://issuer.example.com/';
export const AUDIENCE = 'device-gateway';

/** A token issuer that publishes its keys at a real URL. */
export interface TestIssuer {
  jwksUrl: URL;
  publicJwk: JWK;
  /** Number of requests to the JWKS endpoint so far. */
  fetches: number;
  /** HTTP status of the JWKS endpoint. */
  status: number;
  /** A valid token of a MEMBER of customer 1, with other claims on request. A claim that is undefined is removed. */
  sign(claims?: JWTPayload, header?: { alg?: string; kid?: string }, key?: CryptoKey | Uint8Array): Promise<string>;
  /** A token with exactly these bytes as its claims. */
  signBytes(claims: Uint8Array): Promise<string>;
  close(): Promise<void>;
}

export async function startIssuer(now: () => Date): Promise<TestIssuer> {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const publicJwk: JWK = { ...(await exportJWK(publicKey)), kid: 'current', alg: 'ES256', use: 'sig' };
  const server = createServer((_request, response) => {
    issuer.fetches += 1;
    response
      .writeHead(issuer.status, { 'content-type': 'application/json' })
      .end(JSON.stringify({ keys: [publicJwk] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer: TestIssuer = {
    jwksUrl: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`),
    publicJwk,
    fetches: 0,
    status: 200,
    sign(claims = {}, header = {}, key = privateKey) {
      const nowS = Math.floor(now().getTime() / 1000);
      const standard = {
        iss: ISSUER,
        aud: AUDIENCE,
        sub: 'user-7',
        customer_id: '1',
        role: 'MEMBER',
        iat: nowS,
        exp: nowS + 600,
      };
      return new SignJWT({ ...standard, ...claims })
        .setProtectedHeader({ alg: 'ES256', kid: 'current', ...header })
        .sign(key);
    },
    signBytes: (claims) =>
      new CompactSign(claims).setProtectedHeader({ alg: 'ES256', kid: 'current' }).sign(privateKey),
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
  return issuer;
}
