import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from '../support/eventually';
import { GatewayBuild } from '../support/gateway-process';
import { needs } from '../support/needs';
import { ReservedPort } from '../support/reserved-port';
import { gone, isRunning } from './embedded-postgres.harness';

const onLinux = needs('devFull');

let build: GatewayBuild;
beforeAll(async () => {
  build = await GatewayBuild.make();
});
afterAll(() => build.remove());

const filesIn = (folder: string) => readdir(folder).catch((): string[] => []);

/** A gateway that is still starting. */
async function begin(env: Record<string, string> = {}, output: 'pipe' | number = 'pipe') {
  const child = spawn(process.execPath, [join(build.folder, 'dist/src/main.js')], {
    stdio: ['ignore', output, output],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, DATA_DIR: build.dataDir, PORT: '0', ...env },
    detached: true, // a process group like that of a terminal
  });
  const gateway = { child, output: '', exited: once(child, 'exit') };
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => (gateway.output += chunk.toString()));
  await once(child, 'spawn');
  return gateway;
}

type Starting = Awaited<ReturnType<typeof begin>>;

const logs = (message: string) => ({
  moment: `after "${message}"`,
  isReached: (gateway: Starting) => gateway.output.includes(message),
});
const initdb = {
  moment: 'while initdb runs',
  isReached: async () => (await filesIn(build.dataDir)).some((name) => name.startsWith('cluster-in-the-making-')),
};
const recovery = {
  moment: 'while PostgreSQL starts',
  isReached: async () => (await filesIn(join(build.dataDir, 'cluster'))).includes('postmaster.pid'),
};

/** The embedded server, by its pid file. */
async function serverPid(): Promise<number | undefined> {
  const file = await open(join(build.dataDir, 'cluster/postmaster.pid')).catch(() => undefined);
  const text = await file?.readFile('utf8');
  await file?.close();
  return text ? Number(text.split('\n')[0]) : undefined;
}

describe('a signal during the start stops the gateway and its database', () => {
  // In this order: each start continues where the one before was stopped.
  it.each([
    { signal: 'SIGTERM', ...initdb },
    { signal: 'Ctrl-C', ...initdb },
    { signal: 'SIGHUP', ...recovery },
    { signal: 'Ctrl-C', ...logs('embedded PostgreSQL started') },
    { signal: 'SIGTERM', ...logs('demo data loaded') },
    { signal: 'SIGHUP', ...logs('gateway ready') },
  ] as const)('$signal $moment', async ({ signal, isReached }) => {
    const gateway = await begin();
    await eventually(() => isReached(gateway));
    const pid = await serverPid();
    // Ctrl-C is sent to all processes of the terminal.
    if (signal === 'Ctrl-C') process.kill(-gateway.child.pid!, 'SIGINT');
    else gateway.child.kill(signal);
    expect({ exit: await gateway.exited, output: gateway.output }).toMatchObject({ exit: [0, null] });
    expect(gateway.output).toContain('"msg":"shutting down"');
    if (pid !== undefined) await gone(pid);
    expect(await serverPid()).toBeUndefined();
    expect((await filesIn(build.dataDir)).filter((name) => name.startsWith('cluster-in-the-making-'))).toEqual([]);
  });

  it('and the next start has everything', async () => {
    const gateway = await build.start();
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { authorization: 'Bearer demo-operator', 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ customers { totalCount } }' }),
    });
    expect(await response.json()).toEqual({ data: { customers: { totalCount: 2 } } });
    expect(await gateway.end('SIGTERM')).toEqual({ code: 0, signal: null });
  });
});

describe('failures of the output do not end the gateway', () => {
  let port: ReservedPort;
  beforeEach(async () => {
    port = await ReservedPort.take();
  });
  afterEach(() => port.giveBack());

  /** Its log says nothing, so it is asked. */
  async function readyAndStopped(gateway: Starting): Promise<void> {
    const readiness = () => fetch(`http://127.0.0.1:${port.number}/readyz`).then(({ status }) => status);
    await eventually(async () => (await readiness().catch(() => 0)) === 200);
    const pid = (await serverPid())!;
    expect(await isRunning(pid)).toBe(true);
    gateway.child.kill('SIGTERM');
    expect(await gateway.exited).toEqual([0, null]);
    await gone(pid);
  }

  it('a closed pipe, as of head -1', async () => {
    const gateway = await begin({ PORT: `${port.number}` });
    await eventually(() => gateway.output.includes('\n'));
    gateway.child.stdout!.destroy();
    gateway.child.stderr!.destroy();
    await readyAndStopped(gateway);
  });

  onLinux('a full disk', async () => {
    const full = await open('/dev/full', 'w');
    const gateway = await begin({ PORT: `${port.number}` }, full.fd);
    await full.close();
    await readyAndStopped(gateway);
  });
});
