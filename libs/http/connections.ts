import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** The connections of a server, with what is answered on each. */
export interface Connections {
  /** For each request, when it came. */
  note(response: ServerResponse): void;
  /**
   * Ends those that nothing was asked on, or whose last answer is sent to its last byte. Node's `closeIdleConnections` keeps the former, and
   * cuts answers that still wait to be sent.
   */
  closeUnused(): void;
}

/** To be called before the server listens. */
export function watchConnections(server: Server): Connections {
  const lastAnswers = new Map<Socket, ServerResponse | null>();
  server.on('connection', (socket: Socket) => {
    lastAnswers.set(socket, null);
    socket.once('close', () => lastAnswers.delete(socket));
  });

  return {
    note(response) {
      lastAnswers.set(response.req.socket, response);
    },
    closeUnused() {
      for (const [socket, answer] of lastAnswers) {
        const isUnused = answer === null ? socket.bytesRead === 0 : answer.writableFinished;
        if (isUnused) socket.destroy();
      }
    },
  };
}
