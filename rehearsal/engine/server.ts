/** The engine's side of the protocol, on loopback: what the SDK calls, and what this engine answers. */
import {
  type handleUnaryCall,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type sendUnaryData,
  status,
} from "@grpc/grpc-js";
import type { LogRequest } from "@pulumi/pulumi/proto/engine_pb.js";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb.js";
import type { Empty } from "google-protobuf/google/protobuf/empty_pb.js";
import type { RecordedOptions } from "../recording.ts";
import { type Deployment, Refused } from "./deployment.ts";
import type { Ledger } from "./ledger.ts";
import { invoke, organization, read } from "./lookups.ts";
import { messageOf, RequestError } from "./perform.ts";
import { empty, hostMessages, hostService, messages, monitorService, toStruct } from "./protocol.ts";
import { readRegistration } from "./request.ts";
import { OperationFailed } from "./settle.ts";
import type { State } from "./state.ts";
import { providerUrn } from "./urn.ts";
import { decode, encode } from "./values.ts";

/**
 * In every refusal that the resource's record already tells of. The SDK reports such an error once more, with a stack,
 * as its own: lines that hold this are left out of the log.
 */
export const reported = "(see the resource's own error)";

export interface ServedRun {
  readonly ledger: Ledger;
  readonly deployment: Deployment;
  readonly previous: State;
}

export interface Listening {
  readonly address: string;
  close(): void;
}

export async function serve(run: ServedRun): Promise<Listening> {
  const server = new Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
  server.addService(monitorService, monitorHandlers(run));
  server.addService(hostService, hostHandlers(run));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return { address: `127.0.0.1:${port}`, close: () => server.forceShutdown() };
}

const { ResourceMonitorFeature: feature } = messages;

/** What this engine does, in the words of both generations of the question. Transforms, hooks and migrations are not. */
const features = new Map([
  ["secrets", feature.RESOURCE_MONITOR_FEATURE_SECRETS],
  ["resourceReferences", feature.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES],
  ["outputValues", feature.RESOURCE_MONITOR_FEATURE_OUTPUT_VALUES],
  ["aliasSpecs", feature.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS],
  ["replacementTrigger", feature.RESOURCE_MONITOR_FEATURE_REPLACEMENT_TRIGGER],
  ["deletedWith", feature.RESOURCE_MONITOR_FEATURE_DELETED_WITH],
  ["replaceWith", feature.RESOURCE_MONITOR_FEATURE_REPLACE_WITH],
  ["parameterization", feature.RESOURCE_MONITOR_FEATURE_PARAMETERIZATION],
  ["invokeDependsOn", feature.RESOURCE_MONITOR_FEATURE_INVOKE_DEPENDS_ON],
]);

/** Turns a function into a handler: what it throws fails the call. */
function answer<Request, Reply>(handle: (request: Request) => Reply | Promise<Reply>): handleUnaryCall<Request, Reply> {
  return (call: ServerUnaryCall<Request, Reply>, done: sendUnaryData<Reply>) => {
    Promise.resolve()
      .then(() => handle(call.request))
      .then(
        (reply) => done(null, reply),
        (error: unknown) => done(failure(error)),
      );
  };
}

function failure(error: unknown): { code: status; details: string } {
  const isReported = error instanceof OperationFailed || error instanceof Refused;
  return { code: status.INTERNAL, details: isReported ? `${error.message} ${reported}` : messageOf(error) };
}

function unsupported(what: string) {
  return answer(() => {
    throw new RequestError(`this rehearsal does not support ${what}`);
  });
}

function monitorHandlers({ ledger, deployment, previous }: ServedRun) {
  let packages = 0;
  return {
    getDeploymentInfo: answer(() => {
      const reply = new messages.DeploymentInfo();
      reply.setProject(ledger.project);
      reply.setStack(ledger.stack);
      reply.setOrganization(organization);
      reply.setSupportedfeaturesList([...features.values()]);
      return reply;
    }),
    supportsFeature: answer((request: InstanceType<typeof messages.SupportsFeatureRequest>) => {
      const reply = new messages.SupportsFeatureResponse();
      reply.setHassupport(features.has(request.getId()));
      return reply;
    }),
    registerResource: answer(async (request: RegisterResourceRequest) => {
      if (request.getRemote())
        throw new RequestError(`${request.getType()} is a remote component: no model builds one`);
      const { urn, id, outputs } = await deployment.register(readRegistration(request));
      const reply = new messages.RegisterResourceResponse();
      reply.setUrn(urn);
      reply.setId(id);
      reply.setObject(toStruct(encode(outputs)));
      return reply;
    }),
    registerResourceOutputs: answer((request: InstanceType<typeof messages.RegisterResourceOutputsRequest>) => {
      deployment.registerOutputs(request.getUrn(), decode(request.getOutputs()?.toJavaScript() ?? {}).values);
      return empty();
    }),
    readResource: answer(async (request: InstanceType<typeof messages.ReadResourceRequest>) => {
      const { urn, outputs } = await read(ledger, readRequest(request), previous.stackOutputs);
      const reply = new messages.ReadResourceResponse();
      reply.setUrn(urn);
      reply.setProperties(toStruct(encode(outputs)));
      return reply;
    }),
    invoke: answer(async (request: InstanceType<typeof messages.ResourceInvokeRequest>) => {
      const provider = request.getProvider();
      const result = await invoke(ledger, {
        token: request.getTok(),
        args: decode(request.getArgs()?.toJavaScript() ?? {}).values,
        ...(provider === "" ? {} : { provider: providerUrn(provider) }),
        dependencies: request.getDependsonList(),
      });
      const reply = new messages.ResourceInvokeResponse();
      reply.setReturn(toStruct(encode(result)));
      return reply;
    }),
    call: answer((request: InstanceType<typeof messages.ResourceCallRequest>) => {
      throw new RequestError(
        `no model answers the method ${request.getTok()}: methods of resources cannot be rehearsed`,
      );
    }),
    registerPackage: answer(() => {
      const reply = new messages.RegisterPackageResponse();
      packages += 1;
      reply.setRef(`package-${packages}`);
      return reply;
    }),
    existsResource: unsupported("asking whether a resource exists"),
    registerStackTransform: unsupported("transforms"),
    registerStackInvokeTransform: unsupported("transforms of data sources"),
    registerResourceHook: unsupported("resource hooks"),
    registerErrorHook: unsupported("error hooks"),
    signalAndWaitForShutdown: answer(empty),
  };
}

function readRequest(request: InstanceType<typeof messages.ReadResourceRequest>) {
  const parent = request.getParent();
  const provider = request.getProvider();
  const secrets = request.getAdditionalsecretoutputsList();
  const options: RecordedOptions = {
    ...(provider === "" ? {} : { provider: providerUrn(provider) }),
    ...(secrets.length === 0 ? {} : { additionalSecretOutputs: secrets }),
  };
  return {
    type: request.getType(),
    name: request.getName(),
    id: request.getId(),
    ...(parent === "" ? {} : { parent }),
    inputs: decode(request.getProperties()?.toJavaScript() ?? {}).values,
    dependencies: request.getDependenciesList(),
    options,
  };
}

/** By the number that the protocol gives them. */
const severities: readonly ("debug" | "info" | "warning" | "error")[] = ["debug", "info", "warning", "error"];

function hostHandlers({ ledger }: ServedRun) {
  let root = "";
  const nothing = empty();
  const writeLine = (severity: "info" | "warning" | "error", message: string, urn: string) => {
    if (!message.includes(reported)) ledger.write(severity, message, urn === "" ? undefined : urn);
  };
  return {
    // The SDK waits for each line before it sends the next, and debug lines are many: no promise is made for one.
    log({ request }: ServerUnaryCall<LogRequest, Empty>, done: sendUnaryData<Empty>) {
      const severity = severities[request.getSeverity()] ?? "info";
      if (severity !== "debug") writeLine(severity, request.getMessage(), request.getUrn());
      done(null, nothing);
    },
    getRootResource: answer(() => {
      const reply = new hostMessages.GetRootResourceResponse();
      reply.setUrn(root);
      return reply;
    }),
    setRootResource: answer((request: InstanceType<typeof hostMessages.SetRootResourceRequest>) => {
      root = request.getUrn();
      return new hostMessages.SetRootResourceResponse();
    }),
    startDebugging: answer(empty),
    // The engine that this stands for is the one that belongs to the SDK: it fits.
    requirePulumiVersion: answer(() => new hostMessages.RequirePulumiVersionResponse()),
  };
}
