/** An OpenID Connect issuer whose tokens the API server takes. */
export interface Oidc {
  readonly issuer: string;
  /** The application that tokens are for. */
  readonly clientId: string;
  /** Claims that name a person, and the groups that they are in. */
  readonly usernameClaim: string;
  readonly groupsClaim: string;
}

/** Before names and groups of the issuer's, so that nobody can be called as somebody of the cluster's own. */
export const oidcPrefix = "oidc:";

/** Flags of kube-apiserver. Source: kubernetes.io/docs/reference/access-authn-authz/authentication, "Using flags". */
export const oidcFlags = ({
  issuer,
  clientId,
  usernameClaim,
  groupsClaim,
}: Oidc): Readonly<Record<string, string>> => ({
  "oidc-issuer-url": issuer,
  "oidc-client-id": clientId,
  "oidc-username-claim": usernameClaim,
  "oidc-username-prefix": oidcPrefix,
  "oidc-groups-claim": groupsClaim,
  "oidc-groups-prefix": oidcPrefix,
});
