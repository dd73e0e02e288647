// The providers that a stage uses, and nothing else: what an engine needs to bring them up.
// The one for Kubernetes takes the kubeconfig that KUBECONFIG names.
import "../lib/quiet-sdk.ts";
import * as command from "@pulumi/command";
import * as kubernetes from "@pulumi/kubernetes";
import * as random from "@pulumi/random";
import * as tls from "@pulumi/tls";
import { createProviders } from "../components/providers.ts";
import { loadStage } from "../config/load.ts";

await createProviders(loadStage());
new command.Provider("command");
new kubernetes.Provider("kubernetes", { clusterIdentifier: "bench" });
new random.Provider("random");
new tls.Provider("tls");
