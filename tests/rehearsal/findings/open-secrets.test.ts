import fc from "fast-check";
import { expect, test } from "vitest";
import { openSecrets } from "../../../rehearsal/findings/open-secrets.ts";
import { NeedleSearch } from "../../../rehearsal/findings/search.ts";
import { Secret } from "../../../rehearsal/recording.ts";
import { brief, knowledge, recording, resource } from "./recording.ts";

const token = "canary0123456789";
const canaries = new Map([["secret:token", token]]);
const inClear = (values: Readonly<Record<string, unknown>>, more = {}) =>
  brief(
    openSecrets(recording([resource("toy:index:Thing", "leaky", { inputs: values, ...more })]), {
      ...knowledge,
      canaries,
    }),
  );

test("a configured secret in an input that is not marked is found, inside longer texts too", () => {
  expect(inClear({ userData: `#cloud-config\nruncmd: [join --token ${token}]`, labels: { a: ["b"] } })).toEqual([
    "open-secret leaky: userData holds a secret in clear: secret:token",
  ]);
  expect(inClear({ nested: { list: [{ token }] } })).toEqual([
    "open-secret leaky: nested.list[0].token holds a secret in clear: secret:token",
  ]);
});

test("what is marked secret is not in clear, and no finding repeats the secret", () => {
  expect(inClear({ userData: new Secret(`join ${token}`) })).toEqual([]);
  const [finding] = openSecrets(recording([resource("toy:index:Thing", "leaky", { inputs: { token } })]), {
    ...knowledge,
    canaries,
  });
  expect(JSON.stringify(finding)).not.toContain(token);
});

test("ids, outputs, stack outputs and log lines count; an output that repeats an input is told once", () => {
  expect(inClear({ token }, { outputs: { token, copy: token }, id: `id-${token}` })).toEqual([
    "open-secret leaky: token, the output copy, the id holds a secret in clear: secret:token",
  ]);
  const stack = resource("pulumi:pulumi:Stack", "toys-test", { custom: false, outputs: { token } });
  const found = openSecrets(
    recording([stack], { outputs: { token }, log: [{ severity: "info", message: `got ${token}` }] }),
    {
      ...knowledge,
      canaries,
    },
  );
  expect(brief(found)).toEqual([
    "open-secret toys-test: the stack's output token holds a secret in clear: secret:token",
    "open-secret toys-test: the program's log holds a secret in clear: secret:token",
  ]);
});

test("a secret that the program made is known from where it is marked", () => {
  const made = resource("random:index/randomPassword:RandomPassword", "made", {
    outputs: { result: new Secret("Xq3v9Tz0Lm") },
  });
  const leaky = resource("toy:index:Thing", "leaky", { inputs: { motd: "password: Xq3v9Tz0Lm" } });
  expect(brief(openSecrets(recording([made, leaky]), knowledge))).toEqual([
    "open-secret leaky: motd holds a secret in clear: result of made",
  ]);
});

test("short values, addresses, and words beside a secret are no secrets", () => {
  const marked = resource("toy:index:Thing", "marked", {
    inputs: {
      short: new Secret("s3cret"),
      server: new Secret("https://10.0.0.5:6443"),
      whole: new Secret({ username: "application", password: "q8Zt-44xPw-90LmKe" }),
    },
  });
  const open = resource("toy:index:Thing", "open", {
    inputs: { a: "s3cret", b: "https://10.0.0.5:6443", c: "application", d: "is q8Zt-44xPw-90LmKe" },
  });
  expect(brief(openSecrets(recording([marked, open]), knowledge))).toEqual([
    "open-secret open: d holds a secret in clear: whole of marked",
  ]);
});

test("the search finds just the needles that a text holds", () => {
  const needle = fc.string({ minLength: 8, maxLength: 12, unit: fc.constantFrom("a", "b", "c") });
  fc.assert(
    fc.property(
      fc.array(needle, { maxLength: 6 }),
      fc.string({ maxLength: 80, unit: fc.constantFrom("a", "b", "c") }),
      (needles, text) => {
        expect(new NeedleSearch(needles).in(text)).toEqual(new Set(needles.filter((each) => text.includes(each))));
      },
    ),
  );
});
