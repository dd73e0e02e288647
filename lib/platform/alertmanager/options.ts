import { z } from "zod";
import { duration, label, secretName, url } from "../../primitives.ts";
import { shown } from "../../shown.ts";
import { exposure } from "../ingress.ts";
import { storage } from "../storage.ts";

const severities = z
  .array(z.enum(["critical", "warning", "info"]))
  .min(1)
  .optional()
  .meta({ description: "Severities that go there. Absent: every alert." });

const room = z.string().regex(/^![^\s:]+:[^\s:]+(:\d+)?$/, {
  error: ({ input }) => `${shown(input)} is no id of a Matrix room → write !id:server, as the room's settings show it`,
});
const user = z.string().regex(/^@[^\s:]+:[^\s:]+(:\d+)?$/, {
  error: ({ input }) => `${shown(input)} is no Matrix account → write @name:server`,
});

/** A group chat or program that alerts are sent to. What is secret of its address is in a secret of the stack. */
const receiver = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("discord").meta({ description: "A channel of Discord." }),
    urlSecret: secretName.meta({ description: "Secret with the address of the channel's webhook." }),
    severities,
  }),
  z.strictObject({
    type: z.literal("webhook").meta({ description: "Any program that takes Alertmanager's JSON." }),
    urlSecret: secretName.meta({ description: "Secret with the address that alerts are posted to." }),
    severities,
  }),
  z.strictObject({
    type: z.literal("matrix").meta({ description: "A room of Matrix, as the account under `matrix`." }),
    room: room.meta({ description: "Id of the room, such as !abcdef:matrix.org; the account is a member of it." }),
    severities,
  }),
]);
export type Receiver = z.output<typeof receiver>;

const matrix = z.strictObject({
  homeserver: url.meta({ description: "Of the account, such as https://matrix.example.com." }),
  user: user.meta({ description: "The account, such as @alerts:example.com." }),
  tokenSecret: secretName.default("matrix-token").meta({ description: "Secret with an access token of the account." }),
});
export type Matrix = z.output<typeof matrix>;

export const alertmanagerOptions = z
  .strictObject({
    storage: storage("10Gi"),
    receivers: z
      .record(label, receiver)
      .default({})
      .meta({ description: "Who is told of alerts, by name. None: alerts are on Alertmanager's page only." }),
    matrix: matrix.optional().meta({ description: "Account that writes to rooms of Matrix." }),
    repeat: duration.default("12h").meta({ description: "How often an alert that goes on is told again." }),
    exposed: exposure.optional().meta({
      description: "Reach its page from outside. It has no sign-on of its own: put one before it.",
    }),
  })
  .prefault({});
export type AlertmanagerOptions = z.output<typeof alertmanagerOptions>;
