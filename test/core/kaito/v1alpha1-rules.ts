import { serving, workspace } from "../support/workspaces.ts";
import { A100, inference, own, type RuleRow, resource, sized } from "./rule-row.ts";

const oneSchema = "both versions have one schema and the rules of v1beta1";

/** Where api/v1alpha1/workspace_validation.go differs from v1beta1. The API server hands us v1beta1 whatever was sent. */
export const v1alpha1Rules: readonly RuleRow[] = [
  { id: "A1", what: "rules both versions share", notApplicable: "see W1, W2, W3, W6" },
  { id: "A2", what: "rules v1alpha1 lacks", notApplicable: oneSchema },
  { id: "A3", kaito: "refuses", what: "phi-2", object: serving("phi-2", A100), denied: ["preset/retired"] },
  {
    id: "A4",
    kaito: "refuses",
    what: "an unknown size, own nodes or not",
    object: serving("phi-4", "Foo_1"),
    denied: ["instance-type/unknown"],
  },
  {
    id: "A5",
    kaito: "refuses",
    what: "more weights than count nodes hold, with vLLM, too",
    object: serving("phi-4", "Standard_NV36ads_A10_v5"),
    denied: [],
    because: "the number of nodes follows from model and size",
  },
  {
    id: "A6",
    kaito: "refuses",
    what: "a selector it cannot use, beside other errors",
    object: resource({
      instanceType: "Foo_1",
      labelSelector: { matchExpressions: [{ key: "a", operator: "Exists" }] },
    }),
    denied: ["selector/not-one-value", "instance-type/unknown"],
  },
  { id: "A7", what: "a model of a private image", notApplicable: "no model states one, in KAITO neither" },
  {
    id: "A8",
    kaito: "refuses",
    what: "private access without an image",
    object: inference({ preset: { name: "phi-4", accessMode: "private" } }),
    denied: [],
    warned: "field/ignored",
    because: "as in v1beta1 the field has no effect, and that is said",
  },
  { id: "A9", what: "its default ConfigMap", notApplicable: "defaults come with the catalogue" },
  { id: "A10", what: "a cloud provider nobody set", notApplicable: "the catalogue has the sizes of every cloud" },
  {
    id: "A11",
    kaito: "refuses",
    what: "several GPUs without a max-model-len",
    object: workspace({ resource: { ...sized, count: 2 }, inference: { preset: { name: "phi-4" } } }),
    denied: [],
    warned: "resource/count-computed",
    because: "the longest context that fits is worked out and stated",
  },
  {
    id: "A12",
    kaito: "refuses",
    what: "another size",
    old: serving("phi-4", A100),
    object: serving("phi-4", "Standard_NC40ads_H100_v5"),
    denied: [],
    because: "a change rolls",
  },
  {
    id: "A13",
    kaito: "refuses",
    what: "inference where there was none, by a crash",
    old: workspace({ resource: sized }),
    object: inference({}),
    denied: [],
    because: "an object that was nothing may become something",
  },
  { id: "A14", what: "see A7", notApplicable: "no model states a private image" },
  {
    id: "A15",
    kaito: "refuses",
    what: "every preset, by a crash",
    object: serving("phi-4", A100, own()),
    denied: [],
    because: "presets are found in the catalogue, in both versions",
  },
];
