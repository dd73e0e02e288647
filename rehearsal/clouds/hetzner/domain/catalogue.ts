import { type Image, snapshot, systemImages } from "../../../../lib/hetzner/catalogue/images.ts";
import { type LoadBalancerType, loadBalancerTypes } from "../../../../lib/hetzner/catalogue/load-balancer-types.ts";
import { type Location, locations } from "../../../../lib/hetzner/catalogue/locations.ts";
import { type ServerType, serverTypes } from "../../../../lib/hetzner/catalogue/server-types.ts";
import { ServiceError } from "../../../model.ts";
import { type Cloud, invalid } from "./state.ts";

type IdOrName = string | number;

const matches = (row: { readonly id: number; readonly name: string | null }, wanted: IdOrName): boolean =>
  row.name === wanted || String(row.id) === String(wanted);

export function findLocation(wanted: IdOrName): Location {
  const location = locations.find((row) => matches(row, wanted));
  if (location === undefined) {
    throw invalid("location", `'${wanted}' is no location; there are ${locations.map((row) => row.name).join(", ")}`);
  }
  return location;
}

export function findServerType(wanted: IdOrName): ServerType {
  const type = serverTypes.find((row) => matches(row, wanted));
  if (type === undefined) throw invalid("server_type", `'${wanted}' is no server type, or no longer one`);
  return type;
}

export function findLoadBalancerType(wanted: IdOrName): LoadBalancerType {
  const type = loadBalancerTypes.find((row) => matches(row, wanted));
  if (type === undefined) {
    throw invalid(
      "load_balancer_type",
      `'${wanted}' is none; there are ${loadBalancerTypes.map((row) => row.name).join(", ")}`,
    );
  }
  return type;
}

/** System images and the project's snapshots. */
export function listImages(cloud: Cloud): readonly Image[] {
  return [...systemImages, ...(cloud.options.snapshots ?? []).map(snapshot)];
}

const monthsOfGrace = 3;

/**
 * The image for a server of an architecture.
 * @throws ServiceError `invalid_input`: no such image, none for the architecture, or out of use.
 */
export function findImage(cloud: Cloud, wanted: IdOrName, architecture: "x86" | "arm"): Image {
  const named = listImages(cloud).filter((row) => matches(row, wanted));
  const image = named.find((row) => row.architecture === architecture);
  if (image === undefined) {
    const others = named.map((row) => row.architecture).join(", ");
    throw invalid(
      "image",
      others === ""
        ? `image '${wanted}' not found`
        : `image '${wanted}' is for ${others}, the server type is ${architecture}`,
    );
  }
  if (image.deprecated !== null) {
    const end = new Date(image.deprecated);
    end.setUTCMonth(end.getUTCMonth() + monthsOfGrace);
    if (cloud.options.now() >= end) throw invalid("image", `image '${wanted}' is deprecated since ${image.deprecated}`);
  }
  return image;
}

/** @throws ServiceError when no server of the type can be had in the location now. */
export function refuseUnavailable(cloud: Cloud, type: ServerType, location: Location): void {
  const offer = type.locations.find((row) => row.name === location.name);
  if (offer === undefined) {
    throw invalid(
      "location",
      `unsupported location for server type: ${type.name} is offered in ${type.locations.map((row) => row.name).join(", ")}, not in ${location.name}`,
    );
  }
  if (offer.deprecation !== null && cloud.options.now() >= new Date(offer.deprecation.unavailable_after)) {
    throw invalid(
      "server_type",
      `server type ${type.name} is deprecated in ${location.name} since ${offer.deprecation.announced}`,
    );
  }
  const soldOut = cloud.options.soldOut?.some((row) => row.serverType === type.name && row.location === location.name);
  if (!offer.available || soldOut) {
    throw new ServiceError(
      "resource_unavailable",
      `error during placement: server type ${type.name} is not available in ${location.name} at present`,
    );
  }
}
