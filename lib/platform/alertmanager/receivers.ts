import { objectId } from "../objects.ts";
import {
  type Manifest,
  type PlannedManifest,
  type ReleaseFault,
  SecretRef,
  type Value,
  type Values,
} from "../release.ts";
import { secretManifest } from "../secrets.ts";
import { matrixBridge, roomUrl } from "./matrix.ts";
import type { AlertmanagerOptions, Receiver } from "./options.ts";

/** Alerts that say nothing about the cluster: one always fires to show that the way works, one silences others. */
const silent = "Watchdog|InfoInhibitor";

/**
 * Each receiver is an AlertmanagerConfig with a Secret of its own. Alertmanager's configuration as text would take
 * Discord's address in plain: the operator refuses `webhook_url_file` in it.
 * Source: github.com/prometheus/alertmanager/issues/5298
 */
export function receiverManifests(
  { receivers, matrix, repeat }: AlertmanagerOptions,
  namespace: string,
): readonly PlannedManifest[] {
  const rooms = Object.entries(receivers).flatMap(([name, receiver]) =>
    receiver.type === "matrix" ? [[name, receiver.room] as const] : [],
  );
  return [
    ...Object.entries(receivers).flatMap(([name, receiver]) => one({ name, receiver, repeat, namespace })),
    ...(matrix === undefined || rooms.length === 0 ? [] : matrixBridge(matrix, Object.fromEntries(rooms), namespace)),
  ];
}

interface Named {
  readonly name: string;
  readonly receiver: Receiver;
  readonly repeat: string;
  readonly namespace: string;
}

function one({ name, receiver, repeat, namespace }: Named): readonly PlannedManifest[] {
  const { secret, config } = ways({ name, receiver, repeat, namespace });
  const matchers = [
    { name: "alertname", matchType: "!~", value: silent },
    ...(receiver.severities === undefined
      ? []
      : [{ name: "severity", matchType: "=~", value: receiver.severities.join("|") }]),
  ];
  const manifest: Manifest = {
    apiVersion: "monitoring.coreos.com/v1alpha1",
    kind: "AlertmanagerConfig",
    metadata: { name, namespace },
    spec: {
      route: { receiver: name, groupBy: ["alertname", "namespace"], repeatInterval: repeat, matchers },
      receivers: [{ name, ...config }],
    },
  };
  if (secret === undefined) return [{ manifest }];
  return [{ manifest: secret }, { manifest, needs: [`object:${objectId(secret)}`] }];
}

/** How a receiver is reached: its part of the configuration, and the Secret that this refers to. */
function ways({ name, receiver, namespace }: Named): { readonly secret?: Manifest; readonly config: Values } {
  switch (receiver.type) {
    case "discord": {
      const { secret, reference } = address(name, receiver.urlSecret, namespace);
      return { secret, config: { discordConfigs: [{ apiURL: reference, sendResolved: true }] } };
    }
    case "webhook": {
      const { secret, reference } = address(name, receiver.urlSecret, namespace);
      return { secret, config: { webhookConfigs: [{ urlSecret: reference, sendResolved: true }] } };
    }
    case "matrix":
      return { config: { webhookConfigs: [{ url: roomUrl(name, namespace), sendResolved: true }] } };
    default: {
      const unknown: never = receiver;
      throw new Error(`unknown kind of receiver: ${JSON.stringify(unknown)}`);
    }
  }
}

function address(
  receiver: string,
  secret: string,
  namespace: string,
): { readonly secret: Manifest; readonly reference: Value } {
  const name = `alertmanager-${receiver}`;
  return {
    secret: secretManifest({ name, namespace, data: { url: new SecretRef(secret) } }),
    reference: { name, key: "url" },
  };
}

/** Names of the secrets that receivers are reached by. */
export function receiverSecrets({ receivers, matrix }: AlertmanagerOptions): readonly string[] {
  const all = Object.values(receivers);
  const urls = all.flatMap((receiver) => (receiver.type === "matrix" ? [] : [receiver.urlSecret]));
  const token = matrix !== undefined && all.some(({ type }) => type === "matrix") ? [matrix.tokenSecret] : [];
  return [...new Set([...urls, ...token])];
}

export function receiverFaults({ receivers, matrix }: AlertmanagerOptions): readonly ReleaseFault[] {
  const rooms = Object.entries(receivers).filter(([, { type }]) => type === "matrix");
  if (matrix === undefined) {
    return rooms.map(([name]) => ({
      path: ["alertmanager", "receivers", name],
      message: `receiver ${name} is a room of Matrix, and there is no account to write to it as`,
      remedy: "add alertmanager.matrix with homeserver and user",
    }));
  }
  if (rooms.length > 0) return [];
  return [
    {
      path: ["alertmanager", "matrix"],
      message: "there is an account for Matrix, and no receiver that is a room",
      remedy: "add one to alertmanager.receivers with type: matrix, or leave the account out",
    },
  ];
}
