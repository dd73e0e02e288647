import { isNode, type PlannedMachine } from "../../lib/nodes.ts";

/**
 * Options of a resource whose making failed half way: the next `up` makes it anew instead of changing it. Providers note
 * what a service has begun to make, and when that fails, their update finds nothing that it could change (a load
 * balancer's service: "did not exist while updating"; a route: "doesn't support update"), or takes for whole what is
 * not: a server that was never started, a disk as small as its image. What there is of it is taken away first, since a
 * second one of the same name, port or destination is refused.
 *
 * Not for subnets at Hetzner: the provider crashes when it is to delete one that is not there. `npm run recover` reads
 * them anew.
 *
 * Source: pulumi/pulumi, pkg/resource/deploy/step_generator.go, `initErrorSpecialKey`; hetznercloud/terraform-provider-
 * hcloud, internal/loadbalancer/resource_service.go, internal/network/resource_route.go, resource_subnet.go.
 */
export const remadeWhenUnfinished = { replaceOnChanges: ["#initerror"], deleteBeforeReplace: true };

/** Whether a machine has ever stood. Of one that is no node nothing is known but that the others have. */
export const stands = (machine: PlannedMachine, established: ReadonlySet<string>): boolean =>
  isNode(machine) ? established.has(machine.name) : established.size > 0;

/** The same for a machine, as long as it never stood: once it does, nothing that fails may take its disks. */
export const remadeUnless = (hasStood: boolean) => (hasStood ? { deleteBeforeReplace: true } : remadeWhenUnfinished);
