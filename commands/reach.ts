import { connect } from "node:net";
import { reasonOf, Unreachable } from "./ask.ts";

export interface ReachArgs {
  /** Name or address, without brackets. */
  readonly host: string;
  readonly port: number;
  readonly seconds: number;
}

/** Resolves when something accepts a TCP connection there. @throws Unreachable */
export async function reach({ host, port, seconds }: ReachArgs): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const socket = connect({ host, port });
    const end = (error?: Error): void => {
      socket.destroy();
      if (error === undefined) resolve();
      else reject(new Unreachable(`${host.includes(":") ? `[${host}]` : host}:${port} ${reasonOf(error, seconds)}`));
    };
    socket.setTimeout(seconds * 1000, () => end(Object.assign(new Error("late"), { code: "ETIMEDOUT" })));
    socket.once("connect", () => end());
    socket.once("error", end);
  });
}
