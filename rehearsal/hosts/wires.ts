import { createServer, type Server } from "node:net";
import type { Duplex } from "node:stream";

/** Takes a connection. */
export type Accept = (stream: Duplex) => void;

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** How clients on this machine reach the addresses of simulated ones. Nothing ever leaves this machine. */
export interface Wires {
  /** From now on, until the returned function is called, whoever dials is handed to `accept`. */
  open(address: string, port: number, accept: Accept): Promise<() => void>;
  /** What a client here dials to reach `address:port`; there is nobody until it is opened. */
  at(address: string, port: number): Address;
}

let ports = 20_000;

/**
 * Each simulated address and port has a port of its own on one address of 127.0.0.0/8 that follows from this process's
 * id: nothing needs a privilege, and processes do not meet. For clients that can be told a port.
 */
export function loopbackPorts(): Wires {
  const id = process.pid;
  const host = `127.${64 + ((id >> 16) & 63)}.${(id >> 8) & 255}.${id & 255}`;
  const known = new Map<string, Address>();
  const at = (address: string, port: number): Address => {
    const key = `${address}:${port}`;
    const found = known.get(key) ?? { host, port: ports++ };
    known.set(key, found);
    return found;
  };
  return { at, open: (address, port, accept) => listen(at(address, port), accept) };
}

/**
 * Each address as it is. Needs a network of its own (own-network.ts), but for addresses in 127.0.0.0/8; those need root
 * for a port below 1024.
 */
export function ownAddresses(): Wires {
  const at = (host: string, port: number): Address => ({ host, port });
  return {
    at,
    async open(address, port, accept) {
      try {
        return await listen({ host: address, port }, accept);
      } catch (error) {
        const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
        throw new Error(
          `a simulated machine cannot have ${address}:${port} here (${code}) → run in a network of its own, as rehearsal/hosts/own-network.ts does`,
          { cause: error },
        );
      }
    },
  };
}

async function listen({ host, port }: Address, accept: Accept): Promise<() => void> {
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    // Whoever breaks off is nobody's fault here.
    socket.on("error", () => undefined);
    socket.setNoDelay(true);
    accept(socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  // Connections that are open are ended by whoever has them.
  return () => void server.close();
}
