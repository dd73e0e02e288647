import type { RunArgs } from "../../rehearsal/hosts/world.ts";
import * as cluster from "../harness/cluster.ts";

// The steps with more time than the program gives them: on a busy machine a clock that runs faster than ours is ahead of
// what is done by it.

const patience = 6000;
type Step = (pool: cluster.Pool, number: number) => RunArgs;

export const join: Step = (pool, number) => cluster.joinArgs(pool, number, patience);
export const member: Step = (pool, number) => cluster.memberArgs(pool, number, patience);
export const leave: Step = (pool, number) => cluster.leaveArgs(pool, number, { timeout: patience });
