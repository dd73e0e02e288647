import { type Check, well, wrong } from "./check.ts";
import { answerOf, said, setSecret } from "./token.ts";

export interface HetznerArgs {
  readonly token: string;
  /** Instead of Hetzner's own. */
  readonly endpoint?: string;
}

const remedy = `make one in the Hetzner console, in this stage's project: Security, API tokens, Read & Write; then ${setSecret("hetzner-token")}`;

/**
 * Whether the token of a project is one, and may write.
 *
 * No request tells what a token may do. So it asks for an SSH key without name and key, which nobody can make: a token
 * that may only read is refused for that before anything else. Source: docs.hetzner.cloud, error code `token_readonly`
 */
export async function checkHetzner({ token, endpoint }: HetznerArgs): Promise<Check> {
  const base = endpoint ?? "https://api.hetzner.cloud/v1";
  const address = { key: "groundwork:endpoints.hetzner", isOwn: endpoint !== undefined };
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  const read = await answerOf("hetzner", { url: `${base}/ssh_keys?per_page=1`, headers }, address);
  if ("check" in read) return read.check;
  const { answer } = read;
  if (answer.status === 401)
    return wrong("hetzner", `the API does not know secret:hetzner-token (${said(answer)})`, remedy);
  if (answer.status !== 200)
    return wrong("hetzner", `the API answers ${said(answer)}`, "wait, and look at status.hetzner.com");
  const write = await answerOf("hetzner", { url: `${base}/ssh_keys`, method: "POST", headers, body: "{}" }, address);
  if ("check" in write) return write.check;
  return write.answer.status === 401 || write.answer.status === 403
    ? wrong("hetzner", `secret:hetzner-token may only read (${said(write.answer)})`, remedy)
    : well("hetzner", "the API takes secret:hetzner-token, to read and to write");
}
