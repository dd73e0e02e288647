import { z } from "zod";
import { stageSchema } from "./stage.ts";

type Json = Record<string, unknown>;

/** JSON Schema of a stack file (`Pulumi.<stack>.yaml`), for editors. */
export function stackSchema(): Json {
  const stage = z.toJSONSchema(stageSchema, { io: "input", unrepresentable: "any" }) as Json & {
    properties: Record<string, Json>;
    required?: string[];
  };
  const sections = Object.fromEntries(
    Object.entries(stage.properties).map(([key, schema]) => [`groundwork:${key}`, schema]),
  );
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Groundwork stack",
    description: "One environment: machines, cluster, platform, DNS.",
    type: "object",
    required: ["config"],
    properties: {
      encryptionsalt: { type: "string" },
      encryptedkey: { type: "string" },
      secretsprovider: { type: "string" },
      environment: {},
      config: {
        type: "object",
        properties: sections,
        required: (stage.required ?? []).map((key) => `groundwork:${key}`),
        patternProperties: {
          "^secret:": {
            description: "A secret: pulumi config set --secret secret:<name>",
            anyOf: [
              {
                type: "object",
                required: ["secure"],
                properties: { secure: { type: "string" } },
                additionalProperties: false,
              },
              { const: "<unset>" },
            ],
          },
          "^(?!groundwork:|secret:)[^:]+:": {},
        },
        additionalProperties: false,
      },
    },
    additionalProperties: false,
  };
}
