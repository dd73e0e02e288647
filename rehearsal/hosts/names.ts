import { createSocket, type Socket } from "node:dgram";
import { getServers } from "node:dns";

/** Seconds that an answer may be kept: what a name leads to changes with the machines. */
const ttl = 1;

/**
 * A name server at the addresses that this machine's resolver asks, which in a network of its own (own-network.ts) are all
 * this machine's. Knows the names that it is given, each with IPv4 addresses, and no others. Returns how it is ended.
 */
export async function serveNames(names: ReadonlyMap<string, readonly string[]>): Promise<() => void> {
  const servers = getServers().filter((server) => /^[\d.]+$/.test(server));
  const sockets = await Promise.all(servers.map((server) => listen(server, names)));
  return () => {
    for (const socket of sockets) socket.close();
  };
}

function listen(address: string, names: ReadonlyMap<string, readonly string[]>): Promise<Socket> {
  const socket = createSocket("udp4", (query, { address: from, port }) => {
    const answer = answerTo(query, names);
    if (answer !== undefined) socket.send(answer, port, from);
  });
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(53, address, () => resolve(socket));
  });
}

const typeA = 1;
const nameError = 3;

/** A DNS message (RFC 1035, section 4) that answers one with a single question; undefined for anything else. */
export function answerTo(query: Buffer, names: ReadonlyMap<string, readonly string[]>): Buffer | undefined {
  if (query.length < 17 || query.readUInt16BE(4) !== 1) return undefined;
  const labels: string[] = [];
  let at = 12;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
    if (at + 5 > query.length) return undefined;
  }
  const type = query.readUInt16BE(at + 1);
  const question = query.subarray(12, at + 5);
  const known = names.get(labels.join(".").toLowerCase());
  const addresses = type === typeA ? (known ?? []) : [];
  const header = Buffer.alloc(12);
  query.copy(header, 0, 0, 2);
  // A response, with authority, to a client that wished for recursion or not.
  header.writeUInt16BE(0x8480 | (query.readUInt16BE(2) & 0x0100) | (known === undefined ? nameError : 0), 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(addresses.length, 6);
  return Buffer.concat([header, question, ...addresses.map(record)]);
}

/** An address of the name that the message asks for, which it holds at byte 12. */
function record(address: string): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt16BE(0xc00c, 0);
  bytes.writeUInt16BE(typeA, 2);
  bytes.writeUInt16BE(1, 4);
  bytes.writeUInt32BE(ttl, 6);
  bytes.writeUInt16BE(4, 10);
  for (const [index, part] of address.split(".").entries()) bytes.writeUInt8(Number(part), 12 + index);
  return bytes;
}
