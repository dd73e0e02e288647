import { z } from "zod";
import type { Image } from "../../../../lib/hetzner/catalogue/images.ts";
import type { LoadBalancerType } from "../../../../lib/hetzner/catalogue/load-balancer-types.ts";
import type { Location } from "../../../../lib/hetzner/catalogue/locations.ts";
import type { Deprecation, ServerType } from "../../../../lib/hetzner/catalogue/server-types.ts";
import { readInputs, withoutUndefined } from "../../../inputs.ts";
import { type Props, ServiceError } from "../../../model.ts";
import { type Door, id } from "./door.ts";
import { type Functions, findOne, functionToken, keyArgs, listId, select } from "./lookup.ts";

const imageArgs = z.object({
  id: id.optional(),
  name: z.string().optional(),
  selector: z.string().optional(),
  withSelector: z.string().optional(),
  withArchitecture: z.enum(["x86", "arm"]).optional(),
  mostRecent: z.boolean().default(false),
  includeDeprecated: z.boolean().default(false),
});
const imagesArgs = z.object({
  withSelector: z.string().optional(),
  withArchitectures: z.array(z.string()).optional(),
  includeDeprecated: z.boolean().default(false),
  mostRecent: z.boolean().default(false),
});

const deprecationFields = (deprecation: Deprecation | null): Props => ({
  isDeprecated: deprecation !== null,
  deprecationAnnounced: deprecation?.announced ?? "",
  unavailableAfter: deprecation?.unavailable_after ?? "",
});

const serverTypeResult = (type: ServerType): Props => ({
  id: type.id,
  name: type.name,
  description: type.description,
  category: type.category,
  cores: type.cores,
  memory: type.memory,
  disk: type.disk,
  architecture: type.architecture,
  cpuType: type.cpu_type,
  storageType: type.storage_type,
  includedTraffic: type.prices[0]?.included_traffic ?? 0,
  ...deprecationFields(type.deprecation),
  locations: type.locations.map((location) => ({
    id: location.id,
    name: location.name,
    available: location.available,
    recommended: location.recommended,
    ...deprecationFields(location.deprecation),
  })),
});

const balancerTypeResult = (type: LoadBalancerType): Props => ({
  id: type.id,
  name: type.name,
  description: type.description,
  maxConnections: type.max_connections,
  maxServices: type.max_services,
  maxTargets: type.max_targets,
  maxAssignedCertificates: type.max_assigned_certificates,
  ...deprecationFields(null),
});

const locationResult = ({ network_zone, ...rest }: Location): Props => ({ ...rest, networkZone: network_zone });

const imageResult = (image: Image): Props => ({
  id: image.id,
  name: image.name ?? "",
  type: image.type,
  description: image.description,
  created: image.created,
  osFlavor: image.os_flavor,
  osVersion: image.os_version ?? "",
  architecture: image.architecture,
  rapidDeploy: image.rapid_deploy,
  deprecated: image.deprecated ?? "",
  labels: image.labels,
});

const newestFirst = (images: readonly Image[]): Image[] =>
  [...images].sort((a, b) => b.created.localeCompare(a.created));

/** Data sources of the catalogue: what Hetzner sells and where. */
export function catalogueFunctions(door: Door): Functions {
  const { model } = door;
  return {
    [functionToken("getServerType")]: (args) =>
      serverTypeResult(findOne("server type", model.server_types(), readInputs(keyArgs, args))),
    [functionToken("getServerTypes")]: () => {
      const types = model.server_types();
      return {
        id: listId(types),
        serverTypeIds: types.map((type) => String(type.id)),
        names: types.map((type) => type.name),
        descriptions: types.map((type) => type.description),
        serverTypes: types.map(serverTypeResult),
      };
    },
    [functionToken("getLoadBalancerType")]: (args) =>
      balancerTypeResult(findOne("load balancer type", model.load_balancer_types(), readInputs(keyArgs, args))),
    [functionToken("getLoadBalancerTypes")]: () => ({
      id: listId(model.load_balancer_types()),
      loadBalancerTypes: model.load_balancer_types().map(balancerTypeResult),
    }),
    [functionToken("getLocation")]: (args) =>
      locationResult(findOne("location", model.locations(), readInputs(keyArgs, args))),
    [functionToken("getLocations")]: () => {
      const locations = model.locations();
      return {
        id: listId(locations),
        locationIds: locations.map((location) => String(location.id)),
        names: locations.map((location) => location.name),
        descriptions: locations.map((location) => location.description),
        locations: locations.map(locationResult),
      };
    },
    [functionToken("getImage")]: (args) => {
      const wanted = readInputs(imageArgs, args);
      const usable = model
        .images()
        .filter((image) => wanted.id !== undefined || image.architecture === (wanted.withArchitecture ?? "x86"))
        .filter((image) => wanted.includeDeprecated || wanted.id !== undefined || image.deprecated === null);
      const key = { id: wanted.id, name: wanted.name, selector: wanted.withSelector ?? wanted.selector };
      const newest = wanted.mostRecent
        ? newestFirst(
            select(usable, key.selector).filter((image) => key.name === undefined || image.name === key.name),
          )[0]
        : undefined;
      return { ...wanted, ...imageResult(newest ?? findOne("image", usable, key)) };
    },
    [functionToken("getImages")]: (args) => {
      const wanted = readInputs(imagesArgs, args);
      const images = select(model.images(), wanted.withSelector)
        .filter((image) => wanted.withArchitectures?.includes(image.architecture) ?? true)
        .filter((image) => wanted.includeDeprecated || image.deprecated === null);
      return withoutUndefined({
        ...wanted,
        id: listId(images),
        images: (wanted.mostRecent ? newestFirst(images) : images).map(imageResult),
      });
    },
    [functionToken("getDatacenter")]: () => {
      throw new ServiceError("deprecated_api_endpoint", "data centers were removed on 1 July 2026: use getLocation");
    },
  };
}
