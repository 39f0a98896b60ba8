import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deriveKey, readOrCreateAppSecret } from '../../src/platform/base/secret';

const SECRET = 'an-app-secret-of-forty-characters-length';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gateway-secret-'));
});

afterEach(() => rm(folder, { recursive: true }));

describe('derived keys', () => {
  it('are the same on every instance and in every version', () => {
    expect(deriveKey(SECRET, 'cursor').toString('hex')).toBe(
      '9b6e3aeb1a8a220b2ae2df3bb1eac88abbe6604ed34c65d21061020428032c11',
    );
  });

  it('differ by secret and by purpose', () => {
    const keys = [deriveKey(SECRET, 'cursor'), deriveKey(SECRET, 'webhook'), deriveKey(`${SECRET}.`, 'cursor')];
    expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(3);
    expect(keys.map((key) => key.length)).toEqual([32, 32, 32]);
  });
});

describe('the secret of the data folder', () => {
  it('is generated once, readable by its owner only', async () => {
    const dataDir = join(folder, 'new', 'data');
    const secret = await readOrCreateAppSecret(dataDir);
    expect(secret).toMatch(/^[\w-]{43}$/);
    expect(await readOrCreateAppSecret(dataDir)).toBe(secret);
    expect((await stat(join(dataDir, 'app-secret'))).mode & 0o777).toBe(0o600);
  });

  it('is shared by gateways that start concurrently, and no other file remains', async () => {
    const secrets = await Promise.all(Array.from({ length: 20 }, () => readOrCreateAppSecret(folder)));
    expect(new Set(secrets).size).toBe(1);
    expect(await readdir(folder)).toEqual(['app-secret']);
    expect(await readFile(join(folder, 'app-secret'), 'utf8')).toBe(secrets[0]);
  });

  it('is not replaced when its file is damaged', async () => {
    await writeFile(join(folder, 'app-secret'), 'cut off');
    await expect(readOrCreateAppSecret(folder)).rejects.toThrow(
      /app-secret does not contain a secret of at least 32 characters/,
    );
    expect(await readFile(join(folder, 'app-secret'), 'utf8')).toBe('cut off');
  });
});
