import type { AgentView, DeviceView } from "@smarthall/ui";
import { describe, expect, it } from "vitest";
import type { Model } from "../src/admin/settings/api";
import {
  draftOf,
  entryOf,
  found,
  freeId,
  portsOf,
  seatsOf,
  speedsOf,
  wrongsIn,
} from "../src/admin/settings/models";

const printer: Model = {
  id: "epson/tm-t20iii",
  class: "printer",
  name: "爱普生 TM-T20III",
  nameEn: "Epson TM-T20III",
  revision: "0123456789ab",
  own: false,
  aliases: ["POS-80"],
  transports: [
    { kind: "serial", baud: [19200, 9600] },
    { kind: "tcp", port: 9100 },
    { kind: "usblp", id: "04b8:0e28" },
  ],
  params: [{ name: "address", type: "int", default: "1", min: 1, max: 9 }],
  rolls: true,
};
const strip: Model = {
  ...printer,
  id: "onbon/bx-5k",
  class: "led",
  name: "仰邦条屏",
  nameEn: "Onbon strip",
  aliases: [],
  params: [],
  rolls: false,
  transports: [{ kind: "tcp", port: 5005 }],
};

describe("models", () => {
  it("are found by maker, model, other names and class, in any order and case", () => {
    for (const asked of ["epson", "tm-t20 爱普生", "pos-80", "打印机", "PRINTER epson"]) {
      expect(found([printer, strip], asked), asked).toEqual([printer]);
    }
    expect(found([printer, strip], "")).toHaveLength(2);
    expect(found([printer, strip], "epson led")).toEqual([]);
  });

  it("say how they are reached", () => {
    expect(portsOf(printer)).toEqual([
      "/dev/ttyUSB0",
      "tcp://192.168.1.50:4001",
      "tcp://192.168.1.50:9100",
      "usblp:04b8:0e28",
    ]);
    expect(speedsOf(printer)).toEqual([19200, 9600]);
    expect(speedsOf(strip)).toEqual([]);
  });
});

describe("a device", () => {
  const filled = { ...draftOf(undefined), id: "p", profile: printer.id, port: " tcp://h:1 " };

  it("says in the file only what was filled in and its model has", () => {
    expect(
      entryOf({ ...filled, roll: "80m", window: "3", params: { address: "2", old: "x" } }, printer),
    ).toEqual({
      id: "p",
      profile: printer.id,
      port: "tcp://h:1",
      params: { address: "2" },
      roll: "80m",
    });
    expect(entryOf({ ...filled, baud: "9600", window: "3", roll: "80m" }, strip)).toEqual({
      id: "p",
      profile: printer.id,
      port: "tcp://h:1",
      window: "3",
    });
  });

  it("comes back from the file as it was filled in", () => {
    const entry = { id: "p", profile: printer.id, port: "tcp://h:1", baud: 9600, params: { address: "2" } };
    expect(entryOf(draftOf(entry), printer)).toEqual(entry);
  });

  it("is wrong field by field", () => {
    expect(Object.keys(wrongsIn({ ...filled, id: "A b", port: " " }, undefined, []))).toEqual([
      "profile",
      "id",
      "port",
    ]);
    expect(Object.keys(wrongsIn({ ...filled, params: { address: "12" } }, printer, ["p"]))).toEqual([
      "id",
      "params/address",
    ]);
    expect(wrongsIn({ ...filled, params: { address: "" } }, printer, [])).toEqual({});
  });

  it("is named after its class until that is taken", () => {
    expect(freeId("printer", [])).toBe("printer");
    expect(freeId("printer", ["printer", "printer-2"])).toBe("printer-3");
  });
});

describe("the seats of a terminal", () => {
  const entry = { id: "p", profile: printer.id, port: "tcp://h:1" };
  const live = {
    id: "p",
    profile: printer.id,
    port: "tcp://h:1",
    state: "online",
    assigned: true,
  } as DeviceView;
  const agent = (devices: DeviceView[], more = {}) =>
    ({ id: "kiosk-1", online: true, assignment: "r1", devices, ...more }) as AgentView;

  it("say why an assigned device isn't live", () => {
    const waits = (one: AgentView | undefined) => seatsOf([entry], one).at(-1)?.waits;
    expect(waits(agent([live]))).toBeUndefined();
    expect(waits(undefined)).toBe("away");
    expect(waits(agent([live], { online: false }))).toBe("away");
    expect(waits(agent([], { assignment: undefined }))).toBe("old");
    expect(waits(agent([{ ...live, port: "elsewhere" }]))).toBe("pending");
    expect(waits(agent([{ ...live, assigned: undefined }]))).toBe("conflict");
  });

  it("begin with those of the terminal's own settings", () => {
    const own = { ...live, id: "reader", assigned: undefined };
    expect(seatsOf([entry], agent([own, live])).map(({ id, entry: given }) => [id, !!given])).toEqual([
      ["reader", false],
      ["p", true],
    ]);
  });
});
