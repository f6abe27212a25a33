import type { Expanded, Expanding } from "../expand.ts";
import { error, type Issue } from "../issue.ts";
import { accessIssues } from "./access.ts";
import { assemble } from "./assemble.ts";
import { boughtNodeIssues } from "./bought-node.ts";
import { chatIssues } from "./chat.ts";
import { type ChosenHardware, chooseHardware } from "./hardware.ts";
import { priceIssues } from "./price.ts";
import { templateGpus, templatePod } from "./template.ts";
import { unusedWeights } from "./weights-issues.ts";

// What KAITO asks for when it knows nothing of the workload.
const STORAGE_GIB = 1024;

/** Expands a Workspace with a pod template of the user's own: placed and claimed for, but not sized. */
export function expandTemplate(expanding: Expanding): Expanded {
  const { workspace, release, options } = expanding;
  const provision = options.provision ?? release.defaults.provision;
  const region = options.region ?? release.defaults.region;
  const choice = chooseHardware({ release, workspace, options, provision, region });
  if (choice.hardware === undefined) return { issues: choice.issues };
  const template = workspace.inference?.template ?? {};
  const gpuCount = templateGpus(template, choice.hardware.gpuResource);
  const issues = [
    ...choice.issues,
    ...chatIssues(expanding, undefined),
    ...accessIssues(expanding, undefined),
    ...unusedWeights(expanding, "the pod template is your own"),
    ...gpuIssues(choice.hardware, gpuCount),
    ...boughtNodeIssues(template, choice.hardware, provision),
    ...priceIssues(expanding, choice.hardware, { provision, region, nodeCount: 1 }),
  ];
  if (gpuCount === undefined) return { issues };
  const expansion = assemble({
    expanding,
    hardware: { ...choice.hardware, gpuCount },
    provision,
    region,
    storageGiB: STORAGE_GIB,
    nodeCount: 1,
    api: ["openai"],
    podTemplate: templatePod(template, workspace.metadata.name ?? ""),
    files: {},
  });
  return { expansion, issues };
}

/** A pod that asks for more GPUs than a node has would wait for ever, on a node that is paid for. */
function gpuIssues(hardware: ChosenHardware, asked: number | undefined): readonly Issue[] {
  const path = "inference.template.spec.containers";
  const resource = hardware.gpuResource;
  if (asked === undefined) {
    const text = `${path}: limits of ${resource} must be whole numbers from 0 to 999`;
    return [error(path, "template/gpus", text)];
  }
  if (hardware.type === undefined || asked <= hardware.gpuCount) return [];
  const has = hardware.gpuCount === 1 ? "1 GPU" : `${hardware.gpuCount} GPUs`;
  const text = `inference.template asks for ${asked} of ${resource}, and ${hardware.type.name} has ${has}: choose a larger size`;
  return [error("resource.instanceType", "instance-type/too-small", text)];
}
