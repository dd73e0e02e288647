import { z } from "zod";
import { type Check, well, wrong } from "./check.ts";
import { answerOf, said, setSecret } from "./token.ts";

export interface VaultArgs {
  readonly token: string;
  /** Name of the secret that the token is. */
  readonly secret: string;
  readonly address: string;
  readonly mount: string;
  readonly namespace?: string | undefined;
  /** Authority of Vault's own certificate, PEM. Absent: those that this machine trusts. */
  readonly authority?: string | undefined;
}

const capabilities = z.object({ capabilities: z.array(z.string()) });

/**
 * Whether the token may have an intermediate authority signed, which is asked for once, before the cluster's first start.
 * Source: developer.hashicorp.com/vault/api-docs/system/capabilities-self
 */
export async function checkVault({ token, secret, mount, namespace, authority, ...rest }: VaultArgs): Promise<Check> {
  const path = `${mount}/root/sign-intermediate`;
  const seen = await answerOf(
    "vault",
    {
      url: `${rest.address.replace(/\/+$/, "")}/v1/sys/capabilities-self`,
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        "X-Vault-Token": token,
        ...(namespace === undefined ? {} : { "X-Vault-Namespace": namespace }),
      },
      body: JSON.stringify({ paths: [path] }),
      ...(authority === undefined ? {} : { authority }),
    },
    { key: "groundwork:cluster.authority.address", isOwn: true },
  );
  if ("check" in seen) return seen.check;
  const { answer } = seen;
  if (answer.status === 403)
    return wrong(
      "vault",
      `Vault does not know secret:${secret} (${said(answer)})`,
      `it is needed until the cluster stands: vault token create -policy=<policy>, then ${setSecret(secret)}`,
    );
  const { data } = capabilities.safeParse(answer.body);
  if (answer.status !== 200 || data === undefined)
    return wrong("vault", `Vault answers ${said(answer)}`, "see that it is initialised and unsealed: vault status");
  return ["update", "sudo", "root"].some((one) => data.capabilities.includes(one))
    ? well("vault", `Vault takes secret:${secret}, to sign the cluster's authorities at ${mount}`)
    : wrong(
        "vault",
        `secret:${secret} may not have anything signed at ${mount}`,
        `give it a policy with path "${path}" { capabilities = ["update"] }`,
      );
}
