export { type Host, type Outcome, type RunArgs, World } from "../../rehearsal/hosts/world.ts";
