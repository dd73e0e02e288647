/**
 * The engine's protocol, as the SDK ships it. The messages are built with the SDK's own copy of google-protobuf: its
 * serializers insist on instances of their own classes.
 */
import "./wire-text.ts";
import { createRequire } from "node:module";
import engineService from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import engineMessages from "@pulumi/pulumi/proto/engine_pb.js";
import resourceService from "@pulumi/pulumi/proto/resource_grpc_pb.js";
import resourceMessages from "@pulumi/pulumi/proto/resource_pb.js";
import type { Empty } from "google-protobuf/google/protobuf/empty_pb.js";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb.js";

const requireFromSdk = createRequire(createRequire(import.meta.url).resolve("@pulumi/pulumi/proto/resource_pb.js"));

const structs = requireFromSdk("google-protobuf/google/protobuf/struct_pb.js") as {
  Struct: { fromJavaScript(value: Readonly<Record<string, unknown>>): Struct };
};
const empties = requireFromSdk("google-protobuf/google/protobuf/empty_pb.js") as { Empty: new () => Empty };

export const monitorService = resourceService.ResourceMonitorService;
export const hostService = engineService.EngineService;
export const messages = resourceMessages;
export const hostMessages = engineMessages;

export function toStruct(value: Readonly<Record<string, unknown>>): Struct {
  return structs.Struct.fromJavaScript(value);
}

export function empty(): Empty {
  return new empties.Empty();
}
