/**
 * Options of a part of a network or a load balancer whose creation failed: the next `up` makes it anew. The provider
 * notes such a part as soon as Hetzner has begun to make it, and when that fails there is nothing for an update to find:
 * each `up` would say "did not exist while updating" or "doesn't support update". Taken away first, because a second one
 * of the same port or destination is refused; a service that was only to be changed is gone for a second then.
 *
 * Not for subnets: the provider crashes when it is to delete one that is not there. `npm run recover` reads them anew.
 *
 * Source: pulumi/pulumi, pkg/resource/deploy/step_generator.go, `initErrorSpecialKey`;
 * hetznercloud/terraform-provider-hcloud, internal/loadbalancer/resource_service.go, internal/network/resource_*.go.
 */
export const remadeWhenUnfinished = { replaceOnChanges: ["#initerror"], deleteBeforeReplace: true };
