import { request as plain, type RequestOptions } from "node:http";
import { request as secure } from "node:https";

export interface Question {
  readonly url: string;
  readonly method?: "GET" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Takes any certificate. */
  readonly insecure?: boolean;
  /** Takes certificates of this authority alone, PEM. */
  readonly authority?: string;
  /** How long the whole of it may take. Absent: 15. */
  readonly seconds?: number;
}

export interface Answer {
  readonly status: number;
  /** From JSON; the text itself when it is none. */
  readonly body: unknown;
}

/** A service did not answer; the message says why, in a person's words. */
export class Unreachable extends Error {}

/** Asks an API. @throws Unreachable */
export async function ask({
  url,
  method = "GET",
  headers = {},
  body,
  insecure,
  authority,
  seconds = 15,
}: Question): Promise<Answer> {
  const { protocol, host } = new URL(url);
  const options: RequestOptions & { rejectUnauthorized?: boolean; ca?: string } = {
    ...{ method, headers: { Accept: "application/json", ...headers }, signal: AbortSignal.timeout(seconds * 1000) },
    ...(insecure === true ? { rejectUnauthorized: false } : {}),
    ...(authority === undefined ? {} : { ca: authority }),
  };
  try {
    return await new Promise<Answer>((resolve, reject) => {
      const asking = (protocol === "https:" ? secure : plain)(url, options, (answered) => {
        const parts: Buffer[] = [];
        answered.on("data", (part: Buffer) => parts.push(part));
        answered.once("error", reject);
        answered.once("end", () => resolve({ status: answered.statusCode ?? 0, body: parsed(Buffer.concat(parts)) }));
      });
      asking.once("error", reject);
      asking.end(body);
    });
  } catch (error) {
    throw new Unreachable(`${host} ${reasonOf(error, seconds)}`);
  }
}

function parsed(body: Buffer): unknown {
  const text = body.toString("utf8");
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Why there was no answer, as the end of a sentence whose subject is a host. */
export function reasonOf(error: unknown, seconds: number): string {
  if (!(error instanceof Error)) return `gave no answer: ${String(error)}`;
  const code = "code" in error ? String(error.code) : error.name;
  switch (code) {
    case "ECONNREFUSED":
      return "refuses connections: nothing listens there";
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return "is a name that DNS does not know";
    case "ENETUNREACH":
    case "EHOSTUNREACH":
      return "cannot be reached from here: there is no route";
    case "TimeoutError":
    case "AbortError":
    case "ABORT_ERR":
    case "ETIMEDOUT":
      return `gave no answer within ${seconds} s`;
    case "ECONNRESET":
      return "closed the connection without an answer";
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
    case "SELF_SIGNED_CERT_IN_CHAIN":
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
    case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY":
      return "has a certificate that no authority known here has signed";
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return "has a certificate for another name";
    case "CERT_HAS_EXPIRED":
      return "has a certificate that has expired";
    default:
      return `gave no answer: ${error.message}`;
  }
}
