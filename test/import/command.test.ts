import { mkdir } from 'node:fs/promises';
import { loadImportConfig } from '../../src/programs/import-readings/import-config';
import { csv, ImportFixture, flows } from './import.harness';

let fixture: ImportFixture;
beforeEach(async () => {
  fixture = await ImportFixture.start();
});
afterEach(() => fixture.stop());

describe('a file that cannot be imported', () => {
  const refuses = async (name: string, message: string, ...args: string[]) => {
    const before = await fixture.files();
    const { exitCode, out, err } = await fixture.run(name, { args });
    expect({ exitCode, out }).toEqual({ exitCode: 1, out: '' });
    expect(err).toBe(`error: ${message.replace('FOLDER', fixture.folder)}\n`);
    expect(fixture.gateway.calls).toEqual([]);
    expect(await fixture.files()).toEqual(before);
  };

  it('is not there', () => refuses('r.csv', 'There is no file FOLDER/r.csv.'));

  it('is a folder', async () => {
    await mkdir(fixture.path('r.csv'));
    await refuses('r.csv', 'FOLDER/r.csv is a folder: name a file.');
  });

  it('is a device', () =>
    refuses('/dev/null', '/dev/null is no ordinary file: it could not be read from a place within.'));

  it('does not say what is in it', async () => {
    await fixture.write('r.txt', csv(flows(1)));
    await refuses('r.txt', 'FOLDER/r.txt must end in .csv or .ndjson: that tells what is in it.');
  });

  it.each([
    ['r.csv', '', 'FOLDER/r.csv is empty: not even a header is there.'],
    ['r.csv', '\ufeff', 'FOLDER/r.csv is empty: not even a header is there.'],
    ['r.csv', '\r\n \n', 'FOLDER/r.csv is empty: not even a header is there.'],
    ['r.ndjson', '', 'FOLDER/r.ndjson is empty.'],
    ['r.ndjson', '\ufeff\n\n', 'FOLDER/r.ndjson is empty.'],
  ])('is empty: %s, %j', async (name, content, message) => {
    await fixture.write(name, content);
    await refuses(name, message);
  });

  it.each([
    ['UTF-16 with its mark', Buffer.from(`\ufeff${csv(flows(1))}`, 'utf16le')],
    ['UTF-16 without', Buffer.from(csv(flows(1)), 'utf16le')],
    ['big-endian UTF-16', Buffer.from(`\ufeff${csv(flows(1))}`, 'utf16le').swap16()],
    ['an archive', Buffer.from([0x50, 0x4b, 3, 4, 0x14, 0, 0, 0])],
    ['Latin-1 in its header', Buffer.from('deviceId,takenAt,wärme\n', 'latin1')],
  ])('is no UTF-8: %s', async (_what, content) => {
    await fixture.write('r.csv', content);
    await refuses('r.csv', 'FOLDER/r.csv is no text in UTF-8: save it as such.');
  });
});

describe('its arguments', () => {
  it.each([
    [
      ['--batch-size', '0'],
      "error: option '--batch-size <lines>' argument '0' is invalid. It must be a whole number from 1 to 1000.",
    ],
    [['--batch-size', '1001'], 'It must be a whole number from 1 to 1000.'],
    [['--batch-size', '1e2'], 'It must be a whole number from 1 to 1000.'],
    [['--concurrency', '17'], 'It must be a whole number from 1 to 16.'],
    [['--api-key', 'secret'], "error: unknown option '--api-key'"],
    [['another.csv'], 'error: too many arguments'],
  ])('are refused: %j', async (args, message) => {
    await fixture.write('r.csv', csv(flows(1)));
    const { exitCode, err } = await fixture.run('r.csv', { args });
    expect(exitCode).toBe(1);
    expect(err).toContain(message);
    expect(fixture.gateway.calls).toEqual([]);
  });

  it('explain themselves without a key', async () => {
    const loadConfig = () => {
      throw new Error('asked for the key');
    };
    const { exitCode, out } = await fixture.run('--help', { env: { loadConfig } });
    expect(exitCode).toBe(0);
    expect(out).toContain('Usage: npm run import-readings -- [options] <file>');
  });

  it('say how much is sent at once', async () => {
    await fixture.write('r.csv', csv(flows(1_001)));
    await fixture.run('r.csv');
    await fixture.run('r.csv', { args: ['--batch-size', '500'] });
    expect(fixture.gateway.calls.map(({ readings }) => readings.length)).toEqual([1_000, 1, 500, 500, 1]);
  });

  it('cannot make a call larger than the gateway takes', async () => {
    const long = flows(200).map((line) => line.replace('BPM-1', '😀'.repeat(2_000)));
    await fixture.write('r.csv', csv(long));
    expect((await fixture.run('r.csv')).exitCode).toBe(0);
    const sizes = fixture.gateway.calls.map(({ readings }) => Buffer.byteLength(JSON.stringify(readings)));
    expect(sizes.length).toBeGreaterThan(2);
    expect(Math.max(...sizes)).toBeLessThan(600_000);
    expect(fixture.gateway.sent).toHaveLength(200);
  });

  it('name the file from where the command was given', async () => {
    await mkdir(fixture.path('data'));
    await fixture.write('data/r.csv', csv(flows(1)));
    expect((await fixture.run('data/r.csv')).exitCode).toBe(0);
    expect((await fixture.run(fixture.path('data/r.csv'))).exitCode).toBe(0);
  });
});

describe('its environment', () => {
  const KEY = { API_KEY: 'dgk_secret' };
  const messageOf = (url: string | undefined, env: NodeJS.ProcessEnv): string => {
    try {
      loadImportConfig(url, env);
      return '';
    } catch (error) {
      return (error as Error).message;
    }
  };

  it('says where the gateway is', () => {
    const urlOf = (url: string | undefined, env: NodeJS.ProcessEnv) =>
      loadImportConfig(url, { ...KEY, ...env }).gatewayUrl.href;
    const GATEWAY_URL = 'https://gateway.example.com/graphql';
    expect(urlOf(undefined, {})).toBe('http://127.0.0.1:4000/graphql');
    expect(urlOf(undefined, { GATEWAY_URL: ' ' })).toBe('http://127.0.0.1:4000/graphql');
    expect(urlOf(undefined, { GATEWAY_URL })).toBe(GATEWAY_URL);
    expect(urlOf('http://10.0.0.1:81/', { GATEWAY_URL })).toBe('http://10.0.0.1:81/');
  });

  it.each(['gateway', 'ftp://gateway/graphql', 'https://user:hunter2@gateway/graphql'])(
    'refuses %s as a place',
    (url) => {
      expect(messageOf(url, KEY)).toContain(
        'GATEWAY_URL: must be a URL like https://gateway.example.com/graphql, without a user',
      );
    },
  );

  it('holds the key, which no message shows', () => {
    expect(loadImportConfig(undefined, { API_KEY: 'dgk_secret\n' }).apiKey).toBe('dgk_secret');
    expect(messageOf(undefined, {})).toMatch(
      /\n {2}API_KEY: is missing; a key of the gateway, in the environment since arguments/,
    );
    expect(messageOf(undefined, { API_KEY: ' ' })).toContain('API_KEY: is missing');
    const wrong = messageOf(undefined, { API_KEY: 'dgk_secret\nx' });
    expect(wrong).toContain('API_KEY: must be printable characters');
    expect(wrong).not.toContain('dgk_secret');
  });

  it('tells where npm was asked, which runs scripts in the folder of package.json', () => {
    const folderOf = (env: NodeJS.ProcessEnv) => loadImportConfig(undefined, { ...KEY, ...env }).workingFolder;
    expect(folderOf({ npm_lifecycle_event: 'import-readings', INIT_CWD: '/data' })).toBe('/data');
    expect(folderOf({ npm_lifecycle_event: 'test', INIT_CWD: '/data' })).toBe('.');
    expect(folderOf({})).toBe('.');
  });
});
