import type { ProviderModel } from "./model.ts";

/** The models behind the rehearsal's engine: everything outside the program. */
export function createWorld(): ProviderModel[] {
  return [];
}
