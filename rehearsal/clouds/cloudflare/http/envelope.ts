import type { ServiceError } from "../../../model.ts";

interface Note {
  readonly code: number;
  readonly message: string;
}

/**
 * HTTP statuses of error codes, as users report them: 10000 is 403 (terraform-provider-cloudflare #913), 7003 and 81044
 * are 404 (gardener/external-dns-management #428), 81058 and its neighbours are 400 (jeessy2/ddns-go #1378).
 */
const statuses: Readonly<Record<string, number>> = {
  "971": 429,
  "1000": 401,
  "1001": 404,
  "7003": 404,
  "10000": 403,
  "81044": 404,
};

/** What every answer of the API is wrapped in. developers.cloudflare.com/fundamentals/api/how-to/make-api-calls */
export const accepted = (result: unknown, messages: readonly Note[] = []): object => ({
  result,
  success: true,
  errors: [],
  messages,
});

/** A refusal as the API words it. */
export function refusal(error: ServiceError): Response {
  const message = error.message.slice(0, -` (${error.code})`.length);
  const body = { result: null, success: false, errors: [{ code: Number(error.code), message }], messages: [] };
  return Response.json(body, { status: statuses[error.code] ?? 400 });
}
