import type { Fault } from "./faults.ts";

/** Secrets whose length their service's provider checks before it asks the service. */
const lengths: Readonly<Record<string, { readonly of: string; readonly characters: number }>> = {
  // Source: terraform-provider-hcloud, internal/provider.go
  "hetzner-token": { of: "token of the Hetzner Cloud API", characters: 64 },
};

/** Faults of secrets that cannot be what they are taken for. Says nothing of their content. */
export function misshapen(value: (name: string) => string | undefined): readonly Fault[] {
  return Object.entries(lengths).flatMap(([name, { of, characters }]) => {
    const secret = value(name);
    if (secret === undefined || secret === "" || secret === "<unset>" || secret.length === characters) return [];
    return [
      {
        path: `secret:${name}`,
        message: `is no ${of}, which has ${characters} characters`,
        remedy: `copy it whole, without quotes or line breaks: pulumi config set --secret secret:${name}`,
      },
    ];
  });
}
