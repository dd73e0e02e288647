import { type Api, type App, answer, type Call, callerOf, formOf, nodeIn, vmIn } from "./api.ts";

/** Options that the API shows as numbers; all others are text. Source: qemu-server, PVE/QemuServer.pm, $confdesc */
const numbers = new Set(
  "acpi autostart balloon ciupgrade cores cpuunits freeze keephugepages kvm localtime numa onboot protection reboot sockets tablet tdf template vcpus".split(
    " ",
  ),
);

const shown = (config: Readonly<Record<string, string>>): object =>
  Object.fromEntries(
    Object.entries(config).map(([option, value]) => [option, numbers.has(option) ? Number(value) : value]),
  );

interface Work {
  run(): void;
}

/** `/nodes/{node}/qemu` of the API. */
export function serveVms(app: App, api: Api): void {
  const { vms } = api.model;
  const base = "/nodes/:node/qemu";
  const task = (c: Call, type: string, vmid: number, work: Work): Response =>
    answer(
      c,
      api.tasks.start({
        ...{ caller: callerOf(api, c), node: nodeIn(c), type, id: String(vmid), fault: c.env.fault },
        run: () => work.run(),
      }),
    );

  app.get("/cluster/nextid", (c) => answer(c, String(vms.nextId(c.req.query("vmid")))));
  app.get("/cluster/resources", (c) => {
    const type = c.req.query("type");
    const machines = vms.all(callerOf(api, c)).map((vm) => ({ ...vm, id: `qemu/${vm.vmid}`, type: "qemu" }));
    return answer(c, [
      ...(type === undefined || type === "vm" ? machines : []),
      ...(type === undefined || type === "node" ? api.model.nodes() : []),
    ]);
  });
  app.get(base, (c) =>
    answer(
      c,
      vms.all(callerOf(api, c)).filter(({ node }) => node === nodeIn(c)),
    ),
  );
  app.post(base, async (c) => {
    const work = vms.create(callerOf(api, c), nodeIn(c), await formOf(c));
    return task(c, "qmcreate", work.vmid, work);
  });
  app.delete(`${base}/:vmid`, (c) => {
    api.tasks.refuseLocked(vmIn(c));
    return task(c, "qmdestroy", vmIn(c), vms.remove(callerOf(api, c), nodeIn(c), vmIn(c)));
  });
  app.get(`${base}/:vmid/config`, (c) => {
    const config = vms.config(callerOf(api, c), nodeIn(c), vmIn(c));
    const lock = api.tasks.lock(vmIn(c));
    return answer(c, { ...shown(config), ...(lock === undefined ? {} : { lock }) });
  });
  app.put(`${base}/:vmid/config`, async (c) => {
    api.tasks.refuseLocked(vmIn(c));
    vms.configure(callerOf(api, c), nodeIn(c), vmIn(c), await formOf(c)).run();
    return answer(c, null);
  });
  app.post(`${base}/:vmid/config`, async (c) => {
    api.tasks.refuseLocked(vmIn(c));
    return task(c, "qmconfig", vmIn(c), vms.configure(callerOf(api, c), nodeIn(c), vmIn(c), await formOf(c)));
  });
  // What stands in the way of a running machine's new options: nothing, here.
  app.get(`${base}/:vmid/pending`, (c) =>
    answer(
      c,
      Object.entries(shown(vms.config(callerOf(api, c), nodeIn(c), vmIn(c)))).map(([key, value]) => ({
        key,
        value: value as unknown,
      })),
    ),
  );
  app.put(`${base}/:vmid/resize`, async (c) => {
    api.tasks.refuseLocked(vmIn(c));
    return task(c, "resize", vmIn(c), vms.resize(callerOf(api, c), nodeIn(c), vmIn(c), await formOf(c)));
  });
  app.post(`${base}/:vmid/clone`, async (c) => {
    const work = vms.clone(callerOf(api, c), nodeIn(c), vmIn(c), await formOf(c));
    return task(c, "qmclone", work.vmid, work);
  });
  app.post(`${base}/:vmid/template`, (c) =>
    task(c, "qmtemplate", vmIn(c), vms.template(callerOf(api, c), nodeIn(c), vmIn(c))),
  );
  app.put(`${base}/:vmid/cloudinit`, (c) => {
    vms.config(callerOf(api, c), nodeIn(c), vmIn(c));
    return answer(c, null);
  });
  app.get(`${base}/:vmid/status/current`, (c) => {
    const lock = api.tasks.lock(vmIn(c));
    const status = vms.status(callerOf(api, c), nodeIn(c), vmIn(c));
    return answer(c, { ...status, ...(lock === undefined ? {} : { lock }) });
  });
  for (const verb of ["start", "stop", "shutdown", "reboot"] as const) {
    app.post(`${base}/:vmid/status/${verb}`, (c) => {
      api.tasks.refuseLocked(vmIn(c));
      return task(c, `qm${verb}`, vmIn(c), vms.power[verb](callerOf(api, c), nodeIn(c), vmIn(c)));
    });
  }
}

/** `/nodes/{node}/qemu/{vmid}/agent` of the API. `answers`: whether a guest's agent runs by now. */
export function serveAgent(app: App, api: Api, answers: (vmid: number) => boolean): void {
  const interfaces = (c: Call) =>
    api.model.vms.power.interfaces(callerOf(api, c), nodeIn(c), vmIn(c), answers(vmIn(c)));
  app.get("/nodes/:node/qemu/:vmid/agent/network-get-interfaces", (c) => answer(c, interfaces(c)));
  app.post("/nodes/:node/qemu/:vmid/agent/ping", (c) => {
    interfaces(c);
    return answer(c, { result: {} });
  });
}
