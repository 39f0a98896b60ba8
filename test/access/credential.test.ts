import fc from 'fast-check';
import {
  credentialFromConnectionParams,
  credentialFromHeaders,
  type Credential,
} from '../../src/platform/access/credential';
import { RequestError } from '../../src/platform/base/errors';

const TOKEN = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ1In0.c2lnbmF0dXJl';
const UNSIGNED = 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1In0.';

function refusalOf(read: () => Credential): string {
  try {
    return `accepted ${JSON.stringify(read())}`;
  } catch (error) {
    if (error instanceof RequestError && error.code === 'UNAUTHENTICATED') return error.message;
    throw error;
  }
}

describe('headers', () => {
  it.each(['Bearer', 'bearer', 'BEARER', ' Bearer  '])('accept a key after the scheme "%s"', (scheme) => {
    expect(credentialFromHeaders({ authorization: `${scheme} demo-northside` })).toEqual({
      kind: 'apiKey',
      key: 'demo-northside',
    });
  });

  it('accept a key in Impilo-API-Key', () => {
    expect(credentialFromHeaders({ 'impilo-api-key': ' demo-northside ' })).toEqual({
      kind: 'apiKey',
      key: 'demo-northside',
    });
  });

  it.each([TOKEN, UNSIGNED])('distinguish a JWT from a key: %s', (token) => {
    expect(credentialFromHeaders({ authorization: `Bearer ${token}` })).toEqual({ kind: 'jwt', token });
    expect(credentialFromHeaders({ 'impilo-api-key': token })).toEqual({ kind: 'apiKey', key: token });
  });

  it('accept the same key twice, but not two different keys', () => {
    expect(credentialFromHeaders({ authorization: 'Bearer key', 'impilo-api-key': 'key' })).toEqual({
      kind: 'apiKey',
      key: 'key',
    });
    expect(refusalOf(() => credentialFromHeaders({ authorization: 'Bearer key', 'impilo-api-key': 'other' }))).toMatch(
      /^Two different credentials/,
    );
    expect(refusalOf(() => credentialFromHeaders({ 'impilo-api-key': ['key', 'other'] }))).toMatch(
      /^Two different credentials/,
    );
  });

  it.each([
    [{}, 'No credential was sent.'],
    [{ authorization: 'Basic dTpw' }, 'The authorization scheme is not Bearer.'],
    [{ authorization: 'demo-northside' }, 'The authorization scheme is not Bearer.'],
    [{ authorization: '' }, 'The authorization scheme is not Bearer.'],
    [{ authorization: 'Bearer' }, 'The credential is empty.'],
    [{ authorization: 'Bearer  ' }, 'The credential is empty.'],
    [{ 'impilo-api-key': '' }, 'The credential is empty.'],
    [{ authorization: 'Bearer a b' }, 'The credential contains characters that are not allowed in a key or a token.'],
    [
      { 'impilo-api-key': 'key, other' },
      'The credential contains characters that are not allowed in a key or a token.',
    ],
    [{ 'impilo-api-key': 'key\u0000' }, 'The credential contains characters that are not allowed in a key or a token.'],
  ])('%j are rejected', (headers, reason) => {
    expect(refusalOf(() => credentialFromHeaders(headers))).toBe(
      `${reason} Send "Authorization: Bearer <API key or JWT>" or "Impilo-API-Key: <API key>" with the request.`,
    );
  });

  it('are never repeated in the error', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[a-z0-9]{16}$/),
        fc.constantFrom('Basic ', '', 'Bearer é ', 'Bearer a '),
        (secret, scheme) => {
          expect(refusalOf(() => credentialFromHeaders({ authorization: scheme + secret }))).not.toContain(secret);
        },
      ),
      { seed: 20_261_129 },
    );
  });
});

describe('connection_init', () => {
  it.each(['authorization', 'Authorization', 'AUTHORIZATION'])('accepts %s', (name) => {
    expect(credentialFromConnectionParams({ [name]: `Bearer ${TOKEN}` })).toEqual({ kind: 'jwt', token: TOKEN });
  });

  it.each(['apiKey', 'apikey', 'ApiKey', 'Impilo-API-Key', 'impilo-api-key'])('accepts %s', (name) => {
    expect(credentialFromConnectionParams({ [name]: 'demo-northside' })).toEqual({
      kind: 'apiKey',
      key: 'demo-northside',
    });
  });

  it('ignores null', () => {
    expect(credentialFromConnectionParams({ authorization: null, apiKey: 'key' })).toEqual({
      kind: 'apiKey',
      key: 'key',
    });
  });

  it('rejects two different keys', () => {
    expect(refusalOf(() => credentialFromConnectionParams({ apiKey: 'a', ApiKey: 'b' }))).toMatch(
      /^Two different credentials/,
    );
  });

  it.each([undefined, null, {}, [], 'Bearer key', 7, { token: 'key' }])('rejects %j', (params) => {
    expect(refusalOf(() => credentialFromConnectionParams(params))).toMatch(
      /^No credential was sent\. .*connection_init\.$/,
    );
  });

  it.each([{ authorization: 7 }, { authorization: ['Bearer key'] }, { authorization: { key: 'k' } }])(
    'rejects %j',
    (params) => {
      expect(refusalOf(() => credentialFromConnectionParams(params))).toMatch(/^The authorization scheme/);
    },
  );

  it('returns a credential or throws UNAUTHENTICATED for any payload', () => {
    const names = fc.constantFrom('authorization', 'apiKey', 'Impilo-API-Key', 'other');
    fc.assert(
      fc.property(
        fc.oneof(fc.anything(), fc.dictionary(names, fc.anything()), fc.dictionary(names, fc.string())),
        (params) => {
          expect(typeof refusalOf(() => credentialFromConnectionParams(params))).toBe('string');
        },
      ),
      { seed: 20_261_129 },
    );
  });
});
