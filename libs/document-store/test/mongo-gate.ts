import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to a server that a test can shut, and on which answers can get lost. */
export interface MongoGate {
  readonly url: string;
  /** Cuts all connections and refuses new ones. */
  shut(): Promise<void>;
  open(): Promise<void>;
  /** Bytes of established connections go nowhere, in both directions; new ones are taken and heard no more. */
  setHanging(isHanging: boolean): void;
  /**
   * Lets the next requests of this command through to the server, and cuts each connection when the answer comes.
   * Resolves the number of those that are still to come.
   */
  loseAnswers(command: string, count?: number): { readonly left: number };
  close(): Promise<void>;
}

export async function openMongoGate(serverPort: number): Promise<MongoGate> {
  const sockets = new Set<Socket>();
  let isHanging = false;
  let losing = { command: '', left: 0 };

  const gate = createServer((client) => {
    const server = connect(serverPort, '127.0.0.1');
    let isLosing = false;
    const end = () => {
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on('error', end);
      socket.on('close', () => {
        sockets.delete(socket);
        end();
      });
    }
    client.on('data', (chunk) => {
      if (isHanging) return;
      if (losing.left > 0 && isCommand(chunk, losing.command)) {
        losing.left -= 1;
        isLosing = true;
      }
      server.write(chunk);
    });
    server.on('data', (chunk) => {
      if (isHanging) return;
      if (isLosing) end();
      else client.write(chunk);
    });
  });

  const listen = async (port: number) => {
    gate.listen(port, '127.0.0.1');
    await once(gate, 'listening');
    return (gate.address() as AddressInfo).port;
  };
  const shut = async () => {
    for (const socket of sockets) socket.destroy();
    if (gate.listening) {
      gate.close();
      await once(gate, 'close');
    }
  };
  const port = await listen(0);

  return {
    url: `mongodb://127.0.0.1:${port}/?directConnection=true`,
    shut,
    open: async () => void (await listen(port)),
    setHanging(wanted) {
      isHanging = wanted;
    },
    loseAnswers(command, count = 1) {
      losing = { command, left: count };
      return losing;
    },
    close: shut,
  };
}

/** OP_MSG: header, flags, section kind, then a document whose first element is the command, as a string. */
function isCommand(chunk: Buffer, command: string): boolean {
  return chunk.subarray(26, 26 + command.length + 1).equals(Buffer.from(`${command}\0`));
}
