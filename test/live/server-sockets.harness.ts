import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';

/** The gateway's end of a socket whose network accepts no more messages, as if the client stopped reading after some message. */
export interface StuckSocket {
  /** Number of subscription messages that the gateway has sent and the network has not accepted. */
  readonly waiting: number;
  /** Makes the network accept everything again. */
  release: () => void;
}

type Upgrade = [
  request: IncomingMessage,
  duplex: Duplex,
  head: Buffer,
  accept: (socket: WebSocket, request: IncomingMessage) => void,
];
type Send = (data: string, done: (error?: Error) => void) => void;

/**
 * Limits the number of subscription messages that the network accepts for the next socket of a gateway in this process. The buffer
 * sizes of a real connection differ between machines; this behaves the same everywhere.
 */
export function stickNextSocket(takes: number): Promise<StuckSocket> {
  const handleUpgrade = Reflect.get(WebSocketServer.prototype, 'handleUpgrade') as (...upgrade: Upgrade) => void;
  return new Promise((resolve) => {
    const spy = jest.spyOn(WebSocketServer.prototype, 'handleUpgrade').mockImplementation(function (
      this: WebSocketServer,
      ...[request, duplex, head, accept]: Upgrade
    ) {
      spy.mockRestore();
      handleUpgrade.call(this, request, duplex, head, (socket, accepted) => {
        resolve(stick(socket, takes));
        accept(socket, accepted);
      });
    });
  });
}

function stick(socket: WebSocket, takes: number): StuckSocket {
  const send = socket.send.bind(socket) as Send;
  const held: Parameters<Send>[] = [];
  let taken = 0;
  socket.send = ((data: string, done: (error?: Error) => void) => {
    const { type } = JSON.parse(data) as { type: string };
    if (type !== 'next' || taken < takes) {
      if (type === 'next') taken += 1;
      send(data, done);
    } else held.push([data, done]);
  }) as WebSocket['send'];
  return {
    get waiting() {
      return held.length;
    },
    release: () => {
      takes = Infinity;
      for (const message of held.splice(0)) send(...message);
    },
  };
}
