import { z } from "zod";
import { hostname, label } from "../primitives.ts";
import type { Capability, Values } from "./release.ts";

/** How a release's web page is reached from outside. */
export const exposure = z.strictObject({
  host: hostname.meta({ description: "Host name, such as grafana.example.com." }),
  ingressClass: label.default("haproxy").meta({ description: "Ingress class that serves it." }),
  issuer: label.optional().meta({ description: "ClusterIssuer of its certificate. Absent: plain HTTP." }),
});
export type Exposure = z.output<typeof exposure>;

/** An Ingress is served and gets its certificate whenever its class and its issuer come: nothing waits for them. */
export function exposureUses(exposed: Exposure | undefined): readonly Capability[] {
  if (exposed === undefined) return [];
  const { ingressClass, issuer } = exposed;
  return [`ingress-class:${ingressClass}`, ...(issuer === undefined ? [] : ([`issuer:${issuer}`] as const))];
}

/**
 * Ingress values in the form that most charts take: `hosts` a list of names, `tls` as in an Ingress.
 * @param secretName Secret that the certificate is kept in; cert-manager makes it.
 */
export function ingressValues(exposed: Exposure | undefined, secretName: string): Values {
  if (exposed === undefined) return { enabled: false };
  const { host, ingressClass, issuer } = exposed;
  const plain = { enabled: true, ingressClassName: ingressClass, hosts: [host] };
  if (issuer === undefined) return plain;
  return { ...plain, annotations: { "cert-manager.io/cluster-issuer": issuer }, tls: [{ secretName, hosts: [host] }] };
}

export const exposureUrl = ({ host, issuer }: Exposure): string =>
  `${issuer === undefined ? "http" : "https"}://${host}`;
