import { EMPTY_STATE, type State } from "../../core/compare/state.ts";
import type { JsonObject } from "../../core/json.ts";
import { isWorkspace } from "../../core/kinds/is-workspace.ts";
import type { Workspace } from "../../core/kinds/workspace.ts";
import type { Manifest } from "../input/manifest.ts";
import { inNamespace, presetTemplate } from "../pod-templates.ts";
import { asStated } from "../stored.ts";

/**
 * What these manifests state.
 * @param namespace of manifests that state none
 */
export function stateOfAll(manifests: readonly Manifest[], namespace: string): State {
  const states = manifests.map(({ object }) => stateOf(object, namespace));
  return {
    workspaces: states.flatMap(({ workspaces }) => workspaces),
    templates: states.flatMap(({ templates }) => templates),
    configMaps: states.flatMap(({ configMaps }) => configMaps),
  };
}

function stateOf(object: JsonObject, namespace: string): State {
  if (isWorkspace(object)) {
    const stated = asStated(object, namespace);
    const workspace = stated.object as unknown as Workspace;
    return { ...EMPTY_STATE, workspaces: [{ workspace, issues: stated.issues }] };
  }
  const placed = inNamespace(object, namespace);
  if (object["kind"] === "ConfigMap") return { ...EMPTY_STATE, configMaps: [placed] };
  const template = presetTemplate(object);
  return template === undefined ? EMPTY_STATE : { ...EMPTY_STATE, templates: [{ object: placed, pod: template.pod }] };
}
