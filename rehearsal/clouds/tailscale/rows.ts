interface Capabilities {
  readonly devices: {
    readonly create: {
      readonly reusable: boolean;
      readonly ephemeral: boolean;
      readonly preauthorized: boolean;
      readonly tags: readonly string[];
    };
  };
}

/** An auth key as the API returns it; `key` only when it is made. */
export interface AuthKey {
  readonly id: string;
  readonly keyType: "auth";
  readonly key?: string;
  readonly created: string;
  readonly expires: string;
  readonly expirySeconds: number;
  readonly revoked: string | null;
  readonly invalid: boolean;
  readonly capabilities: Capabilities;
  readonly description: string;
  /** Empty for what an OAuth client made. */
  readonly userId: string;
}

export interface KeyRow extends Omit<AuthKey, "key" | "invalid"> {
  readonly secret: string;
  /** When a one-use key was used. */
  spent: boolean;
}

/** A device as `GET /tailnet/-/devices?fields=all` returns it. */
export interface Device {
  /** The old kind of id; `nodeId` is the preferred one. */
  readonly id: string;
  readonly nodeId: string;
  /** Full name in the tailnet, unique; not so the host's own. */
  name: string;
  hostname: string;
  readonly addresses: readonly string[];
  readonly user: string;
  tags: string[];
  authorized: boolean;
  keyExpiryDisabled: boolean;
  readonly created: string;
  lastSeen: string;
  readonly expires: string;
  readonly os: string;
  readonly clientVersion: string;
  readonly updateAvailable: boolean;
  readonly isExternal: boolean;
  readonly isEphemeral: boolean;
  readonly blocksIncomingConnections: boolean;
  readonly machineKey: string;
  readonly nodeKey: string;
  readonly tailnetLockError: string;
  readonly tailnetLockKey: string;
  advertisedRoutes: string[];
  enabledRoutes: string[];
}
