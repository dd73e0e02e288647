import { messageOf } from "../../lib/words.ts";
import type { TailnetRequest } from "../command/user-data.ts";
import type { TailnetGrant } from "./spec.ts";
import type { Host } from "./world.ts";

/** Milliseconds between two looks at whether a machine asks. */
const pause = 20;

/**
 * Answers a machine whose script asks the tailnet to take it, for as long as the script runs. What it asks with is in the
 * file `tailnet-request`, a line each (standins/network.sh). Returns how it is ended.
 */
export function answerTailnet(host: Host, join: (request: TailnetRequest) => TailnetGrant): () => void {
  const look = (): void => {
    const text = host.stateOf("tailnet-request");
    if (text === undefined) return;
    host.state("tailnet-request", undefined);
    try {
      const { address, routes } = join(requestIn(text));
      host.state("tailnet-approved", routes.join(","));
      host.state("tailnet-grant", address);
    } catch (error) {
      host.state("tailnet-refusal", messageOf(error));
    }
  };
  const timer = setInterval(look, pause);
  return () => clearInterval(timer);
}

function requestIn(text: string): TailnetRequest {
  const lines = text.split("\n").map((line) => line.split("=", 2));
  const value = (name: string): string => lines.find(([key]) => key === name)?.[1] ?? "";
  const list = (name: string): string[] =>
    value(name)
      .split(",")
      .filter((word) => word !== "");
  return { hostname: value("hostname"), key: value("key"), routes: list("routes"), tags: list("tags") };
}
