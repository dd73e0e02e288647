import { z } from "zod";
import { secretName } from "../primitives.ts";
import { shown } from "../shown.ts";
import { SecretRef } from "./release.ts";

const gitUrl = z.string().regex(/^(https:\/\/[^\s/]+\/\S+|ssh:\/\/[^\s/@]+@[^\s/]+\/\S+)$/, {
  error: ({ input }) =>
    `${shown(input)} is no address of a Git repository → write https://host/path.git, or ssh://git@host/path.git`,
});

/** Where a release reads what it is to do, and how it gets in there. */
export const gitRepository = z
  .strictObject({
    url: gitUrl.meta({ description: "Address: https:// or ssh://." }),
    branch: z.string().min(1).default("main").meta({ description: "Branch that is followed." }),
    user: z.string().min(1).default("git").meta({ description: "User name that goes with the token." }),
    tokenSecret: secretName.optional().meta({ description: "Secret with a token that may read it, for https." }),
    keySecret: secretName.optional().meta({ description: "Secret with a private SSH key that may read it, for ssh." }),
    knownHosts: z
      .string()
      .min(1)
      .optional()
      .meta({ description: "Host keys of the server as `ssh-keyscan` prints them, compared with those it publishes." }),
  })
  .superRefine(({ url, tokenSecret, keySecret, knownHosts }, context) => {
    const report = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    const ssh = url.startsWith("ssh:");
    if (ssh && keySecret === undefined) report("keySecret", "an ssh:// repository takes a key → name its secret");
    if (ssh && knownHosts === undefined)
      report("knownHosts", "without them anybody could stand in for the server → add the lines of ssh-keyscan");
    if (ssh && tokenSecret !== undefined) report("tokenSecret", "ssh:// takes no token → use keySecret");
    if (!ssh && keySecret !== undefined) report("keySecret", "https:// takes no SSH key → use tokenSecret");
  });
export type GitRepository = z.output<typeof gitRepository>;

/** Names of the secrets that it takes to get in. */
export const gitSecrets = ({ tokenSecret, keySecret }: GitRepository): readonly string[] =>
  [tokenSecret, keySecret].filter((name) => name !== undefined);

/** What opens it; undefined for one that anybody may read. */
export function gitAccess({
  user,
  tokenSecret,
  keySecret,
}: GitRepository): { readonly token: SecretRef; readonly user: string } | { readonly key: SecretRef } | undefined {
  if (tokenSecret !== undefined) return { token: new SecretRef(tokenSecret), user };
  // ssh refuses a key whose last line does not end.
  if (keySecret !== undefined) return { key: new SecretRef(keySecret, (key) => `${key.trimEnd()}\n`) };
  return undefined;
}
