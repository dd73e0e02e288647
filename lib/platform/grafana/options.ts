import { z } from "zod";
import { label, secretName, url } from "../../primitives.ts";
import { shown } from "../../shown.ts";
import { exposure } from "../ingress.ts";
import { storage } from "../storage.ts";

const group = z.string().regex(/^[^\s',]+$/, {
  error: ({ input }) => `${shown(input)} is no group → write its whole path, such as example/platform`,
});

const signOn = z.strictObject({
  name: z.string().min(1).default("GitLab").meta({ description: "What the button says." }),
  issuer: url.default("https://gitlab.com").meta({ description: "The provider's address: GitLab's, or another's." }),
  paths: z
    .strictObject({
      authorize: z
        .string()
        .startsWith("/")
        .default("/oauth/authorize")
        .meta({ description: "Where browsers sign in." }),
      token: z.string().startsWith("/").default("/oauth/token").meta({ description: "Where codes become tokens." }),
      userInfo: z.string().startsWith("/").default("/oauth/userinfo").meta({ description: "Who somebody is." }),
    })
    .prefault({})
    .meta({ description: "Below the issuer; GitLab's own unless told otherwise." }),
  clientId: z.string().min(1).meta({
    description: "Of the application; its redirect URI is https://<host>/login/generic_oauth.",
  }),
  clientSecret: secretName
    .default("grafana-oidc-client-secret")
    .meta({ description: "Secret with the application's secret." }),
  scopes: z.array(z.string().min(1)).min(1).default(["openid", "profile", "email"]).meta({ description: "Asked for." }),
  allowedGroups: z
    .array(group)
    .default([])
    .meta({ description: "Only their members come in. None: everybody who can sign in there." }),
  adminGroups: z.array(group).default([]).meta({ description: "Their members are administrators." }),
  editorGroups: z.array(group).default([]).meta({ description: "Their members may edit; others only look." }),
});
export type SignOn = z.output<typeof signOn>;

const dataSource = z.strictObject({
  type: z.string().min(1).meta({ description: "As Grafana calls it: prometheus, loki, mysql and others." }),
  url: z
    .union([url, z.string().regex(/^[-.\w]+:\d+$/)], {
      error: () => "this is no address of a data source → write http(s)://host:port, or host:port for a database",
    })
    .optional()
    .meta({ description: "Its address. Absent for type loki: the stage's own Loki." }),
  settings: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .default({})
    .meta({ description: "Its jsonData: nothing secret." }),
});
export type DataSource = z.output<typeof dataSource>;

export const grafanaOptions = z
  .strictObject({
    user: z.string().min(1).default("admin").meta({ description: "Name of Grafana's administrator." }),
    passwordSecret: secretName
      .default("grafana-password")
      .meta({ description: "Secret with that administrator's password." }),
    credentials: z
      .union([
        z.literal("generated"),
        z.strictObject({ existing: label.meta({ description: "Name of that Secret." }) }),
      ])
      .optional()
      .meta({
        description:
          "Instead of user and passwordSecret. `generated`: admin and a password that the chart makes, in the Secret monitoring/kube-prometheus-stack-grafana. `existing`: name of a Secret in namespace monitoring with the keys admin-user and admin-password.",
      }),
    storage: storage("10Gi"),
    exposed: exposure.optional().meta({ description: "Reach it from outside. Absent: within the cluster only." }),
    signOn: signOn
      .optional()
      .meta({ description: "Sign-on by an OpenID Connect provider, GitLab unless told otherwise." }),
    dashboards: z
      .boolean()
      .default(true)
      .meta({ description: "Dashboards of dashboards/ beside the chart's own: docs/observability.md lists them." }),
    dataSources: z
      .record(z.string().regex(/^\w[-\w ]*$/), dataSource)
      .default({})
      .meta({ description: "Data sources beside Prometheus, Alertmanager and the stage's Loki, by name." }),
  })
  .prefault({});
export type GrafanaOptions = z.output<typeof grafanaOptions>;
