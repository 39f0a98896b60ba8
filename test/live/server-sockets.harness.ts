import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';

/** The gateway's end of a socket whose network takes no more: as with a client that does not read, but from a message on. */
export interface StuckSocket {
  /** Messages of subscriptions that the network was given and has not taken: each is one that the gateway waits for. */
  readonly waiting: number;
  /** The network takes everything again. */
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
 * Makes the network of the next socket that a gateway of this process accepts take no more than so many messages of
 * subscriptions. What the buffers of a connection hold differs from machine to machine; this is the same everywhere.
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
