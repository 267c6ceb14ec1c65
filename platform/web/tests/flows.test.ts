import { describe, expect, it } from "vitest";
import { type Make, type Part, readStep, type Step, writeStep } from "../src/staff/flows/hall";
import { variablesOf } from "../src/staff/flows/variables";
import { asked, type Definition } from "../src/staff/tasks/conditions";

describe("what conditions ask for", () => {
  const cases: { name: string; conditions: string[]; want: string[] }[] = [
    {
      name: "nothing where only opinions count",
      conditions: ['opinions.review.result == "refuse"'],
      want: [],
    },
    {
      name: "a number by what it is compared with",
      conditions: ["facts.values.area > 200"],
      want: ["facts.values.area number"],
    },
    {
      name: "a yes or no",
      conditions: ["values.survey == false or not values.urgent"],
      want: ["values.survey boolean", "values.urgent boolean"],
    },
    {
      name: "texts of several conditions, once",
      conditions: ['facts.answers.kind == "new"', 'facts.answers.kind in ["old", "new"]'],
      want: ["facts.answers.kind text new old"],
    },
    {
      name: "a fact isn't taken for an opinion's value",
      conditions: ["facts.values.x == 1 and values.x == true"],
      want: ["facts.values.x number", "values.x boolean"],
    },
  ];
  for (const { name, conditions, want } of cases) {
    it(name, () => {
      const got = variablesOf(conditions).map((v) => [`${v.root}.${v.name}`, v.kind, ...v.options].join(" "));
      expect(got).toEqual(want);
    });
  }
});

it("an opinion is asked for what decides the way before the next one", () => {
  const def: Definition = {
    nodes: [
      { id: "review", kind: "user" },
      { id: "needed", name: "needed?", kind: "xor" },
      { id: "survey", kind: "user" },
      { id: "later", kind: "xor" },
      { id: "end", kind: "end" },
    ],
    edges: [
      { from: "review", to: "needed" },
      { from: "needed", to: "survey" },
      { from: "needed", to: "end", when: "values.survey == false and facts.values.area < 10" },
      { from: "survey", to: "later" },
      { from: "later", to: "end", when: "values.fee > 3" },
    ],
  };
  expect(asked(def, "review").map((a) => `${a.label} ${a.name} ${a.kind}`)).toEqual([
    "needed? survey boolean",
  ]);
  expect(asked(def, "survey").map((a) => `${a.label} ${a.name} ${a.kind}`)).toEqual(["fee fee number"]);
});

/** make is the editor's, as far as a step needs it. */
const make: Make = (type, attrs) =>
  ({ $type: type, id: "", ...attrs, get: (name: string) => attrs[name] }) as Part;

it("a step that is written is read as it was, and other editors' elements stay", () => {
  const foreign = make("other:Thing", {});
  const part = make("bpmn:UserTask", {
    extensionElements: make("bpmn:ExtensionElements", { values: [foreign] }),
  });
  const step: Step = {
    ...readStep(part),
    decides: true,
    back: "listed",
    backTo: ["review"],
    mode: "ratio",
    ratio: 60,
    veto: true,
    of: [
      { org: "item", role: "approver", post: "a" },
      { org: "tax", role: "chief-representative", post: "" },
    ],
    limit: { unit: "working-days", days: 3 },
  };
  part.extensionElements = writeStep(make, part, step);
  expect(readStep(part)).toEqual(step);
  expect(part.extensionElements.values).toContain(foreign);
});
