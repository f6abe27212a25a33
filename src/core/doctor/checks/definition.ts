import { objectAt, objectsAt, textAt } from "../../capacity/fields.ts";
import { byCodePoint, canonicalJson, type JsonObject } from "../../json.ts";
import { customResourceDefinition } from "../../kinds/kind.ts";
import { KAITO_GROUP, OWN_GROUP, type WorkspaceGroup, workspaceKind } from "../../kinds/workspace.ts";
import { typeIn } from "../../kinds/workspace-names.ts";
import { hasExpansion } from "../../take-over/definition.ts";
import { type AppliedBy, appliedBy } from "../../uninstall/appliers.ts";
import type { Facts } from "../facts.ts";
import { type Finding, note, ok, problem, warning } from "../finding.ts";
import { isInstalled, isTrial } from "../parts.ts";
import { known } from "../reading.ts";

const DEFINITION = "CustomResourceDefinition";

/** Whose definitions of Workspaces these are, whether they are this version's, and who applies them. */
export function definition(facts: Facts): readonly Finding[] {
  return [...ofKaitos(facts), ...ofOurs(facts)];
}

function ofKaitos(facts: Facts): readonly Finding[] {
  if (facts.definition?.kind !== "read") return [];
  const found = known(facts.definition);
  const name = typeIn(KAITO_GROUP);
  const trial = isTrial(facts);
  if (found === undefined) {
    if (trial) return [];
    const next = "install Foresail (kubectl apply -k manifests/overlays/…), or try it with foresail up";
    return [note("workspaces/definition", `there is no ${DEFINITION} ${name}`, next)];
  }
  if (hasExpansion(found)) return foresails(found, KAITO_GROUP);
  if (trial) return [note("workspaces/definition", `${DEFINITION} ${name} is KAITO's, and this trial leaves it so`)];
  // No command: to replace it is to take KAITO's Workspaces over, which nobody should do by copying a line.
  const next = "use a cluster without it, or take its Workspaces over as docs/from-kaito.md says";
  const seen = `${DEFINITION} ${name} is KAITO's, without the field expansion`;
  return [problem("workspaces/definition", seen, next), ...manager(found, name)];
}

/** Nobody else has one, and only a trial, or who comes from one, does: it is missing then, or somebody changed it. */
function ofOurs(facts: Facts): readonly Finding[] {
  if (facts.ownDefinition?.kind !== "read") return [];
  const found = known(facts.ownDefinition);
  const name = typeIn(OWN_GROUP);
  if (found !== undefined && hasExpansion(found)) return foresails(found, OWN_GROUP);
  const [seen, next] = [`${DEFINITION} ${name}`, applyOf(OWN_GROUP)];
  if (found !== undefined) {
    return [problem("workspaces/definition", `${seen} is not Foresail's: it has no field expansion`, next)];
  }
  if (!isTrial(facts)) return [];
  const tell = isInstalled(facts) === true ? problem : note;
  return [tell("workspaces/definition", `there is no ${seen}: no Workspace of that group can be stated`, next)];
}

function foresails(found: JsonObject, group: WorkspaceGroup): readonly Finding[] {
  const name = typeIn(group);
  return [
    ok("workspaces/definition", `${DEFINITION} ${name} is Foresail's`),
    ...schema(found, group),
    ...manager(found, name),
  ];
}

function applyOf(group: WorkspaceGroup): string {
  const apart = group === KAITO_GROUP ? "" : `${group}/`;
  return `kubectl apply --server-side -f manifests/crds/${apart}${typeIn(group)}.yaml`;
}

function schema(found: JsonObject, group: WorkspaceGroup): readonly Finding[] {
  const schemas = (of: JsonObject): string =>
    canonicalJson(objectsAt(of, "spec", "versions").map((one) => [one["name"], objectAt(one, "schema")]));
  const isSame = schemas(found) === schemas(customResourceDefinition(workspaceKind, group));
  const seen = `the schema of ${typeIn(group)} is`;
  if (isSame) return [ok("workspaces/schema", `${seen} that of this version`)];
  return [warning("workspaces/schema", `${seen} another than that of this version of foresail`, applyOf(group))];
}

/** Field managers as their tools call themselves: Flux's are those of its controllers. */
const TOOLS: { readonly [manager: string]: string } = {
  "kustomize-controller": "Flux",
  "helm-controller": "Flux",
  "argocd-controller": "Argo CD",
  "argocd-application-controller": "Argo CD",
  helm: "Helm",
  "foresail-up": "foresail up",
};

/** What appliers write on the object: Argo CD's own label, where it tracks by that, beside what uninstall reads. */
function markedBy(found: JsonObject): readonly string[] {
  const applier = appliedBy(found);
  if (applier !== undefined) return [APPLIERS[applier.tool]];
  return textAt(found, "metadata", "labels", "argocd.argoproj.io/instance") === undefined ? [] : ["Argo CD"];
}

const APPLIERS: { readonly [T in AppliedBy["tool"]]: string } = {
  "flux-kustomization": "Flux",
  "flux-helm-release": "Flux",
  "argo-application": "Argo CD",
  "helm-release": "Helm",
};

function manager(found: JsonObject, name: string): readonly Finding[] {
  const managers = objectsAt(found, "metadata", "managedFields")
    // Its status and the words of the API server itself are nobody's wish.
    .filter((one) => textAt(one, "subresource") === undefined)
    .flatMap((one) => textAt(one, "manager") ?? []);
  const tools = [...managers.flatMap((name) => TOOLS[name] ?? []), ...markedBy(found)];
  const names = [...new Set(managers)].sort(byCodePoint);
  if (names.length === 0 && tools.length === 0) return [];
  const by = [...new Set(tools)].sort(byCodePoint).join(" and ");
  const words = by === "" ? "by hand or by a tool that is not known" : `by ${by}`;
  return [note("workspaces/manager", `${name} is applied ${words} (field managers ${names.join(", ") || "none"})`)];
}
