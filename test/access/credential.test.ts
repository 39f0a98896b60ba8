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

  it('that occur twice are two credentials', () => {
    expect(credentialFromHeaders({ authorization: ['Bearer key', 'Bearer key'] })).toEqual({
      kind: 'apiKey',
      key: 'key',
    });
    expect(refusalOf(() => credentialFromHeaders({ authorization: ['Bearer key', 'Bearer other'] }))).toMatch(
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
    [{ authorization: 'Bearer a b' }, 'The credential has characters that no key or token has.'],
    [{ 'impilo-api-key': 'key, other' }, 'The credential has characters that no key or token has.'],
    [{ 'impilo-api-key': 'key\u0000' }, 'The credential has characters that no key or token has.'],
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
  const KEY = { kind: 'apiKey', key: 'demo-northside' };
  const WAY_OUT = 'Send { "authorization": "Bearer <key or JWT>" } in connection_init.';

  it.each(['authorization', 'Authorization', 'AUTHORIZATION', 'authToken', 'access_token', 'token', 'jwt'])(
    'accepts a JWT in %s, with and without its scheme',
    (name) => {
      for (const value of [`Bearer ${TOKEN}`, `bearer  ${TOKEN}`, TOKEN, ` ${TOKEN} `])
        expect(credentialFromConnectionParams({ [name]: value })).toEqual({ kind: 'jwt', token: TOKEN });
    },
  );

  it.each([
    'apiKey',
    'apikey',
    'ApiKey',
    'api_key',
    'api-key',
    'x-api-key',
    'X-API-Key',
    'Impilo-API-Key',
    'impilo-api-key',
    'impiloApiKey',
    'Authorization',
  ])('accepts a key in %s', (name) => {
    for (const value of ['demo-northside', 'Bearer demo-northside', ['demo-northside']])
      expect(credentialFromConnectionParams({ [name]: value })).toEqual(KEY);
  });

  it.each([
    { headers: { Authorization: 'Bearer demo-northside' } },
    { headers: { authorization: 'demo-northside' } },
    { Headers: { 'Impilo-API-Key': 'demo-northside' }, lazy: true },
    { context: { headers: { Authorization: 'Bearer demo-northside' } } },
    { connectionParams: { apiKey: 'demo-northside' } },
    { authorization: null, apiKey: 'demo-northside' },
    { authorization: '', apiKey: 'demo-northside' },
    { authorization: 'Bearer demo-northside', headers: { 'impilo-api-key': 'demo-northside' } },
  ])('accepts %j', (params) => {
    expect(credentialFromConnectionParams(params)).toEqual(KEY);
  });

  it.each([
    { apiKey: 'a', ApiKey: 'b' },
    { apiKey: 'a', headers: { authorization: 'Bearer b' } },
    { authorization: ['Bearer a', 'Bearer b'] },
  ])('rejects two different keys: %j', (params) => {
    expect(refusalOf(() => credentialFromConnectionParams(params))).toBe(
      `Two different credentials were sent. Send one. ${WAY_OUT}`,
    );
  });

  it.each([
    [undefined, 'No credential was sent.'],
    [null, 'No credential was sent.'],
    [{}, 'No credential was sent.'],
    [[], 'No credential was sent.'],
    ['Bearer key', 'No credential was sent.'],
    [7, 'No credential was sent.'],
    [{ headers: 'Bearer key' }, 'No credential was sent.'],
    [{ password: 'key' }, 'No credential was sent.'],
    [{ authorization: '' }, 'The credential is empty.'],
    [{ authorization: 'Bearer' }, 'The credential is empty.'],
    [{ authorization: 'Bearer ' }, 'The credential is empty.'],
    [{ authorization: 7 }, 'The credential is not a string.'],
    [{ authorization: { key: 'k' } }, 'The credential is not a string.'],
    [{ authorization: 'Basic dTpw' }, 'The authorization scheme is not Bearer.'],
    [{ apiKey: 'a b' }, 'The authorization scheme is not Bearer.'],
    [{ apiKey: 'Bearer a b' }, 'The credential has characters that no key or token has.'],
    [{ apiKey: 'ké' }, 'The credential has characters that no key or token has.'],
  ])('rejects %j with the reason', (params, reason) => {
    const message = refusalOf(() => credentialFromConnectionParams(params));
    expect(message).toBe(`${reason} ${WAY_OUT}`);
    expect(Buffer.byteLength(message)).toBeLessThanOrEqual(123);
  });

  it('without a credential leaves it to the headers of the upgrade', () => {
    const headers = { authorization: 'Bearer demo-northside' };
    for (const params of [undefined, {}, { lazy: true }])
      expect(credentialFromConnectionParams(params, headers)).toEqual(KEY);
    expect(credentialFromConnectionParams(undefined, { 'impilo-api-key': 'demo-northside' })).toEqual(KEY);
    expect(credentialFromConnectionParams({ apiKey: 'other' }, headers)).toEqual({ kind: 'apiKey', key: 'other' });
    expect(refusalOf(() => credentialFromConnectionParams({}, { authorization: 'Basic dTpw' }))).toMatch(
      /^The authorization scheme is not Bearer\./,
    );
  });

  it('returns a credential or throws UNAUTHENTICATED for any payload', () => {
    const names = fc.constantFrom('authorization', 'apiKey', 'Impilo-API-Key', 'headers', 'other');
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
