import type { Workspace } from "../../../src/core/kinds/workspace.ts";
import { serving, tuning } from "../support/workspaces.ts";
import {
  A100,
  annotated,
  image,
  inference,
  input,
  own,
  partition,
  pod,
  type RuleRow,
  resource,
  run,
  selecting,
  templated,
} from "./rule-row.ts";

const change = "what git states is what runs: a change rolls";
const before = inference({});

function changes(id: string, what: string, old: Workspace, object: Workspace): RuleRow {
  return { id, kaito: "refuses", what, old, object, denied: [], because: change };
}
function keeps(id: string, what: string, object: Workspace, ...denied: readonly string[]): RuleRow {
  return { id, kaito: "refuses", what, old: before, object, denied };
}
const H100 = "Standard_NC40ads_H100_v5";

/** Rules of api/v1beta1/workspace_validation.go on update. */
export const updateRules: readonly RuleRow[] = [
  {
    id: "U1",
    kaito: "refuses",
    what: "inference gone, tuning there",
    old: before,
    object: run(),
    denied: ["workspace/use-change"],
  },
  {
    id: "U2",
    kaito: "refuses",
    what: "tuning gone, inference there",
    old: run(),
    object: before,
    denied: ["workspace/use-change"],
  },
  changes("U3", "another count", resource({ count: 1 }), resource({ count: 2 })),
  changes(
    "U4",
    "another partition",
    partition({ mode: "mig", profile: "7g.80gb" }),
    partition({ mode: "accelerator", count: 1 }),
  ),
  changes("U4", "a partition taken away", partition({ mode: "mig", profile: "7g.80gb" }), resource({}, own())),
  changes(
    "U5",
    "a size where there was none, own nodes",
    serving("phi-4", undefined, own("1xA100-80GB")),
    serving("phi-4", A100, own()),
  ),
  changes("U5b", "another size, own nodes", serving("phi-4", A100, own()), serving("phi-4", H100, own())),
  changes("U6", "no size any more", before, serving("phi-4")),
  changes("U6b", "another size", serving("phi-4", A100), serving("phi-4", H100)),
  keeps(
    "U7",
    "a selector that new nodes cannot have",
    selecting({ matchExpressions: [{ key: "a", operator: "Exists" }] }),
    "selector/not-one-value",
  ),
  changes("U7b", "another selector", selecting({ matchLabels: { a: "b" } }), selecting({ matchLabels: { a: "c" } })),
  changes(
    "U8",
    "another node class",
    annotated("kaito.sh/node-class-name", "a"),
    annotated("kaito.sh/node-class-name", "b"),
  ),
  {
    id: "U9",
    kaito: "takes",
    what: "streaming switched on where the gate is off",
    old: before,
    object: annotated("kaito.sh/model-streaming", "enabled"),
    denied: ["annotation/unsupported"],
    because: "model streaming is refused until it is there",
  },
  changes("U10", "another preset", before, serving("phi-4-mini-instruct", A100)),
  changes(
    "U10",
    "another Secret for the token",
    inference({ preset: { name: "phi-4", presetOptions: { modelAccessSecret: "a" } } }),
    inference({ preset: { name: "phi-4", presetOptions: { modelAccessSecret: "b" } } }),
  ),
  changes("U11", "a template in place of the preset", before, templated()),
  {
    id: "U11",
    kaito: "takes",
    what: "another template",
    old: templated(),
    object: templated({ template: { ...pod, metadata: { labels: { a: "b" } } } }),
    denied: [],
  },
  keeps("U12a", "an adapter without source", inference({ adapters: [{}] }), "schema/required"),
  keeps(
    "U12b",
    "an adapter's image in capitals",
    inference({ adapters: [{ source: { name: "a", image: "r/A" } }] }),
    "image/invalid",
  ),
  keeps("U12c", "an adapter without a name", inference({ adapters: [{ source: { image: "r/a" } }] }), "adapter/name"),
  keeps(
    "U12d",
    "an adapter's name that is none",
    inference({ adapters: [{ source: { name: "A_b", image: "r/a" } }] }),
    "adapter/name",
  ),
  keeps("U12e", "an adapter from nowhere", inference({ adapters: [{ source: { name: "a" } }] }), "adapter/one-of"),
  keeps(
    "U12f",
    "an adapter from addresses",
    inference({ adapters: [{ source: { name: "a", urls: ["https://e.com/a"] } }] }),
    "adapter/one-of",
    "adapter/urls",
  ),
  keeps(
    "U12g",
    "a strength that is no number",
    inference({ adapters: [{ ...image("a"), strength: "half" }] }),
    "adapter/strength",
  ),
  keeps(
    "U12h",
    "a strength above 1",
    inference({ adapters: [{ ...image("a"), strength: "1.5" }] }),
    "adapter/strength",
  ),
  keeps(
    "U12h",
    "a strength below 0",
    inference({ adapters: [{ ...image("a"), strength: "-0.1" }] }),
    "adapter/strength",
  ),
  keeps("U13", "two adapters of one name", inference({ adapters: [image("a"), image("a")] }), "adapter/duplicate"),
  {
    id: "U14",
    kaito: "refuses",
    what: "tuning without input",
    old: run(),
    object: run({ input: undefined as never }),
    denied: ["schema/required"],
  },
  changes("U15", "another name of the input", input({ name: "a", image: "r/a" }), input({ name: "b", image: "r/a" })),
  {
    id: "U16",
    kaito: "refuses",
    what: "an input image in capitals",
    old: run(),
    object: input({ image: "r/A" }),
    denied: ["image/invalid"],
  },
  changes("U17", "another preset to tune", run(), tuning("phi-3-mini-4k-instruct", A100)),
  changes("U18", "another method", run({ method: "lora" }), run({ method: "qlora" })),
];
