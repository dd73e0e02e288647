import { messageOf } from "../words.ts";

/** What is known of a Talos minor. Source: docs.siderolabs.com/talos/v<minor>/getting-started/support-matrix */
interface TalosMinor {
  /** Kubernetes 1.<oldest> to 1.<newest> run on it. */
  readonly kubernetes: { readonly oldest: number; readonly newest: number };
  /** KubeSpan has a document of its own; before, it is a part of `machine.network`. */
  readonly kubeSpanDocument: boolean;
}

const minors: Readonly<Record<string, TalosMinor>> = {
  "1.12": { kubernetes: { oldest: 30, newest: 35 }, kubeSpanDocument: false },
  "1.13": { kubernetes: { oldest: 31, newest: 36 }, kubeSpanDocument: true },
};

/** A pair that new stacks get: a Talos release, and the Kubernetes that its `talosctl gen config` writes. */
export const talosDefault = { version: "v1.13.9", kubernetes: "v1.36.3" };

/**
 * The minor of a Talos release, whose documents this program knows how to write.
 * @param version `v1.13.9`
 */
export function talosMinor(version: string): TalosMinor {
  const minor = /^v(\d+\.\d+)\.\d+$/.exec(version)?.[1];
  const known = minor === undefined || !Object.hasOwn(minors, minor) ? undefined : minors[minor];
  if (known === undefined)
    throw new Error(
      `no machine configuration is known for Talos ${version} → use a release of ${Object.keys(minors).join(" or ")}, such as ${talosDefault.version}`,
    );
  return known;
}

/**
 * Why a pair of releases cannot be used, or undefined when it can.
 * @param version Talos: `v1.13.9`
 * @param kubernetes `v1.36.3`
 */
export function talosRefusal(version: string, kubernetes: string): string | undefined {
  let known: TalosMinor;
  try {
    known = talosMinor(version);
  } catch (error) {
    return messageOf(error);
  }
  const minor = Number(/^v1\.(\d+)\.\d+$/.exec(kubernetes)?.[1] ?? Number.NaN);
  const { oldest, newest } = known.kubernetes;
  if (minor >= oldest && minor <= newest) return undefined;
  return `Talos ${version} does not run Kubernetes ${kubernetes} → use v1.${oldest} to v1.${newest}`;
}
