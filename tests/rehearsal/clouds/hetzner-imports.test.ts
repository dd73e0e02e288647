import { isDeepStrictEqual } from "node:util";
import { expect, test } from "vitest";
import { everything, type } from "./hetzner-program.ts";
import { codeOf, hetzner, refusal } from "./support.ts";

/** What a provider's documentation says that `pulumi import` takes, for everything that a program can make. */
function imported() {
  const { made, engine, model } = everything();
  const { provider } = hetzner();
  const ids = Object.entries(made).map(([kind, resource]) => {
    const id = provider.resource(type(kind))?.importId?.(resource) ?? resource.id;
    return { kind, resource, id };
  });
  return { ids, engine, model };
}

test("everything is imported by the id that its documentation gives", () => {
  const { ids } = imported();
  const shape = (id: string) => id.replaceAll(/\d{6,}/g, "<id>");
  expect(Object.fromEntries(ids.map(({ kind, id }) => [kind, shape(id)]))).toEqual({
    Network: "<id>",
    NetworkSubnet: "<id>-10.0.1.0/24",
    NetworkRoute: "<id>-0.0.0.0/0",
    Firewall: "<id>",
    SshKey: "<id>",
    PlacementGroup: "<id>",
    PrimaryIp: "<id>",
    Server: "<id>",
    ServerNetwork: "<id>-<id>",
    FirewallAttachment: "<id>",
    LoadBalancer: "<id>",
    LoadBalancerNetwork: "<id>-<id>",
    LoadBalancerService: "<id>__80",
    LoadBalancerTarget: "<id>__server__<id>",
    Volume: "<id>",
    VolumeAttachment: "<id>",
    ManagedCertificate: "<id>",
  });
});

test("an import finds the resource's own id, and no input that would replace what it found", () => {
  const { ids, engine } = imported();
  const { provider } = hetzner();
  for (const { kind, resource, id } of ids) {
    const { id: own, inputs } = engine.read(type(kind), id);
    expect([kind, own]).toEqual([kind, resource.id]);
    const replaceOn = provider.resource(type(kind))?.replaceOn ?? [];
    const differing = replaceOn.filter(
      (key) => key in resource.inputs && key in inputs && !isDeepStrictEqual(inputs[key], resource.inputs[key]),
    );
    expect([kind, differing]).toEqual([kind, []]);
  }
});

test("what is not there is not imported", () => {
  const { ids, engine, model } = imported();
  const idOf = (wanted: string) => ids.find(({ kind }) => kind === wanted)?.id ?? "";
  const missing = {
    NetworkSubnet: idOf("NetworkSubnet").replace("10.0.1.0", "10.0.9.0"),
    NetworkRoute: idOf("NetworkRoute").replace("0.0.0.0/0", "10.9.0.0/16"),
    ServerNetwork: idOf("ServerNetwork").replace(/-\d+$/, "-1"),
    LoadBalancerNetwork: idOf("LoadBalancerNetwork").replace(/-\d+$/, "-1"),
    LoadBalancerService: idOf("LoadBalancerService").replace("__80", "__81"),
    LoadBalancerTarget: idOf("LoadBalancerTarget").replace(/__\d+$/, "__1"),
  };
  for (const [kind, id] of Object.entries(missing)) {
    expect([kind, codeOf(refusal(() => engine.read(type(kind), id)))]).toEqual([kind, "not_found"]);
  }
  model.volumes.detach(Number(idOf("VolumeAttachment")));
  expect(codeOf(refusal(() => engine.read(type("VolumeAttachment"), idOf("VolumeAttachment"))))).toBe("not_found");
});
