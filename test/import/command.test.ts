import { mkdir } from 'node:fs/promises';
import { loadImportConfig, workingFolder } from '../../src/programs/import/import-config';
import { csv, ImportFixture, flows } from './import.harness';

let fixture: ImportFixture;
beforeEach(async () => {
  fixture = await ImportFixture.start();
});
afterEach(() => fixture.stop());

describe('a file that cannot be imported', () => {
  const expectFailure = async (name: string, message: string, ...args: string[]) => {
    const before = await fixture.files();
    const { exitCode, out, err } = await fixture.run(name, { args });
    expect({ exitCode, out }).toEqual({ exitCode: 1, out: '' });
    expect(err).toBe(`error: ${message.replace('FOLDER', fixture.folder)}\n`);
    expect(fixture.gateway.calls).toEqual([]);
    expect(await fixture.files()).toEqual(before);
  };

  it('does not exist', () => expectFailure('r.csv', 'The file FOLDER/r.csv does not exist.'));

  it('is a folder', async () => {
    await mkdir(fixture.path('r.csv'));
    await expectFailure('r.csv', 'FOLDER/r.csv is a folder. Give the path of a file.');
  });

  it('is a device', () =>
    expectFailure(
      '/dev/null',
      '/dev/null is not a regular file. Write its contents to a file first, so that the import can resume.',
    ));

  it('has another extension', async () => {
    await fixture.write('r.txt', csv(flows(1)));
    await expectFailure('r.txt', 'FOLDER/r.txt must end in .csv, .tsv or .ndjson, which determines the format.');
  });

  it.each([
    ['r.csv', '', 'FOLDER/r.csv is empty. Its first line must be a header.'],
    ['r.csv', '\ufeff', 'FOLDER/r.csv is empty. Its first line must be a header.'],
    ['r.csv', '\r\n \n', 'FOLDER/r.csv is empty. Its first line must be a header.'],
    ['r.ndjson', '', 'FOLDER/r.ndjson is empty.'],
    ['r.ndjson', '\ufeff\n\n', 'FOLDER/r.ndjson is empty.'],
  ])('is empty: %s, %j', async (name, content, message) => {
    await fixture.write(name, content);
    await expectFailure(name, message);
  });

  it.each([
    ['UTF-16 with a byte-order mark', Buffer.from(`\ufeff${csv(flows(1))}`, 'utf16le')],
    ['UTF-16 without a byte-order mark', Buffer.from(csv(flows(1)), 'utf16le')],
    ['big-endian UTF-16', Buffer.from(`\ufeff${csv(flows(1))}`, 'utf16le').swap16()],
    ['an archive', Buffer.from([0x50, 0x4b, 3, 4, 0x14, 0, 0, 0])],
    ['Latin-1 in its header', Buffer.from('deviceId,takenAt,wärme\n', 'latin1')],
  ])('is not UTF-8: %s', async (_what, content) => {
    await fixture.write('r.csv', content);
    await expectFailure('r.csv', 'FOLDER/r.csv is not UTF-8 text. Save it as UTF-8.');
  });
});

describe('arguments', () => {
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
  ])('that are invalid are refused: %j', async (args, message) => {
    await fixture.write('r.csv', csv(flows(1)));
    const { exitCode, err } = await fixture.run('r.csv', { args });
    expect(exitCode).toBe(1);
    expect(err).toContain(message);
    expect(fixture.gateway.calls).toEqual([]);
  });

  it('--help needs no key', async () => {
    const loadConfig = () => {
      throw new Error('read the configuration');
    };
    const { exitCode, out } = await fixture.run('--help', { env: { loadConfig } });
    expect(exitCode).toBe(0);
    expect(out).toContain('Usage: npm run import -- readings [options] <file>');
  });

  it('determine the batch size', async () => {
    await fixture.write('r.csv', csv(flows(1_001)));
    await fixture.run('r.csv');
    await fixture.run('r.csv', { args: ['--batch-size', '500'] });
    expect(fixture.gateway.calls.map(({ readings }) => readings.length)).toEqual([1_000, 1, 500, 500, 1]);
  });

  it('cannot make a call larger than the gateway accepts', async () => {
    const long = flows(200).map((line) => line.replace('BPM-1', '😀'.repeat(2_000)));
    await fixture.write('r.csv', csv(long));
    expect((await fixture.run('r.csv')).exitCode).toBe(0);
    const sizes = fixture.gateway.calls.map(({ readings }) => Buffer.byteLength(JSON.stringify(readings)));
    expect(sizes.length).toBeGreaterThan(2);
    expect(Math.max(...sizes)).toBeLessThan(600_000);
    expect(fixture.gateway.sent).toHaveLength(200);
  });

  it('name a file by a relative or an absolute path', async () => {
    await mkdir(fixture.path('data'));
    await fixture.write('data/r.csv', csv(flows(1)));
    expect((await fixture.run('data/r.csv')).exitCode).toBe(0);
    expect((await fixture.run(fixture.path('data/r.csv'))).exitCode).toBe(0);
  });
});

describe('the environment', () => {
  const KEY = { API_KEY: 'dgk_secret' };
  const messageOf = (url: string | undefined, env: NodeJS.ProcessEnv): string => {
    try {
      loadImportConfig(url, env);
      return '';
    } catch (error) {
      return (error as Error).message;
    }
  };

  it('has the URL of the gateway, which --url overrides', () => {
    const urlOf = (url: string | undefined, env: NodeJS.ProcessEnv) =>
      loadImportConfig(url, { ...KEY, ...env }).gatewayUrl.href;
    const GATEWAY_URL = 'https://gateway.example.com/graphql';
    expect(urlOf(undefined, {})).toBe('http://127.0.0.1:4000/graphql');
    expect(urlOf(undefined, { GATEWAY_URL: ' ' })).toBe('http://127.0.0.1:4000/graphql');
    expect(urlOf(undefined, { GATEWAY_URL })).toBe(GATEWAY_URL);
    expect(urlOf('http://10.0.0.1:81/', { GATEWAY_URL })).toBe('http://10.0.0.1:81/');
  });

  it.each(['gateway', 'ftp://gateway/graphql', 'https://user:hunter2@gateway/graphql'])(
    'does not accept the URL %s',
    (url) => {
      expect(messageOf(url, KEY)).toContain(
        'GATEWAY_URL: must be a URL like https://gateway.example.com/graphql, without a user',
      );
    },
  );

  it('has the key, which no message contains', () => {
    expect(loadImportConfig(undefined, { API_KEY: 'dgk_secret\n' }).apiKey).toBe('dgk_secret');
    expect(messageOf(undefined, {})).toMatch(
      /\n {2}API_KEY: is missing\. Set this environment variable to an API key of the gateway$/,
    );
    expect(messageOf(undefined, { API_KEY: ' ' })).toContain('API_KEY: is missing');
    const wrong = messageOf(undefined, { API_KEY: 'dgk_secret\nx' });
    expect(wrong).toContain('API_KEY: must be printable ASCII characters');
    expect(wrong).not.toContain('dgk_secret');
  });

  it('has the folder in which the user ran npm', () => {
    const folderOf = workingFolder;
    expect(folderOf({ npm_lifecycle_event: 'import', INIT_CWD: '/data' })).toBe('/data');
    expect(folderOf({ npm_lifecycle_event: 'import-readings', INIT_CWD: '/data' })).toBe('/data');
    expect(folderOf({ npm_lifecycle_event: 'test', INIT_CWD: '/data' })).toBe('.');
    expect(folderOf({})).toBe('.');
  });
});
