import { exposureUrl, ingressValues } from "../ingress.ts";
import { lokiUrl } from "../loki.ts";
import {
  type Capability,
  type PlannedManifest,
  type PlatformContext,
  type ReleaseFault,
  SecretRef,
  type Values,
} from "../release.ts";
import { secretManifest } from "../secrets.ts";
import type { DataSource, GrafanaOptions, SignOn } from "./options.ts";

const adminSecret = "grafana-admin";
const signOnSecret = "grafana-sign-on";

/** Values of the chart grafana. */
export function grafanaValues(chosen: GrafanaOptions, context: PlatformContext): Values {
  const { credentials, storage: kept, exposed, signOn } = chosen;
  const sources = dataSources(chosen, context);
  const ini = {
    ...(exposed === undefined ? {} : { server: { domain: exposed.host, root_url: exposureUrl(exposed) } }),
    ...(signOn === undefined ? {} : { "auth.generic_oauth": genericOauth(signOn) }),
  };
  return {
    ...(credentials === "generated"
      ? {}
      : {
          admin: {
            existingSecret: credentials?.existing ?? adminSecret,
            userKey: "admin-user",
            passwordKey: "admin-password",
          },
        }),
    ...(kept === "none"
      ? { persistence: { enabled: false } }
      : {
          persistence: {
            enabled: true,
            size: kept.size,
            ...(kept.class === undefined ? {} : { storageClassName: kept.class }),
          },
          // The volume goes to one pod at a time: a new one beside the old would wait for ever.
          deploymentStrategy: { type: "Recreate" },
        }),
    ingress: ingressValues(exposed, "grafana-tls"),
    ...(Object.keys(ini).length === 0 ? {} : { "grafana.ini": ini }),
    ...(signOn === undefined ? {} : { envFromSecret: signOnSecret }),
    ...(sources.length === 0 ? {} : { additionalDataSources: sources }),
  };
}

/** Source: grafana.com/docs/grafana, "Configure generic OAuth"; what GitLab tells: docs.gitlab.com, "OpenID Connect". */
function genericOauth({ name, issuer, paths, clientId, scopes, ...groups }: SignOn): Values {
  const { allowedGroups, adminGroups, editorGroups } = groups;
  const base = issuer.replace(/\/+$/, "");
  return {
    enabled: true,
    name,
    client_id: clientId,
    scopes: scopes.join(" "),
    auth_url: `${base}${paths.authorize}`,
    token_url: `${base}${paths.token}`,
    api_url: `${base}${paths.userInfo}`,
    use_pkce: true,
    allow_sign_up: true,
    ...(allowedGroups.length === 0 ? {} : { groups_attribute_path: "groups", allowed_groups: allowedGroups.join(" ") }),
    role_attribute_path: [...roleOf("Admin", adminGroups), ...roleOf("Editor", editorGroups), "'Viewer'"].join(" || "),
  };
}

/** JMESPath: the role of members of any of the groups. */
const roleOf = (role: string, groups: readonly string[]): readonly string[] =>
  groups.map((group) => `contains(groups[*], '${group}') && '${role}'`);

const isOwnLoki = ({ type, url }: DataSource): boolean => type === "loki" && url === undefined;

function dataSources({ dataSources: named }: GrafanaOptions, context: PlatformContext): readonly Values[] {
  const own = lokiUrl(context);
  const listed = Object.entries(named).map(([name, source]) => ({
    name,
    type: source.type,
    access: "proxy",
    url: source.url ?? own ?? "",
    ...(Object.keys(source.settings).length === 0 ? {} : { jsonData: source.settings }),
  }));
  if (own === undefined || Object.values(named).some(isOwnLoki)) return listed;
  return [{ name: "Loki", uid: "loki", type: "loki", access: "proxy", url: own }, ...listed];
}

/** Secrets that the chart expects to find. */
export function grafanaManifests(chosen: GrafanaOptions, namespace: string): readonly PlannedManifest[] {
  const { user, passwordSecret, credentials, signOn } = chosen;
  const admin = { "admin-user": user, "admin-password": new SecretRef(passwordSecret) };
  return [
    ...(credentials === undefined
      ? [{ manifest: secretManifest({ name: adminSecret, namespace, data: admin }), before: true }]
      : []),
    ...(signOn === undefined
      ? []
      : [
          {
            manifest: secretManifest({
              name: signOnSecret,
              namespace,
              data: { GF_AUTH_GENERIC_OAUTH_CLIENT_SECRET: new SecretRef(signOn.clientSecret) },
            }),
            before: true,
          },
        ]),
  ];
}

export const grafanaNeeds = ({ credentials }: GrafanaOptions, namespace: string): readonly Capability[] =>
  typeof credentials === "object" ? [`secret:${namespace}/${credentials.existing}`] : [];

export const grafanaSecrets = ({ credentials, passwordSecret, signOn }: GrafanaOptions): readonly string[] => [
  ...(credentials === undefined ? [passwordSecret] : []),
  ...(signOn === undefined ? [] : [signOn.clientSecret]),
];

export function grafanaFaults(chosen: GrafanaOptions, context: PlatformContext): readonly ReleaseFault[] {
  const { signOn, exposed, dataSources: named } = chosen;
  return [
    ...(signOn !== undefined && exposed === undefined
      ? [
          {
            path: ["grafana", "signOn"],
            message: `${signOn.name} sends browsers back to Grafana, which has no address outside`,
            remedy: "set grafana.exposed",
          },
        ]
      : []),
    ...Object.entries(named).flatMap(([name, source]) => {
      const path = ["grafana", "dataSources", name];
      if (source.url !== undefined) return [];
      if (!isOwnLoki(source)) return [{ path, message: `data source ${name} has no address`, remedy: "add its url" }];
      if (lokiUrl(context) !== undefined) return [];
      return [
        {
          path,
          message: `data source ${name} is the stage's own Loki, which is off`,
          remedy: "add groundwork:platform.loki, or the url of another Loki",
        },
      ];
    }),
  ];
}
