import { both, type Mask, nextRow } from "./mask.ts";
import { domainOf, fittingIn, NO_DOMAIN, type OpenNode, type Room, rowFits, UNDECIDED } from "./nodes.ts";
import { admits, leastOf, type Rule, type Variant } from "./variants.ts";

/** Domains of one key that the rules of a pod let it into, now. */
export interface Allowed {
  readonly key: string;
  /** Best first: the fewest pods that it is to be apart from or spread among, then the order of rows. */
  readonly order: readonly number[];
  readonly flags: Uint8Array;
  /** Whether a node without the label will do: for pods that are to be apart, and while there is nobody to be seen. */
  readonly without: boolean;
}

/** What the keyed rules of a variant allow. Valid until a pod is placed. */
export function allowedDomains(room: Room, { keyed }: Variant): readonly Allowed[] {
  return keyed.map(({ key, rules }) => {
    const { values } = room.table.domains(key);
    const least = rules.map(leastOf);
    const flags = new Uint8Array(values.length);
    const order: number[] = [];
    for (let domain = 0; domain < values.length; domain++) {
      if (!rules.every((rule, i) => admits(rule, domain, least[i] ?? 0))) continue;
      flags[domain] = 1;
      order.push(domain);
    }
    const load = (domain: number): number =>
      rules.reduce((sum, rule) => sum + (rule.kind === "spread" ? (rule.group.counts[domain] ?? 0) : 0), 0);
    if (rules.some((rule) => rule.kind === "spread")) order.sort((a, b) => load(a) - load(b) || a - b);
    return { key, order, flags, without: rules.every(toleratesNoDomain) };
  });
}

function toleratesNoDomain(rule: Rule): boolean {
  if (rule.kind === "apart" || rule.kind === "kept-away") return true;
  // The zone of a node that is asked for without one is not known before it comes; for the first pod any will do.
  return rule.group.total === 0 && (rule.kind === "spread" || rule.self);
}

/** Whether the rules about the node itself let the pod onto it. */
export function hostAdmits({ hostRules }: Variant, node: number): boolean {
  for (const rule of hostRules) if (!admits(rule, node, 0)) return false;
  return true;
}

/**
 * The rows a node keeps when the pod comes: one domain of each key that its rules speak of. Undefined where none will do. The
 * same mask comes back where nothing changes.
 */
export function narrowed(room: Room, node: NodeRows, { fit }: Variant, allowed: readonly Allowed[]): Mask | undefined {
  const fits = (rows: Mask): boolean => fittingIn(room, rows, node.used, fit) !== -1;
  const narrow = (rows: Mask, at: number): Mask | undefined => {
    const next = allowed[at];
    if (next === undefined) return fits(rows) ? rows : undefined;
    for (const part of parts(room, node, rows, next)) {
      const found = fits(part) ? narrow(part, at + 1) : undefined;
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return narrow(node.rows, 0);
}

/** A node that is open, or only thought of. */
interface NodeRows {
  readonly rows: Mask;
  readonly used: Float64Array;
  readonly open?: OpenNode;
}

/** The rows in each domain that is allowed, best first. */
function parts(
  { table }: Room,
  { open }: NodeRows,
  rows: Mask,
  { key, order, flags, without }: Allowed,
): readonly Mask[] {
  const decided = open === undefined ? UNDECIDED : domainOf(table, open, key);
  if (decided === NO_DOMAIN) return without ? [rows] : [];
  if (decided !== UNDECIDED) return flags[decided] === 1 ? [rows] : [];
  const { masks } = table.domains(key);
  return order.map((domain) => both(rows, masks[domain] ?? rows));
}

/** Quick check of a node whose domains are decided; undefined where it takes the longer way. */
export function decidedAdmits(room: Room, node: OpenNode, allowed: readonly Allowed[]): boolean | undefined {
  for (const { key, flags, without } of allowed) {
    const domain = domainOf(room.table, node, key);
    if (domain === UNDECIDED) return undefined;
    if (domain === NO_DOMAIN ? !without : flags[domain] !== 1) return false;
  }
  return true;
}

/** The rows in the domain of the first of them that has room for what is used: a node is in one domain, whatever it costs. */
export function pinned({ table, room, width }: Room, rows: Mask, used: Float64Array, key: string): Mask {
  const { ofRow, masks } = table.domains(key);
  const nothing = new Float64Array(width);
  let row = nextRow(rows, 0);
  while (row !== -1 && !rowFits({ table, room, width }, row, nothing, used)) row = nextRow(rows, row + 1);
  const domain = ofRow[row] ?? -1;
  return domain === -1 ? rows : both(rows, masks[domain] ?? rows);
}
