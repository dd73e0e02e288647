import { durations } from "../../durations.ts";
import { bootEnd, type Step } from "./step.ts";

/** A gateway's forwarding and source address translation: nothing that another model looks at. */
export const gateway: Step = (request) => ({ stdout: "", until: bootEnd(request) + durations.step.gateway });
