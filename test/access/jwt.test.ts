import { exportSPKI, generateKeyPair, importJWK, UnsecuredJWT, type CryptoKey } from 'jose';
import { JwtVerifier } from '../../src/platform/access/jwt';
import { Role } from '../../src/platform/access/policy';
import { RequestError } from '../../src/platform/base/errors';
import { AUDIENCE, ISSUER, startIssuer, type TestIssuer } from './issuer.harness';

const NOW = new Date('2026-11-22T12:00:00Z');
const NOW_S = NOW.getTime() / 1000;
const clock = { now: () => NOW };

let issuer: TestIssuer;
let unavailable: unknown[];
let verifier: JwtVerifier;

beforeEach(async () => {
  issuer = await startIssuer(clock.now);
  unavailable = [];
  verifier = new JwtVerifier({
    jwksUrl: issuer.jwksUrl,
    issuer: ISSUER,
    audience: AUDIENCE,
    clock,
    onKeysUnavailable: (reason) => unavailable.push(reason),
  });
});

afterEach(() => issuer.close());

async function refusalOf(token: string): Promise<string> {
  try {
    return `accepted ${JSON.stringify(await verifier.verify(token))}`;
  } catch (error) {
    if (error instanceof RequestError) return `${error.code} ${error.message}`;
    throw error;
  }
}

async function expectRefused(token: string, reason: string): Promise<void> {
  expect(await refusalOf(token)).toBe(`UNAUTHENTICATED The token is not accepted. ${reason}`);
}

describe('a valid token', () => {
  it('has a subject, a role, a customer and an expiry', async () => {
    expect(await verifier.verify(await issuer.sign())).toEqual({
      subject: 'user-7',
      role: Role.MEMBER,
      customerId: '1',
      expiresAt: new Date(NOW.getTime() + 600_000),
    });
  });

  it('may have a numeric customer_id and several audiences', async () => {
    const token = await issuer.sign({ customer_id: 42, aud: ['other', AUDIENCE] });
    expect(await verifier.verify(token)).toMatchObject({ customerId: '42' });
  });

  it('of an operator has no customer', async () => {
    const token = await issuer.sign({ role: 'OPERATOR', customer_id: undefined });
    expect(await verifier.verify(token)).toMatchObject({ role: Role.OPERATOR, customerId: null });
  });

  it('is accepted up to 5 seconds after its expiry', async () => {
    const token = await issuer.sign({ iat: NOW_S - 600, exp: NOW_S - 4 });
    expect(await verifier.verify(token)).toMatchObject({ customerId: '1' });
  });

  it('shares one fetch of the keys with other tokens', async () => {
    const tokens = await Promise.all(Array.from({ length: 20 }, () => issuer.sign()));
    await Promise.all(tokens.map((token) => verifier.verify(token)));
    await verifier.verify(tokens[0]!);
    expect(issuer.fetches).toBe(1);
  });
});

describe('claims', () => {
  const customer = 'Its claim "customer_id" is not the id of a customer.';
  const role = 'Its claim "role" is not one of ADMIN, MEMBER, READ_ONLY, INGEST, OPERATOR.';
  const subject = 'Its claim "sub" is not a string of 1 to 255 printable characters.';

  it.each([
    [{ iss: 'https://other.example.com/' }, 'Its issuer ("iss") is not the trusted issuer.'],
    [{ iss: undefined }, 'Its issuer ("iss") is not the trusted issuer.'],
    [{ aud: 'another-service' }, 'It was issued for another audience ("aud").'],
    [{ aud: undefined }, 'It was issued for another audience ("aud").'],
    [{ iat: NOW_S - 600, exp: NOW_S - 6 }, 'It has expired.'],
    [{ exp: undefined }, 'It has no expiration time ("exp").'],
    [{ iat: undefined }, 'It has no time of issue ("iat"), or one in the future.'],
    [{ iat: NOW_S + 60 }, 'It has no time of issue ("iat"), or one in the future.'],
    [{ nbf: NOW_S + 60 }, 'It is not valid yet ("nbf").'],
    [{ exp: NOW_S + 24 * 3600 + 1 }, 'Its lifetime is longer than 24 hours. Configure the issuer for a shorter one.'],
    [{ sub: undefined }, 'It has no subject ("sub").'],
    [{ sub: '' }, subject],
    [{ sub: 'a\u0000b' }, subject],
    [{ sub: 'a\ud83db' }, subject],
    [{ sub: 'x'.repeat(256) }, subject],
    [{ role: undefined }, role],
    [{ role: 'member' }, role],
    [{ role: ['ADMIN'] }, role],
    [{ customer_id: undefined }, customer],
    [{ customer_id: null }, customer],
    [{ customer_id: '' }, customer],
    [{ customer_id: '-1' }, customer],
    [{ customer_id: 1.5 }, customer],
    [{ customer_id: 2 ** 60 }, customer],
    [{ customer_id: '9223372036854775808' }, customer],
    [{ customer_id: '1 or 1=1' }, customer],
    [{ customer_id: ['1'] }, customer],
    [{ customer_id: '0' }, customer],
    [{ customer_id: '00' }, customer],
    [{ role: 'OPERATOR' }, 'A token of an operator must not have the claim "customer_id".'],
  ])('%j are rejected', async (claims, reason) => {
    await expectRefused(await issuer.sign(claims), reason);
  });
});

it('claims that are not UTF-8 are rejected, whatever the charset of the issuer', async () => {
  const claims = {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: 'josé',
    role: 'ADMIN',
    customer_id: '1',
    iat: NOW_S,
    exp: NOW_S + 60,
  };
  const text = JSON.stringify(claims);
  await expectRefused(await issuer.signBytes(Buffer.from(text, 'latin1')), 'It is not UTF-8.');
  expect(await verifier.verify(await issuer.signBytes(Buffer.from(text)))).toMatchObject({ subject: 'josé' });
});

describe('signatures', () => {
  const algorithm = 'Its signature algorithm is not one of the accepted asymmetric algorithms.';

  it('are required: alg none is rejected', async () => {
    const claims = { sub: 'user-7', role: 'ADMIN', customer_id: '1' };
    const unsigned = new UnsecuredJWT(claims)
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setIssuedAt(NOW)
      .setExpirationTime(NOW_S + 60)
      .encode();
    await expectRefused(unsigned, algorithm);
  });

  it('made with the public key as a secret are rejected: HS256', async () => {
    const publicKey = (await importJWK({ ...issuer.publicJwk, ext: true }, 'ES256')) as CryptoKey;
    const pem = new TextEncoder().encode(await exportSPKI(publicKey));
    await expectRefused(await issuer.sign({}, { alg: 'HS256' }, pem), algorithm);
    expect(issuer.fetches).toBe(0);
  });

  it('made with an unknown key are rejected', async () => {
    const { privateKey } = await generateKeyPair('ES256');
    await expectRefused(await issuer.sign({}, {}, privateKey), 'Its signature is invalid.');
    const unknown = 'Its key ("kid", "alg") is not among the keys that the issuer publishes.';
    await expectRefused(await issuer.sign({}, { kid: 'unknown' }, privateKey), unknown);
  });

  it('of another payload are rejected', async () => {
    const [header, , signature] = (await issuer.sign()).split('.');
    const [, payload] = (await issuer.sign({ role: 'ADMIN' })).split('.');
    await expectRefused(`${header}.${payload}.${signature}`, 'Its signature is invalid.');
  });

  it.each(['', 'eyJ', 'eyJ.eyJ.x', 'eyJhbGciOiJFUzI1NiJ9.e30', `eyJhbGciOiJFUzI1NiIsImtpZCI6ImN1cnJlbnQifQ.e30.AAAA`])(
    'are rejected in a malformed token: "%s"',
    async (token) => {
      expect(await refusalOf(token)).toMatch(/^UNAUTHENTICATED The token is not accepted\. /);
    },
  );
});

describe('unavailable keys', () => {
  const message = 'SERVICE_UNAVAILABLE The keys of the token issuer are temporarily unavailable. Try again.';

  it('cause SERVICE_UNAVAILABLE until they are available again', async () => {
    const token = await issuer.sign();
    issuer.status = 500;
    expect(await refusalOf(token)).toBe(message);
    expect(unavailable).toEqual([expect.objectContaining({ code: 'ERR_JOSE_GENERIC' })]);
    issuer.status = 200;
    expect(await verifier.verify(token)).toMatchObject({ subject: 'user-7' });
  });

  it('cause SERVICE_UNAVAILABLE when the issuer is not listening', async () => {
    const token = await issuer.sign();
    await issuer.close();
    expect(await refusalOf(token)).toBe(message);
    issuer = await startIssuer(clock.now);
  });

  it('cause SERVICE_UNAVAILABLE for a redirect, which is not followed', async () => {
    issuer.status = 302;
    expect(await refusalOf(await issuer.sign())).toBe(message);
  });
});
