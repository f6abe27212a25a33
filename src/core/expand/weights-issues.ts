import type { Model, RuntimeImage } from "../catalogue.ts";
import type { Expanding } from "../expand.ts";
import { error, type Issue, warning } from "../issue.ts";
import { annotationPath } from "../options.ts";

const CLAIM = "foresail.dev/weights-claim";
const LOCAL = "kaito.sh/use-local-weights";
const SECRET = "inference.preset.presetOptions.modelAccessSecret";

export interface WeightsOutcome {
  readonly model: Model;
  readonly image: RuntimeImage;
  readonly nodeCount: number;
  readonly provision: boolean;
}

/** What was stated about weights and cannot hold, has no effect, or asks something of the cluster. */
export function weightsIssues(expanding: Expanding, outcome: WeightsOutcome): readonly Issue[] {
  const { options, workspace } = expanding;
  const why =
    workspace.tuning !== undefined
      ? "training has weights of its own"
      : outcome.image.weightsInside
        ? `image ${outcome.image.name} has the weights inside`
        : undefined;
  if (why !== undefined) return unusedWeights(expanding, why);
  if (options.weightsClaim !== undefined && options.useLocalWeights === true) {
    const path = annotationPath(CLAIM);
    return [error(path, "weights/both", `${path} and ${annotationPath(LOCAL)} name two places: remove one`)];
  }
  if (options.weightsClaim !== undefined) return [claimIssue(expanding, outcome)];
  if (options.useLocalWeights === true) return localIssues(outcome);
  return tokenIssues(expanding, outcome.model);
}

/** Annotations about weights where nothing loads weights that Foresail knows of. */
export function unusedWeights({ options }: Expanding, why: string): readonly Issue[] {
  const ignored = (name: string): Issue =>
    warning(annotationPath(name), "weights/ignored", `${name} has no effect: ${why}`);
  return [
    ...(options.weightsClaim === undefined ? [] : [ignored(CLAIM)]),
    ...(options.useLocalWeights === true ? [ignored(LOCAL)] : []),
  ];
}

/** A claim of access mode ReadWriteOnce lets the pods of one node in: a second pod elsewhere waits for ever. */
function claimIssue({ options }: Expanding, { nodeCount }: WeightsOutcome): Issue {
  const { replicas = 1, rollout } = options;
  const several =
    nodeCount > 1
      ? `${nodeCount} nodes`
      : replicas === "external" || replicas > 1
        ? `${replicas === "external" ? "scaled" : replicas} replicas`
        : rollout === "surge"
          ? "rollout surge"
          : undefined;
  const path = annotationPath(CLAIM);
  if (several !== undefined)
    return warning(path, "weights-claim/shared", `${CLAIM} must have access mode ReadWriteMany: ${several} mount it`);
  const text = `with ${CLAIM} the old pod stops before the new one starts; see foresail.dev/rollout`;
  return warning(path, "weights-claim/recreate", text);
}

function localIssues({ provision }: WeightsOutcome): readonly Issue[] {
  if (!provision) return [];
  const text = `${LOCAL}: nodes are created for this Workspace; their image must carry /opt/kaito/models`;
  return [warning(annotationPath(LOCAL), "weights/local-on-new-node", text)];
}

/** A mirror of one's own needs no token of the model's host. */
function tokenIssues({ workspace, release }: Expanding, model: Model): readonly Issue[] {
  const secret = workspace.inference?.preset?.presetOptions?.modelAccessSecret;
  if (!model.gated || secret !== undefined || release.mirrors?.huggingFaceEndpoint !== undefined) return [];
  const remedy = [
    `accept the licence at https://${model.weightsFrom}/${model.model}`,
    "put a token of that account into a Secret (kubectl create secret generic hf-token --from-literal=HF_TOKEN=hf_...)",
    "and name the Secret here",
  ].join(", ");
  const text = `${SECRET} is required: ${model.model} is handed out to accounts that accepted its licence; ${remedy}; or mount the weights with ${CLAIM}`;
  return [error(SECRET, "model/token-required", text)];
}
