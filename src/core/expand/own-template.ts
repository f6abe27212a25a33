import type { Expanded, Expanding } from "../expand.ts";
import { assemble } from "./assemble.ts";
import { chooseHardware } from "./hardware.ts";
import { templateGpus, templatePod } from "./template.ts";

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
  const hardware = { ...choice.hardware, gpuCount: templateGpus(template, choice.hardware.gpuResource) };
  const expansion = assemble({
    expanding,
    hardware,
    provision,
    region,
    storageGiB: STORAGE_GIB,
    nodeCount: 1,
    api: ["openai"],
    podTemplate: templatePod(template, workspace.metadata.name ?? ""),
    files: {},
  });
  return { expansion, issues: choice.issues };
}
