import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { Scenario } from './scenario';
import { ATTACKER } from './stage';

const ATTACK_MS = 10_000;
const MEGABYTE = 1_000_000;

export const UNREAD_PONGS: Scenario = {
  name: 'unread-pongs',
  attack: 'pings with a payload of 1 MB over a WebSocket whose pongs are never read',
  run: (stage) =>
    stage.besideLightCaller(async () => {
      const socket = new WebSocket(`${stage.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
      socket.on('error', () => undefined);
      await once(socket, 'open');
      socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${ATTACKER}` } }));
      await once(socket, 'message');
      socket.pause();
      const ping = JSON.stringify({ type: 'ping', payload: { text: 'x'.repeat(MEGABYTE - 100) } });
      const end = performance.now() + ATTACK_MS;
      while (performance.now() < end && socket.readyState === socket.OPEN) {
        if (socket.bufferedAmount < 10 * MEGABYTE) socket.send(ping);
        await sleep(1);
      }
      socket.terminate();
    }),
};

const READERS = 30;
const LARGE = JSON.stringify({
  query: `{ devices(first: 100) { nodes { ${Array.from({ length: 100 }, (_, index) => `i${index}: id`).join(' ')} } } }`,
});

export const UNREAD_RESPONSES: Scenario = {
  name: 'unread-responses',
  attack: '30 HTTP connections that send requests one behind the other and never read',
  run: (stage) =>
    stage.besideLightCaller(async () => {
      const { hostname, port } = new URL(stage.url);
      const request = [
        'POST /graphql HTTP/1.1',
        'host: gateway',
        `authorization: Bearer ${ATTACKER}`,
        'content-type: application/json',
        `content-length: ${LARGE.length}`,
        '',
        LARGE,
      ].join('\r\n');
      const sockets = Array.from({ length: READERS }, () => connect(Number(port), hostname));
      for (const socket of sockets) {
        socket.on('error', () => undefined);
        socket.pause();
        for (let count = 0; count < 1_000; count += 1) socket.write(request);
      }
      await sleep(ATTACK_MS);
      for (const socket of sockets) socket.destroy();
    }),
};
