import type { Credentials } from "./credentials.ts";

/** Who the provider acts as: whom the program's provider resource named last, an admin until then. */
export interface Session {
  credentials: Credentials;
}
