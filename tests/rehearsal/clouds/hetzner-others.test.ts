import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import type { Props } from "../../../rehearsal/model.ts";
import { createTls } from "../../../rehearsal/tls/provider.ts";
import { hetzner, noon, plainServer, publicKey, refusal } from "./support.ts";

test("an SSH key is one, under one name, once", () => {
  const { model } = hetzner();
  const public_key = publicKey();
  const { fingerprint } = model.ssh_keys.create({ name: "admin", public_key });
  expect(fingerprint).toMatch(/^([0-9a-f]{2}:){15}[0-9a-f]{2}$/);
  expect([
    refusal(() => model.ssh_keys.create({ name: "admin", public_key: publicKey() })),
    refusal(() => model.ssh_keys.create({ name: "same", public_key })),
    refusal(() => model.ssh_keys.create({ name: "none", public_key: "ssh-ed25519 AAAA" })),
    refusal(() => model.ssh_keys.create({ name: "none", public_key: public_key.replace("ssh-ed25519", "ssh-rsa") })),
  ]).toMatchInlineSnapshot(`
    [
      "name is already used: SSH key 26000801 is called 'admin' (uniqueness_error)",
      "SSH key with the same fingerprint already exists: 'admin' (26000801) (uniqueness_error)",
      "invalid input in field 'public_key': it is no SSH public key (invalid_input)",
      "invalid input in field 'public_key': it is no SSH public key (invalid_input)",
    ]
  `);
});

test("a primary IP goes to a stopped server of its location that has none of its kind", () => {
  const { model } = hetzner();
  const server = model.servers.create(plainServer).id;
  const away = model.primary_ips.create({ name: "away", type: "ipv4", location: "hel1" }).id;
  const near = model.primary_ips.create({ name: "near", type: "ipv4", location: "fsn1" }).id;
  const six = model.primary_ips.create({ name: "six", type: "ipv6", location: "fsn1" }).id;
  const create = (name: string, public_net: object) => model.servers.create({ ...plainServer, name, public_net });
  create("taker", { ipv4: near });
  const assign = (ip: number) => model.primary_ips.assign(ip, { assignee_id: server, assignee_type: "server" });
  const running = refusal(() => assign(six));
  model.servers.actions.poweroff(server);
  expect([
    running,
    refusal(() => assign(six)),
    refusal(() => assign(away)),
    refusal(() => assign(near)),
    refusal(() => create("other", { ipv4: near })),
    refusal(() => create("other", { ipv4: away })),
    refusal(() => create("other", { ipv4: six })),
  ]).toMatchInlineSnapshot(`
    [
      "server 'node-1' has to be powered off before its primary IPs change (server_not_stopped)",
      "server 'node-1' already has an ipv6 address (server_has_ipv6)",
      "server 'node-1' already has an ipv4 address (server_has_ipv4)",
      "primary IP 'near' is already assigned to server 104200202 (primary_ip_already_assigned)",
      "primary IP 'near' is already assigned to server 104200202 (primary_ip_assigned)",
      "primary IP 'away' is in hel1, the server in fsn1 (primary_ip_datacenter_mismatch)",
      "primary IP 'six' is an ipv6, not an ipv4 (primary_ip_version_mismatch)",
    ]
  `);
});

test("a primary IP is deleted when it is free and unprotected", () => {
  const { model } = hetzner();
  const { id } = model.primary_ips.create({ name: "ip", type: "ipv4", location: "fsn1" });
  const server = model.servers.create({ ...plainServer, public_net: { ipv4: id } });
  const assigned = refusal(() => model.primary_ips.delete(id));
  const running = refusal(() => model.primary_ips.unassign(id));
  model.servers.actions.poweroff(server.id);
  model.primary_ips.unassign(id);
  model.primary_ips.changeProtection(id, { delete: true });
  expect([
    assigned,
    running,
    refusal(() => model.primary_ips.delete(id)),
    refusal(() => model.primary_ips.create({ name: "nowhere", type: "ipv4" })),
  ]).toMatchInlineSnapshot(`
    [
      "primary IP 'ip' is still assigned to server 104200201 (must_be_unassigned)",
      "server 'node-1' has to be powered off before its primary IPs change (server_not_stopped)",
      "primary IP 'ip' (85000601) is delete protected (protected)",
      "invalid input in field 'location': either location or assignee_id has to be given, not both (invalid_input)",
    ]
  `);
});

test("a volume has 10 to 10240 GB, a name, and one place", () => {
  const { model } = hetzner();
  const volume = { name: "data", size: 10, location: "fsn1" };
  model.volumes.create(volume);
  expect([
    refusal(() => model.volumes.create({ ...volume, name: "small", size: 9 })),
    refusal(() => model.volumes.create({ ...volume, name: "large", size: 10_241 })),
    refusal(() => model.volumes.create({ ...volume, name: "-x" })),
    refusal(() => model.volumes.create(volume)),
    refusal(() => model.volumes.create({ name: "nowhere", size: 10 })),
  ]).toMatchInlineSnapshot(`
    [
      "invalid input in field 'size': 9 GB, a volume has 10 to 10240 (invalid_input)",
      "invalid input in field 'size': 10241 GB, a volume has 10 to 10240 (invalid_input)",
      "invalid input in field 'name': 1 to 64 of [a-zA-Z0-9._-], with a letter or digit at both ends (invalid_input)",
      "name is already used: volume 103000701 is called 'data' (uniqueness_error)",
      "invalid input in field 'location': either location or server has to be given, not both (invalid_input)",
    ]
  `);
});

test("a volume goes to one server of its location, only grows, and is deleted when it is free and unprotected", () => {
  const { model } = hetzner();
  const { id } = model.volumes.create({ name: "data", size: 20, location: "fsn1" });
  const [near, away] = [
    model.servers.create(plainServer).id,
    model.servers.create({ ...plainServer, name: "away", location: "hel1" }).id,
  ];
  const elsewhere = refusal(() => model.volumes.attach(id, { server: away }));
  model.volumes.attach(id, { server: near });
  const twice = refusal(() => model.volumes.attach(id, { server: near }));
  const used = refusal(() => model.volumes.delete(id));
  const smaller = refusal(() => model.volumes.resize(id, { size: 10 }));
  const create = (more: object) =>
    refusal(() => model.servers.create({ ...plainServer, name: "new", volumes: [id], ...more }));
  const taken = create({});
  model.volumes.detach(id);
  const far = create({ location: "hel1" });
  model.volumes.changeProtection(id, { delete: true });
  expect([elsewhere, twice, used, smaller, taken, far, refusal(() => model.volumes.delete(id))]).toMatchInlineSnapshot(`
    [
      "invalid input in field 'server': server 'away' is in hel1, the volume in fsn1 (invalid_input)",
      "volume 'data' is already attached to server 104200201, detach it first (volume_already_attached)",
      "volume 'data' is still attached to server 104200201 (service_error)",
      "invalid input in field 'size': 10 GB: a volume of 20 GB can only grow, to 10240 at most (invalid_input)",
      "volume 'data' is attached to server 104200201 (volume_already_attached)",
      "invalid input in field 'volumes': volume 'data' is in fsn1, the server in hel1 (invalid_input)",
      "volume 'data' (103000701) is delete protected (protected)",
    ]
  `);
});

test("a server carries 16 volumes", () => {
  const { model } = hetzner();
  const server = model.servers.create(plainServer).id;
  for (let index = 0; index < 16; index++) model.volumes.create({ name: `data-${index}`, size: 10, server });
  expect(refusal(() => model.volumes.create({ name: "late", size: 10, server }))).toMatchInlineSnapshot(
    `"server 'node-1' already has 16 volumes (resource_limit_exceeded)"`,
  );
});

test("a certificate comes with its own key, in PEM", async () => {
  const { certificate, key } = await selfSigned("www.example.com");
  const { model } = hetzner();
  const other = generateKeyPairSync("ed25519").privateKey.export({ format: "pem", type: "pkcs8" }).toString();
  const { domain_names, type, status } = model.certificates.create({ name: "www", certificate, private_key: key });
  expect([
    { domain_names, type, status },
    refusal(() => model.certificates.create({ name: "x", certificate: "none", private_key: key })),
    refusal(() => model.certificates.create({ name: "x", certificate, private_key: "none" })),
    refusal(() => model.certificates.create({ name: "x", certificate, private_key: other })),
    refusal(() => model.certificates.create({ name: "x", type: "managed", domain_names: [] })),
    refusal(() => model.certificates.create({ name: "www", certificate, private_key: key })),
  ]).toMatchInlineSnapshot(`
    [
      {
        "domain_names": [
          "www.example.com",
        ],
        "status": null,
        "type": "uploaded",
      },
      "invalid input in field 'certificate': it is no certificate in PEM form (invalid_input)",
      "invalid input in field 'private_key': it is no private key in PEM form (invalid_input)",
      "invalid input in field 'private_key': it is not the certificate's key (invalid_input)",
      "invalid input in field 'domain_names': Too small: expected array to have >=1 items (invalid_input)",
      "name is already used: certificate 1500901 is called 'www' (uniqueness_error)",
    ]
  `);
});

test("a certificate that a load balancer shows stays", () => {
  const { model } = hetzner();
  const { id } = model.certificates.create({ name: "www", type: "managed", domain_names: ["www.example.com"] });
  model.load_balancers.create({
    name: "lb",
    load_balancer_type: "lb11",
    location: "fsn1",
    services: [{ protocol: "https", http: { certificates: [id] } }],
  });
  expect(refusal(() => model.certificates.delete(id))).toMatchInlineSnapshot(
    `"certificate 'www' is used by load balancer 3100401 (resource_in_use)"`,
  );
});

/** A certificate for `name`, and its key, both in PEM. */
async function selfSigned(name: string): Promise<{ readonly certificate: string; readonly key: string }> {
  const tls = createTls({ seed: "test", clock: () => noon });
  const make = async (kind: string, inputs: Props): Promise<Props> => {
    const type = `tls:index/${kind.charAt(0).toLowerCase()}${kind.slice(1)}:${kind}`;
    const context = {
      urn: `urn:pulumi:test::groundwork::${type}::www`,
      type,
      name: "www",
      project: "groundwork",
      stack: "test",
      now: 0,
    };
    const made = await tls.resource(type)?.create(inputs, { ...context, dependencies: new Set(), finding: () => {} });
    return made?.outputs ?? {};
  };
  const key = String((await make("PrivateKey", { algorithm: "ECDSA", ecdsaCurve: "P256" })).privateKeyPem);
  const { certPem } = await make("SelfSignedCert", {
    privateKeyPem: key,
    subject: { commonName: name },
    dnsNames: [name],
    validityPeriodHours: 24,
    allowedUses: ["server_auth"],
  });
  return { certificate: String(certPem), key };
}
