import { packageOf } from "../engine/urn.ts";
import type { Finding } from "../model.ts";
import { present, type Rule } from "./rule.ts";

/** The default Kubernetes provider takes whatever cluster `~/.kube/config` points at. */
export const ambientProvider: Rule = (recording) =>
  present(recording)
    .filter(({ custom, type, options }) => custom && packageOf(type) === "kubernetes" && options.provider === undefined)
    .map(
      ({ urn }): Finding => ({
        rule: "ambient-provider",
        urn,
        message: "it has no explicit provider, so it goes to whichever cluster the kubeconfig at hand points at",
        remedy: "pass the cluster's provider: as its option `provider`, or as `providers` of a component above it",
      }),
    );
