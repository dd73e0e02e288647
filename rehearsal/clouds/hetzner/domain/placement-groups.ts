import { z } from "zod";
import { ServiceError } from "../../../model.ts";
import type { PlacementGroupRow, ServerRow } from "./rows.ts";

import { type Cloud, claimName, claimQuota, copy, findRow, labelsField, read, rename, renameRequest } from "./state.ts";

/** A placement group as the API returns it. */
export interface PlacementGroup extends PlacementGroupRow {
  readonly servers: readonly number[];
}

const groupRequest = z.object({ name: z.string().min(1), type: z.enum(["spread"]), labels: labelsField.default({}) });

/** docs.hetzner.com/cloud/placement-groups/overview; they may be in different locations. */
const maxServers = 10;

const members = (cloud: Cloud, group: number): number[] =>
  [...cloud.servers.rows.values()].filter((row) => row.placement_group === group).map((row) => row.id);

/** @throws ServiceError `placement_error` when the group is full: no eleventh host is kept apart from ten others. */
export function joinPlacementGroup(cloud: Cloud, server: ServerRow, id: number): void {
  const group = findRow(cloud.placement_groups, id);
  if (members(cloud, id).length >= maxServers) {
    throw new ServiceError(
      "placement_error",
      `error during placement: placement group '${group.name}' already has ${maxServers} servers, no room for '${server.name}'`,
    );
  }
  server.placement_group = id;
}

export function viewPlacementGroup(cloud: Cloud, row: PlacementGroupRow): PlacementGroup {
  return copy({ ...row, servers: members(cloud, row.id) });
}

/** `/placement_groups` of the API. */
export function placementGroupOperations(cloud: Cloud) {
  const find = (id: number): PlacementGroupRow => findRow(cloud.placement_groups, id);
  const view = (row: PlacementGroupRow): PlacementGroup => viewPlacementGroup(cloud, row);
  return {
    list: (): PlacementGroup[] => [...cloud.placement_groups.rows.values()].map(view),
    get: (id: number): PlacementGroup => view(find(id)),
    create(body: unknown): PlacementGroup {
      const request = read(groupRequest, body);
      claimName(cloud.placement_groups, request.name);
      claimQuota(cloud, "placement_groups");
      const row: PlacementGroupRow = { id: cloud.placement_groups.nextId(), created: cloud.timestamp(), ...request };
      cloud.placement_groups.rows.set(row.id, row);
      return view(row);
    },
    update(id: number, body: unknown): PlacementGroup {
      const row = find(id);
      rename(cloud.placement_groups, row, read(renameRequest, body));
      return view(row);
    },
    delete(id: number): void {
      const row = find(id);
      const inside = members(cloud, id);
      // The reference names no code of its own for it.
      if (inside.length > 0)
        throw new ServiceError(
          "resource_in_use",
          `placement group '${row.name}' still has servers ${inside.join(", ")}`,
        );
      cloud.placement_groups.rows.delete(id);
    },
  };
}
