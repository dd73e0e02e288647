import { durations } from "../../durations.ts";
import { bootEnd, type Step } from "./step.ts";

/** Waits for the end of cloud-init. */
export const bootWait: Step = (request) => ({
  stdout: "",
  stderr: "groundwork: boot has ended, and this machine is set up",
  until: bootEnd(request) + durations.step.bootWait,
});
