import { spawn } from "node:child_process";
import type { RunStep } from "./perform.ts";

/** A step's script, as `pulumi up` runs it. What it says goes to standard error as it comes. */
export const runHere: RunStep = (script, stdin) =>
  new Promise((resolve, reject) => {
    const child = spawn("/bin/sh", ["-c", script], { stdio: ["pipe", "ignore", "pipe"] });
    let last = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      process.stderr.write(text);
      last = text.trimEnd().split("\n").at(-1) ?? last;
    });
    // Whoever ends without reading it has said why.
    child.stdin.on("error", () => undefined);
    child.stdin.end(stdin);
    child.once("error", reject);
    child.once("close", (status) => resolve(status === 0 ? undefined : last.replace(/^groundwork: /, "")));
  });
