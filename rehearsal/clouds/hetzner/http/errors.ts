import type { ServiceError } from "../../../model.ts";

/** HTTP statuses of error codes. docs.hetzner.cloud/reference/cloud, "Errors"; 502 is what a gateway answers with. */
const statuses: Readonly<Record<string, number>> = {
  json_error: 400,
  unauthorized: 401,
  token_readonly: 401,
  forbidden: 403,
  maintenance: 403,
  resource_limit_exceeded: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  uniqueness_error: 409,
  deprecated_api_endpoint: 410,
  resource_unavailable: 412,
  locked: 423,
  protected: 423,
  rate_limit_exceeded: 429,
  server_error: 500,
  bad_gateway: 502,
  unavailable: 503,
  timeout: 504,
};

/** Codes of single operations, `service_error` and the like: the reference gives 422 wherever it names a status. */
const operationStatus = 422;

const announcements: Readonly<Record<string, string>> = {
  datacenters: "https://docs.hetzner.cloud/changelog#2026-06-02-datacenters-deprecated",
  actions: "https://docs.hetzner.cloud/changelog#2023-07-20-actions-list-endpoint-is-deprecated",
};

interface Field {
  readonly name: string;
  readonly messages?: readonly string[];
}

/** The fields that a message of `invalid_input` speaks of. */
function fieldsOf(message: string): Field[] {
  const fields = new Map<string, string[]>();
  for (const fault of message.split(/; (?=invalid input in field ')/)) {
    const match = /^invalid input in field '([^']*)': ([\s\S]*)$/.exec(fault);
    if (match?.[1] === undefined || match[2] === undefined) continue;
    fields.set(match[1], [...(fields.get(match[1]) ?? []), match[2]]);
  }
  return [...fields].map(([name, messages]) => ({ name, messages }));
}

function detailsOf(code: string, message: string): unknown {
  switch (code) {
    case "invalid_input":
      return { fields: fieldsOf(message) };
    case "uniqueness_error":
      return { fields: [{ name: message.includes("fingerprint") ? "public_key" : "name" }] };
    case "deprecated_api_endpoint": {
      const announcement = Object.entries(announcements).find(([word]) => message.includes(word))?.[1];
      return announcement === undefined ? null : { announcement };
    }
    default:
      return null;
  }
}

/** A refusal as the API words it: `{ error: { code, message, details } }`. */
export function refusal(error: ServiceError): Response {
  // The API has the code in a field of its own, not in the message.
  const message = error.message.slice(0, -` (${error.code})`.length);
  const body = { error: { code: error.code, message, details: detailsOf(error.code, message) } };
  return Response.json(body, { status: statuses[error.code] ?? operationStatus });
}
