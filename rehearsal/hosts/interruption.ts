/** What befalls a command over SSH. */
export type Interruption =
  /** The power goes after its n-th command, and comes again. */
  | { readonly kind: "power-cut"; readonly after: number }
  /** The connection breaks before it begins. */
  | { readonly kind: "dropped" }
  /** It runs to its end, but the connection breaks before its exit status is told. */
  | { readonly kind: "lost-answer" }
  /** It does nothing and ends with this status, as one does that misses something it needs. */
  | { readonly kind: "failure"; readonly status: number }
  /** It begins so many seconds of ours later. */
  | { readonly kind: "slow"; readonly seconds: number }
  /** Its exit status is told so many seconds of ours later. */
  | { readonly kind: "slow-answer"; readonly seconds: number }
  /** It ends well, and then the machine restarts: until it is up again, connections are refused. */
  | { readonly kind: "restart" }
  /** It ends well, and then so many logins are refused, whatever their key. */
  | { readonly kind: "lock-out"; readonly logins: number };
