import { execFile } from 'node:child_process';
import { lstat, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { type Browser, chromium } from 'playwright-core';
import { REPOSITORY } from './tool';

const execFileAsync = promisify(execFile);

const PACKAGE = '@sparticuz/chromium';
const UNPACK = `import chromium from '${PACKAGE}'; await chromium.executablePath();`;

/** Without these flags, Chromium contacts Google's hosts at every start. */
const NO_NETWORK = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-domain-reliability',
  '--disable-quic',
  '--disable-sync',
  '--no-pings',
];

/** The package's own file refers to folders of AWS Lambda. Paths are relative, so that a clone can be moved. */
const FONTS_CONFIG = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir prefix="relative">fonts</dir>
  <cachedir prefix="xdg">fonts-cache</cachedir>
</fontconfig>
`;

/**
 * Starts a headless Chromium from an npm package, which includes fonts and libraries.
 *
 * It is unpacked once per clone, user and package version: 200 MB, about 2 s.
 *
 * @throws Error where the package has no binary, see test/setup/platform.cjs
 */
export async function launchChromium(): Promise<Browser> {
  const folder = await unpackedChromium();
  return chromium.launch({
    executablePath: join(folder, 'chromium'),
    timeout: 0, // jest's timeout applies
    args: ['--disable-gpu', '--disable-dev-shm-usage', ...NO_NETWORK],
    env: {
      ...process.env,
      HOME: folder, // the user's home may not be writable
      FONTCONFIG_PATH: folder,
      XDG_CACHE_HOME: folder,
      LD_LIBRARY_PATH: join(folder, 'al2023', 'lib'),
    },
  });
}

/**
 * The folder with the unpacked binary, in the cache of the clone's packages, which outlives a run.
 *
 * The package unpacks into the temporary folder under fixed names, and would use a half-written file of another process or user.
 * So each process unpacks into a new folder. The first one to finish renames it to the final name, and the others delete theirs.
 */
async function unpackedChromium(): Promise<string> {
  const packageFolder = resolve(require.resolve(PACKAGE), '../../..');
  const { version } = JSON.parse(await readFile(join(packageFolder, 'package.json'), 'utf8')) as { version: string };
  const uid = process.getuid?.() ?? 0;
  const folder = join(REPOSITORY, 'node_modules/.cache', `chromium-${version}-${uid}`);
  if (await isOwnFolder(folder, uid)) return folder;

  await mkdir(dirname(folder), { recursive: true });
  const staging = await mkdtemp(`${folder}.`);
  try {
    await execFileAsync(process.execPath, ['--input-type=module', '--eval', UNPACK], {
      cwd: packageFolder,
      // The package unpacks its libraries (nss, nspr, expat) only on AWS Lambda.
      env: { ...process.env, TMPDIR: staging, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs20.x', NODE_OPTIONS: '' },
    });
    await writeFile(join(staging, 'fonts.conf'), FONTS_CONFIG);
    await rename(staging, folder);
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    if (!(await isOwnFolder(folder, uid))) throw error;
  }
  return folder;
}

/** @throws Error when the folder belongs to another user, since its programs cannot be trusted */
async function isOwnFolder(path: string, uid: number): Promise<boolean> {
  const stats = await lstat(path).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null; // by shape: in jest, the Error is of another realm
    throw error;
  });
  if (stats && (!stats.isDirectory() || stats.uid !== uid)) throw new Error(`${path} belongs to another user`);
  return stats !== null;
}
