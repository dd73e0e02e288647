import { expect, test } from "vitest";
import { type PolicyArgs, tailnetPolicy, undefinedNames } from "../../lib/tailnet/policy.ts";

const cluster: PolicyArgs = {
  admins: ["group:platform"],
  clientTags: ["tag:k8s-operator"],
  nodeTags: ["tag:k8s-node"],
  clusterTags: ["tag:k8s", "tag:k8s-prod"],
  routes: ["10.0.0.0/16"],
  operator: { tags: ["tag:k8s-operator"], proxyTags: ["tag:k8s"], group: "group:platform" },
  own: { groups: { "group:platform": ["alice@example.com"] }, grants: [], rest: {} },
};

test("what a cluster needs of a tailnet: its tags, routes and Services, and ways for its administrators alone", () => {
  const policy = tailnetPolicy(cluster);
  expect(policy).toMatchInlineSnapshot(`
    {
      "autoApprovers": {
        "routes": {
          "10.0.0.0/16": [
            "tag:k8s-node",
          ],
        },
        "services": {
          "tag:k8s": [
            "tag:k8s",
          ],
        },
      },
      "grants": [
        {
          "dst": [
            "tag:k8s-node",
            "10.0.0.0/16",
          ],
          "ip": [
            "*",
          ],
          "src": [
            "tag:k8s-node",
          ],
        },
        {
          "dst": [
            "tag:k8s-node",
            "10.0.0.0/16",
          ],
          "ip": [
            "tcp:22",
            "tcp:6443",
          ],
          "src": [
            "group:platform",
          ],
        },
        {
          "dst": [
            "tag:k8s",
            "tag:k8s-operator",
          ],
          "ip": [
            "tcp:443",
          ],
          "src": [
            "group:platform",
          ],
        },
        {
          "app": {
            "tailscale.com/cap/kubernetes": [
              {
                "impersonate": {
                  "groups": [
                    "group:platform",
                  ],
                },
              },
            ],
          },
          "dst": [
            "tag:k8s",
            "tag:k8s-operator",
          ],
          "src": [
            "group:platform",
          ],
        },
      ],
      "groups": {
        "group:platform": [
          "alice@example.com",
        ],
      },
      "tagOwners": {
        "tag:k8s": [
          "tag:k8s-operator",
        ],
        "tag:k8s-node": [
          "tag:k8s-operator",
        ],
        "tag:k8s-operator": [],
        "tag:k8s-prod": [
          "tag:k8s-operator",
        ],
      },
    }
  `);
  expect(undefinedNames(policy)).toEqual([]);
});

test("what its owner has declared is all there, beside it", () => {
  const own = {
    groups: { "group:platform": ["alice@example.com"], "group:family": ["carol@example.com"] },
    tagOwners: { "tag:k8s": ["autogroup:admin"], "tag:nas": ["group:family"] },
    autoApprovers: { routes: { "10.0.0.0/16": ["tag:nas"] }, exitNode: ["tag:nas"] },
    grants: [{ src: ["group:family"], dst: ["tag:nas"], ip: ["tcp:445"] }],
    acls: [{ action: "accept", src: ["*"], dst: ["tag:nas:80"] }],
    ssh: [{ action: "check", src: ["group:platform"], dst: ["tag:k8s-node"], users: ["root"] }],
    rest: { hosts: { nas: "192.168.1.5" }, tests: [{ src: "carol@example.com", deny: ["tag:k8s-node:22"] }] },
  };
  const policy = tailnetPolicy({ ...cluster, own });
  const bare = tailnetPolicy({ ...cluster, own: { grants: [], rest: {} } });
  expect(policy).toEqual({
    ...own.rest,
    groups: own.groups,
    tagOwners: {
      ...(bare.tagOwners as object),
      "tag:k8s": ["tag:k8s-operator", "autogroup:admin"],
      "tag:nas": ["group:family"],
    },
    autoApprovers: {
      exitNode: ["tag:nas"],
      routes: { "10.0.0.0/16": ["tag:k8s-node", "tag:nas"] },
      services: { "tag:k8s": ["tag:k8s"] },
    },
    grants: [...(bare.grants as object[]), ...own.grants],
    acls: own.acls,
    ssh: own.ssh,
  });
  expect(undefinedNames(policy)).toEqual([]);
});

test("names that nothing defines are found wherever rules have them, ports and capabilities apart", () => {
  const policy = {
    groups: { "group:a": ["alice@example.com"] },
    tagOwners: { "tag:b": ["group:c"] },
    grants: [
      { src: ["group:a"], dst: ["tag:b", "tag:d"], app: { "example.com/cap/x": [{ groups: ["group:of-another"] }] } },
    ],
    acls: [{ action: "accept", src: ["autogroup:member"], dst: ["tag:e:22,443", "10.0.0.0/8:*"] }],
    ssh: [{ action: "accept", src: ["group:c"], dst: ["tag:b"], users: ["root"] }],
    autoApprovers: { routes: { "10.0.0.0/8": ["tag:d"] } },
  };
  expect(undefinedNames(policy)).toEqual([
    { name: "tag:d", section: "tagOwners", used: "grants and autoApprovers" },
    { name: "tag:e", section: "tagOwners", used: "acls" },
    { name: "group:c", section: "groups", used: "ssh and tagOwners" },
  ]);
});
