import { z } from "zod";
import { formatCidr, parseAddress, parseCidr, parsePool } from "./address.ts";
import { shown } from "./shown.ts";

/**
 * Every refinement's message is `what is wrong -> what to do`, split at the arrow when it is shown: see faults.ts.
 */
const remedy = (wrong: string, fix: string): string => `${wrong} → ${fix}`;

export const label = z
  .string()
  .regex(/^[a-z]([-a-z0-9]*[a-z0-9])?$/, {
    error: ({ input }) =>
      remedy(`${shown(input)} is no DNS label`, "use lower-case letters, digits and dashes, a letter first"),
  })
  .max(40, {
    error: ({ input }) => remedy(`${shown(input)} is longer than 40 characters`, "shorten it: node names grow from it"),
  });

export const hostname = z
  .string()
  .regex(/^(?=.{1,253}$)(\*\.)?([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)+[a-z][-a-z0-9]*[a-z0-9]$/, {
    error: ({ input }) =>
      remedy(`${shown(input)} is no host name`, "write it in full and in lower case, such as grafana.example.com"),
  });

/** As much of a rule as an editor can check while somebody types; refinements are the program's own. */
const forEditors = (pattern: RegExp): { readonly pattern: string } => ({ pattern: pattern.source });

export const address = z
  .string()
  .refine((text) => parseAddress(text) !== undefined, {
    error: ({ input }) =>
      remedy(`${shown(input)} is no IPv4 address`, "write four numbers from 0 to 255, such as 10.0.1.10"),
  })
  .meta(forEditors(/^\d{1,3}(\.\d{1,3}){3}$/));

/** An address of either family. */
export const ipAddress = z.union([address, z.ipv6()], {
  error: ({ input }) =>
    remedy(`${shown(input)} is no IP address`, "write an IPv4 address such as 10.0.1.10, or an IPv6 one in full"),
});

export const addressOrHostname = z.union([address, hostname], {
  error: ({ input }) =>
    remedy(
      `${shown(input)} is neither an IPv4 address nor a host name`,
      "write one of the two, without scheme or port, such as 10.0.1.10 or api.example.com",
    ),
});

export const cidr = z
  .string()
  .superRefine((text, context) => {
    const range = parseCidr(text);
    if (range === undefined) {
      context.addIssue({
        code: "custom",
        message: remedy(`${shown(text)} is no IPv4 network`, "write address/prefix, such as 10.0.0.0/16"),
      });
    } else if (formatCidr(range) !== text) {
      context.addIssue({
        code: "custom",
        message: remedy(`${shown(text)} is no network but an address in one`, `write ${formatCidr(range)}`),
      });
    }
  })
  .meta(forEditors(/^\d{1,3}(\.\d{1,3}){3}\/\d{1,2}$/));

export const addressPool = z.string().refine((text) => parsePool(text) !== undefined, {
  error: ({ input }) =>
    remedy(
      `${shown(input)} is no range of addresses`,
      "write first-last, such as 10.0.200.1-10.0.200.50, or a network",
    ),
});

export const port = z.int().min(1).max(65535);

/** Node ports' default range in Kubernetes. */
export const nodePort = z
  .int()
  .min(30000, { error: ({ input }) => remedy(`${shown(input)} is no node port`, "use 30000 to 32767") })
  .max(32767, {
    error: ({ input }) => remedy(`${shown(input)} is no node port`, "use 30000 to 32767"),
  });

/** `v1.34.2+k3s1`: what k3s calls its releases. */
export const k3sVersion = z.string().regex(/^v1\.\d+\.\d+\+k3s\d+$/, {
  error: ({ input }) => remedy(`${shown(input)} is no k3s release`, "write it as k3s does, such as v1.36.4+k3s1"),
});

/** A chart's version: semver, with or without a leading v. */
export const chartVersion = z
  .string()
  .regex(/^v?(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/, {
    error: ({ input }) =>
      remedy(
        `${shown(input)} is no semantic version`,
        "name one release of the chart, such as 1.21.1; ranges are not reproducible",
      ),
  });

export const sha256 = z.string().regex(/^[0-9a-f]{64}$/, {
  error: () =>
    remedy("this is no SHA-256 checksum", "copy the 64 hexadecimal digits from the release's sha256sum file"),
});

export const url = z.url({
  protocol: /^https?$/,
  error: ({ input }) =>
    remedy(`${shown(input)} is no http(s) address`, "write it in full, such as https://mirror.example.com"),
});

/** The name of a secret: the part after `secret:` in the stack file. */
export const secretName = z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, {
  error: ({ input }) =>
    remedy(`${shown(input)} is no name of a secret`, "use at most 63 lower-case letters, digits and dashes"),
});

/** A Kubernetes label's or taint's key, with optional prefix. */
export const labelKey = z
  .string()
  .regex(/^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/, {
    error: ({ input }) => remedy(`${shown(input)} is no label key`, "write name or prefix.example.com/name"),
  });

export const labelValue = z.string().regex(/^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/, {
  error: ({ input }) =>
    remedy(`${shown(input)} is no label value`, "use at most 63 letters, digits, dashes, dots and underscores"),
});

/** `key=value:Effect` or `key:Effect`, as kubectl writes it. */
export const taint = z
  .string()
  .refine(isTaint, {
    error: ({ input }) =>
      remedy(`${shown(input)} is no taint`, "write key=value:Effect with NoSchedule, PreferNoSchedule or NoExecute"),
  })
  .meta(forEditors(/^[^=:]+(=[^=:]*)?:(NoSchedule|PreferNoSchedule|NoExecute)$/));

function isTaint(text: string): boolean {
  const [, key, value] = /^([^=:]+)(?:=([^=:]*))?:(?:NoSchedule|PreferNoSchedule|NoExecute)$/.exec(text) ?? [];
  return labelKey.safeParse(key).success && labelValue.safeParse(value ?? "").success;
}

export const size = z.string().regex(/^\d+(\.\d+)?(Ki|Mi|Gi|Ti)$/, {
  error: ({ input }) => remedy(`${shown(input)} is no size`, "write a number with Mi, Gi or Ti, such as 10Gi"),
});

/** `30d`, `12h`, as Prometheus writes durations. */
export const duration = z.string().regex(/^\d+(ms|s|m|h|d|w|y)$/, {
  error: ({ input }) => remedy(`${shown(input)} is no duration`, "write a number with s, m, h, d or w, such as 30d"),
});

export const email = z.email({
  error: ({ input }) => remedy(`${shown(input)} is no e-mail address`, "write name@example.com"),
});

export const tailscaleTag = z.string().regex(/^tag:[a-zA-Z][a-zA-Z0-9-]*$/, {
  error: ({ input }) => remedy(`${shown(input)} is no Tailscale tag`, "write tag:name"),
});
