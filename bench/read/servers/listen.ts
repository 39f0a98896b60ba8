import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Listens on a free port, sends the URL to the parent process, and replies to its messages with the maximum memory so far in kB. */
export function listen(server: Server): void {
  server.listen(0, '127.0.0.1', () => announce((server.address() as AddressInfo).port));
}

export function announce(port: number): void {
  process.on('message', () => process.send?.(process.resourceUsage().maxRSS));
  process.once('SIGTERM', () => process.exit(0));
  process.send?.(`http://127.0.0.1:${port}`);
}

/** Of all contenders but the gateway: as the superuser, so without row-level security, and with generic plans. */
export const POOL = {
  connectionString: process.env.BENCH_DATABASE_URL,
  max: 10,
  options: '-c plan_cache_mode=force_generic_plan -c TimeZone=UTC',
};
