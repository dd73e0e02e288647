import { z } from "zod";

/** Knows secrets by having seen them where secrets belong. */
export interface SecretWatch {
  /** Whatever is passed by standard input or as credentials of a connection is a secret. */
  learn(stdin: string | undefined, connection: unknown): void;
  /** What kind of secret a text holds, in words; never the secret itself. */
  find(text: string): string | undefined;
}

// Shorter ones would be found by chance.
const shortest = 12;

const credentials = z.looseObject({
  password: z.string().optional(),
  privateKey: z.string().optional(),
  privateKeyPassword: z.string().optional(),
});

export function createSecretWatch(configured: () => Iterable<string>): SecretWatch {
  const seen = new Set<string>();
  const add = (value: string | undefined): void => {
    if (value !== undefined && value.trim().length >= shortest) seen.add(value.trim());
  };
  return {
    learn(stdin, connection) {
      // Lines of a key block are found by its header.
      if (stdin !== undefined && !stdin.includes("PRIVATE KEY-----")) for (const line of stdin.split("\n")) add(line);
      const read = credentials.safeParse(connection);
      if (read.success) for (const value of [read.data.password, read.data.privateKeyPassword]) add(value);
    },
    find(text) {
      if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) return "a private key";
      for (const value of configured())
        if (value.length >= shortest && text.includes(value)) return "a configured secret";
      for (const value of seen) if (text.includes(value)) return "what is elsewhere passed by standard input";
      return undefined;
    },
  };
}
