import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { messageOf } from "../../lib/words.ts";
import { programPath } from "./files.ts";

/** What became of one call of a program. */
export interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** @param program its name. */
export type Call = (program: string, args: readonly string[], stdin: string) => Answer | Promise<Answer>;

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/**
 * Answers programs that send a command line to a socket, and get back what to print as shell text: no process of its
 * own for each call. The body is the program's name and arguments, each ended by a NUL, and then its standard input.
 */
export function servePrograms(call: Call, socket: string): Promise<Server> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const [count = "0", program = "", ...rest] = Buffer.concat(chunks).toString().split("\0");
      const args = rest.slice(0, Number(count));
      void answered(call, program, args, rest.slice(Number(count)).join("\0")).then(({ code, stdout, stderr }) =>
        response.end(`printf %s ${quote(stdout)}\nprintf %s ${quote(stderr)} >&2\nexit ${code}\n`),
      );
    });
  });
  return new Promise((resolve) => server.listen(socket, () => resolve(server)));
}

/** A call that nobody knows an answer to is a failure of its own kind: whoever relied on it would prove nothing. */
async function answered(call: Call, program: string, args: readonly string[], stdin: string): Promise<Answer> {
  try {
    return await call(program, args, stdin);
  } catch (error) {
    return { code: 97, stdout: "", stderr: `${messageOf(error)}\n` };
  }
}

/** The program that stands on PATH: a shell script that needs curl. Standard input is read where `--config -` asks for it. */
export function programText(name: string, socket: string): string {
  return `#!/bin/sh
case "$*" in *"--config -"*) input=$(cat) ;; *) input= ;; esac
eval "$({ printf '%s\\0' "$#" ${name} "$@"; printf %s "$input"; } |
  curl --silent --show-error --unix-socket ${quote(socket)} --data-binary @- http://world/)"
`;
}

/**
 * `sleep` and `date +%s` by a clock that runs so much faster than ours: scripts wait, and give up, as they do where a
 * minute is one.
 */
export const clockPrograms = (speed: number) => ({
  sleep: `#!/bin/sh\nexec ${programPath("sleep")} "$(awk -v s="$1" 'BEGIN { print s / ${speed} }')"\n`,
  date: `#!/bin/sh
[ "$*" = +%s ] || exec ${programPath("date")} "$@"
read -r up idle </proc/uptime
exec awk -v up="$up" 'BEGIN { printf "%d\\n", up * ${speed} }'
`,
});

/** @param programs text by name */
export function putPrograms(folder: string, programs: Readonly<Record<string, string>>): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(join(folder, name), text);
    chmodSync(join(folder, name), 0o755);
  }
}
