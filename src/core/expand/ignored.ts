import { findInstanceType, type Model } from "../catalogue.ts";
import type { Expanding } from "../expand.ts";
import { type Issue, warning } from "../issue.ts";
import type { Workspace } from "../kinds/workspace.ts";
import { annotationPath, type Options } from "../options.ts";

export interface Outcome {
  readonly model: Model;
  readonly runtime: "vllm" | "transformers";
  readonly nodeCount: number;
  readonly provision: boolean;
}

/** What the user stated that has no effect on this expansion; nobody should look for it in vain. */
export function ignored({ workspace, options, release }: Expanding, outcome: Outcome): readonly Issue[] {
  const { inference, resource } = workspace;
  const issues: Issue[] = [];
  const count = resource?.count ?? 1;
  if (inference !== undefined && outcome.runtime === "vllm" && count !== 1 && count !== outcome.nodeCount) {
    const nodes = outcome.nodeCount === 1 ? "1 node" : `${outcome.nodeCount} nodes`;
    const text = `resource.count ${count} is not used: vLLM runs ${outcome.model.name} on ${nodes} of this size`;
    issues.push(warning("resource.count", "resource/count-computed", text));
  }
  if (outcome.runtime === "transformers") issues.push(...ofVllmOnly(workspace, options));
  const known = findInstanceType(release, resource?.instanceType ?? "") !== undefined;
  if (options.gpu !== undefined && (outcome.provision || known)) {
    const reason = outcome.provision ? "it is for own nodes" : "resource.instanceType is stated";
    issues.push(
      warning(annotationPath("foresail.dev/gpu"), "gpu/ignored", `foresail.dev/gpu has no effect: ${reason}`),
    );
  }
  if (outcome.provision && options.placement === "shared" && release.defaults.provider === "gpu-provisioner") {
    const text = "foresail.dev/placement: shared has no effect: gpu-provisioner makes each node for one Workspace";
    issues.push(warning(annotationPath("foresail.dev/placement"), "placement/ignored", text));
  }
  return issues;
}

/** KAITO's transformers server reads no file of settings and knows no modes. */
function ofVllmOnly({ inference }: Workspace, options: Options): readonly Issue[] {
  const issues: Issue[] = [];
  if (inference?.config !== undefined) {
    const text = "inference.config has no effect with the transformers runtime";
    issues.push(warning("inference.config", "config/ignored", text));
  }
  if (options.performanceMode !== undefined) {
    const name = "kaito.sh/performance-mode";
    const text = `${name} has no effect with the transformers runtime`;
    issues.push(warning(annotationPath(name), "performance-mode/ignored", text));
  }
  return issues;
}
