import { selects } from "./label-selector.ts";
import type { Match, ResourceRule } from "./policy.ts";
import { labelsOf, type Request } from "./request.ts";

/** The version of the resource by which rules match a request; undefined where they do not. No rules match everything. */
export function matchedVersion(match: Match, request: Request): string | undefined {
  if (!inNamespace(match, request) || !byLabels(match, request)) return undefined;
  if (ruled(match.excluded, match.equivalent, request) !== undefined) return undefined;
  return match.rules.length === 0 ? request.version : ruled(match.rules, match.equivalent, request);
}

function inNamespace({ namespaces }: Match, { namespace, namespaceObject }: Request): boolean {
  return (
    namespace === "" || selects(namespaces, { "kubernetes.io/metadata.name": namespace, ...labelsOf(namespaceObject) })
  );
}

/** The object as it will be or as it was. */
function byLabels({ objects }: Match, { object, oldObject }: Request): boolean {
  if (objects.length === 0) return true;
  return [object, oldObject].some((one) => one !== undefined && selects(objects, labelsOf(one)));
}

function ruled(rules: readonly ResourceRule[], equivalent: boolean, request: Request): string | undefined {
  const matches = (version: string): boolean => rules.some((rule) => matchesRule(rule, version, request));
  if (matches(request.version)) return request.version;
  return equivalent ? request.versions.find(matches) : undefined;
}

function matchesRule(rule: ResourceRule, version: string, request: Request): boolean {
  const { group, operation, resource, name, namespace } = request;
  const inScope = rule.scope === "*" || (rule.scope === "Cluster") === (namespace === "");
  return (
    inScope &&
    has(rule.operations, operation) &&
    has(rule.apiGroups, group) &&
    has(rule.apiVersions, version) &&
    // `*/*` and `workspaces/*` take the resource itself in, too.
    rule.resources.some((one) => [resource, "*", `${resource}/*`, "*/*"].includes(one)) &&
    (rule.resourceNames.length === 0 || rule.resourceNames.includes(name))
  );
}

function has(list: readonly string[], wanted: string): boolean {
  return list.includes("*") || list.includes(wanted);
}
