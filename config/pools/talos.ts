import { z } from "zod";
import { shown } from "../../lib/shown.ts";
import { commonPool, emptyDisks, nodeOverrides } from "./common.ts";
import { talosVolumes } from "./volumes.ts";

const known = (what: string, example: string) =>
  z.string().min(1, { error: () => `an empty ${what} names no disk → write one, such as ${example}` });

const disk = z
  .union(
    [
      z.strictObject({
        device: z
          .string()
          .regex(/^\/dev\/[A-Za-z0-9/_.:-]+$/)
          .meta({ description: "Its path." }),
      }),
      z.strictObject({ serial: known("serial number", "S4EVNX0M").meta({ description: "Its serial number." }) }),
      z.strictObject({ wwid: known("WWID", "eui.0025385b21404321").meta({ description: "Its WWID." }) }),
      z.strictObject({
        model: known("model", "Samsung SSD 980*").meta({ description: "Its model; * stands for anything." }),
      }),
    ],
    {
      error: ({ input }) =>
        `${shown(input)} names no disk → write one of device: /dev/nvme0n1, serial, wwid and model; talosctl get disks --insecure shows them`,
    },
  )
  .meta({ description: "The disk that Talos is installed on, by its path or by what it says of itself." });

const link = z
  .union(
    [
      z.strictObject({
        name: z
          .string()
          .regex(/^[a-z][a-z0-9.]{0,14}$/)
          .meta({ description: "Name that Linux gives it." }),
      }),
      z.strictObject({
        mac: z
          .string()
          .regex(/^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$/)
          .meta({ description: "Its permanent MAC address." }),
      }),
    ],
    { error: ({ input }) => `${shown(input)} names no interface → write name: eno1, or mac: aa:bb:cc:00:11:22` },
  )
  .meta({ description: "The network interface, by name or MAC address. Absent: the machine's only physical one." });

export const talosPool = z.strictObject({
  machine: z.literal("talos").meta({
    description:
      "What the nodes run on: machines that have booted Talos and wait in maintenance mode at their addresses.",
  }),
  ...commonPool,
  disk,
  disks: emptyDisks.default([]),
  link: link.optional(),
  addressing: z
    .enum(["static", "dhcp"])
    .default("static")
    .meta({ description: "Who gives a machine its address: its configuration, or the network's DHCP server." }),
  volumes: talosVolumes,
  nodes: nodeOverrides({ disk: disk.optional(), disks: emptyDisks.optional(), link: link.optional() }),
});
