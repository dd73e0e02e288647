import { readFileSync } from "node:fs";
import { nodeStep } from "../bootstrap/shell.ts";

export interface VaultArgs {
  /** Of Vault, without a path: `https://vault.example.com:8200`. */
  readonly address: string;
  /** Path of the PKI secrets engine. */
  readonly mount: string;
  /** Of Vault Enterprise; empty: none. */
  readonly namespace: string;
  /** How long the certificate is to last. Vault shortens it to what its own lasts. */
  readonly hours: number;
  readonly commonName: string;
}

/**
 * A script for the machine that runs the program, with the verb `vault-sign`: has Vault sign an intermediate authority,
 * and prints its certificate and those above it up to the root. It needs `node`. Standard input: `vaultStdin`.
 */
export function signedByVaultStep({ address, hours, ...rest }: VaultArgs): string {
  const params = { address: address.replace(/\/+$/, ""), ...rest, hours: String(hours) };
  return nodeStep("vault-sign", params, readFileSync(new URL("vault.mjs", import.meta.url), "utf8"));
}

/** A line each: the token, the request and the authority of Vault's certificate (or nothing), both PEM in base64. */
export function vaultStdin(args: { readonly token: string; readonly csr: string; readonly authority: string }): string {
  const base64 = (text: string): string => Buffer.from(text).toString("base64");
  return `${args.token}\n${base64(args.csr)}\n${base64(args.authority)}\n`;
}
