import { objectAt, objectsAt, textAt } from "../../capacity/fields.ts";
import { byCodePoint, canonicalJson, type JsonObject } from "../../json.ts";
import { customResourceDefinition } from "../../kinds/kind.ts";
import { workspaceKind } from "../../kinds/workspace.ts";
import { hasExpansion } from "../../take-over/definition.ts";
import { type AppliedBy, appliedBy } from "../../uninstall/appliers.ts";
import type { Facts } from "../facts.ts";
import { type Finding, note, ok, problem, warning } from "../finding.ts";
import { known } from "../reading.ts";

const NAME = "CustomResourceDefinition workspaces.kaito.sh";
const APPLY = "kubectl apply --server-side -f manifests/crds/workspaces.kaito.sh.yaml";

/** Whose definition of Workspaces this is, whether it is this version's, and who applies it. */
export function definition(facts: Facts): readonly Finding[] {
  if (facts.definition?.kind !== "read") return [];
  const found = known(facts.definition);
  if (found === undefined) {
    const next = "install Foresail (kubectl apply -k manifests/overlays/…), or try it with foresail up";
    return [note("workspaces/definition", `there is no ${NAME}`, next)];
  }
  if (!hasExpansion(found)) {
    // No command: to replace it is to take KAITO's Workspaces over, which nobody should do by copying a line.
    const next = "use a cluster without it, or take its Workspaces over as docs/from-kaito.md says";
    return [
      problem("workspaces/definition", `${NAME} is KAITO's, without the field expansion`, next),
      ...manager(found),
    ];
  }
  return [ok("workspaces/definition", `${NAME} is Foresail's`), ...schema(found), ...manager(found)];
}

function schema(found: JsonObject): readonly Finding[] {
  const schemas = (of: JsonObject): string =>
    canonicalJson(objectsAt(of, "spec", "versions").map((one) => [one["name"], objectAt(one, "schema")]));
  if (schemas(found) === schemas(customResourceDefinition(workspaceKind, "kaito.sh"))) {
    return [ok("workspaces/schema", "its schema is that of this version")];
  }
  return [warning("workspaces/schema", "its schema is another than that of this version of foresail", APPLY)];
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

function manager(found: JsonObject): readonly Finding[] {
  const managers = objectsAt(found, "metadata", "managedFields")
    // Its status and the words of the API server itself are nobody's wish.
    .filter((one) => textAt(one, "subresource") === undefined)
    .flatMap((one) => textAt(one, "manager") ?? []);
  const tools = [...managers.flatMap((name) => TOOLS[name] ?? []), ...markedBy(found)];
  const names = [...new Set(managers)].sort(byCodePoint);
  if (names.length === 0 && tools.length === 0) return [];
  const by = [...new Set(tools)].sort(byCodePoint).join(" and ");
  const words = by === "" ? "by hand or by a tool that is not known" : `by ${by}`;
  return [note("workspaces/manager", `it is applied ${words} (field managers ${names.join(", ") || "none"})`)];
}
