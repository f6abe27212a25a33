import type { Mirrors, PriceTable } from "../catalogue.ts";
import { byCodePoint, canonicalJson, isObject, type JsonObject, sameJson } from "../json.ts";
import type { Collected, Entry } from "./collect.ts";
import { defaultsFile, userDefaultsFile, type WholeDefaults } from "./defaults-file.ts";
import { type Finding, finding } from "./file.ts";
import { contradictions, mergedOver } from "./merge.ts";

/** The defaults: what ships, and over it what users state. Their maps join key by key, their lists replace. */
export function settledDefaults(
  shipped: Collected["defaults"],
  users: Collected["defaults"],
): { readonly defaults?: WholeDefaults; readonly findings: readonly Finding[] } {
  const findings: Finding[] = [];
  let stated: JsonObject = {};
  for (const { file, content } of users) {
    const issues = userDefaultsFile.check(content, "");
    findings.push(...issues.map((issue) => finding(file, issue.path, issue.message)));
    const paths = contradictions(stated, content);
    findings.push(
      ...paths.map((path) => finding(file, path, `${path} is stated differently in another file: keep one`)),
    );
    stated = mergedOver(stated, content);
  }
  const base = shipped.reduce<JsonObject>((all, { content }) => mergedOver(all, content), {});
  if (findings.length > 0) return { findings };
  const whole = withFormerModels(base, mergedOver(base, stated));
  const file = (users[0] ?? shipped[0])?.file ?? { path: "defaults.yaml", shown: "defaults.yaml" };
  const asShipped = users.length === 0 && shipped.length === 1 && file.checked === true;
  const issues = asShipped ? [] : defaultsFile.check(whole, "");
  if (issues.length > 0) return { findings: issues.map((issue) => finding(file, issue.path, issue.message)) };
  return { defaults: defaultsFile.read(whole), findings };
}

/** Names that models once had stay known beside those a user adds. */
function withFormerModels(base: JsonObject, whole: JsonObject): JsonObject {
  const stated = listOf(whole["formerModels"]);
  const names = new Set(stated.map((entry) => entry["name"]));
  const kept = listOf(base["formerModels"]).filter((entry) => !names.has(entry["name"]));
  return { ...whole, formerModels: [...stated, ...kept] };
}

function listOf(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** Tables of users before the shipped ones, newer before older. */
export function settledPrices(
  shipped: readonly Entry<PriceTable>[],
  users: readonly Entry<PriceTable>[],
): readonly PriceTable[] {
  const newest = (entries: readonly Entry<PriceTable>[]): readonly PriceTable[] =>
    entries
      .map(({ value }) => value)
      .sort((a, b) => byCodePoint(b.date, a.date) || byCodePoint(canonicalJson(a), canonicalJson(b)));
  return [...newest(users), ...newest(shipped)];
}

/** All files of mirrors as one. */
export function settledMirrors(entries: readonly Entry<Mirrors>[]): {
  readonly mirrors?: Mirrors;
  readonly findings: readonly Finding[];
} {
  const findings: Finding[] = [];
  const images = new Map<string, string>();
  let rest: JsonObject = {};
  const pullSecrets = new Set<string>();
  for (const { file, value } of entries) {
    value.images.forEach(({ prefix, mirror }, i) => {
      if ((images.get(prefix) ?? mirror) !== mirror) {
        findings.push(finding(file, `images[${i}]`, `${prefix} is also mirrored by ${images.get(prefix)}: keep one`));
      }
      images.set(prefix, mirror);
    });
    for (const secret of value.pullSecrets) pullSecrets.add(secret);
    const { images: _images, pullSecrets: _secrets, ...settings } = value;
    for (const [key, setting] of Object.entries(settings)) {
      if (Object.hasOwn(rest, key) && !sameJson(rest[key], setting)) {
        findings.push(finding(file, key, `${key} is stated differently in another file: keep one`));
      }
    }
    rest = { ...rest, ...settings };
  }
  if (entries.length === 0) return { findings };
  const prefixes = [...images].map(([prefix, mirror]) => ({ prefix, mirror }));
  const sorted = prefixes.sort((a, b) => byCodePoint(a.prefix, b.prefix));
  return { mirrors: { ...rest, images: sorted, pullSecrets: [...pullSecrets].sort(byCodePoint) }, findings };
}
