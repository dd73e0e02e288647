import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DockerStandIn } from "../../rehearsal/docker/standin.ts";
import { programPath } from "../../rehearsal/hosts/files.ts";
import { type Answer, programText, putPrograms, servePrograms } from "../../rehearsal/hosts/programs.ts";

const real = "awk cat curl cut date grep head mkdir printf sed sh sleep tail tr";

/** A machine with a simulated Docker and k3d on PATH, and nothing else but what a POSIX shell has. */
export class DockerMachine {
  readonly standIn = new DockerStandIn();
  readonly #folder = mkdtempSync(join(tmpdir(), "groundwork-docker-"));
  readonly #bin = join(this.#folder, "bin");
  readonly #server: Promise<Server>;

  constructor({ programs = ["docker", "k3d"] }: { readonly programs?: readonly ("docker" | "k3d")[] } = {}) {
    const socket = join(this.#folder, "socket");
    mkdirSync(this.#bin);
    for (const name of real.split(" ")) symlinkSync(programPath(name), join(this.#bin, name));
    putPrograms(this.#bin, Object.fromEntries(programs.map((name) => [name, programText(name, socket)])));
    this.#server = servePrograms((program, args, stdin) => this.standIn.call(program, args, stdin), socket);
  }

  get docker() {
    return this.standIn.docker;
  }

  get calls(): readonly string[] {
    return this.standIn.calls;
  }

  /** Container -> address now, and the one that it keeps. */
  addresses(): Readonly<Record<string, string>> {
    return Object.fromEntries(
      Object.entries(this.docker.state.containers).map(([name, { address, keeps }]) => [
        name,
        `${address ?? "stopped"}${keeps === undefined ? "" : ` keeps ${keeps}`}`,
      ]),
    );
  }

  async run(script: string, stdin = ""): Promise<Answer> {
    await this.#server;
    return new Promise((resolve, reject) => {
      const child = spawn(programPath("sh"), ["-c", script], { env: { PATH: this.#bin, ROOT: this.#folder } });
      let stdout = "";
      let stderr = "";
      child.stdout.on("data", (data) => {
        stdout += String(data);
      });
      child.stderr.on("data", (data) => {
        stderr += String(data);
      });
      child.on("error", reject);
      child.on("close", (code) => resolve({ code: code ?? -1, stdout, stderr }));
      child.stdin.end(stdin);
    });
  }

  async remove(): Promise<void> {
    (await this.#server).close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
