import type { Group } from "./groups.ts";
import { has, lastRow, type Mask, meets, nextRow } from "./mask.ts";
import { type HostPort, portsConflict } from "./pod-spec.ts";
import type { RowTable } from "./row-table.ts";
import type { Fit } from "./variants.ts";
import { HOSTNAME } from "./words.ts";

/** A node while pods are put on it. Everything here changes; nothing of it leaves the one call that made it. */
export interface OpenNode {
  readonly id: number;
  /** What it can be. Rows that have become too small are taken out at the end. */
  rows: Mask;
  /** The one row that is left; -1 while there are several. */
  row: number;
  /** A row that is known to have had room last time. */
  witness: number;
  /** The first row that holds what is on it: what it will be if nothing more comes. */
  choice: number;
  readonly used: Float64Array;
  readonly pods: number[];
  ports: readonly HostPort[];
  full: boolean;
  /** Domains by key, once they are decided: they stay. */
  readonly domains: Map<string, number>;
}

/** Domain of a node that can still have several, and of one that lacks the label. */
export const UNDECIDED = -1;
export const NO_DOMAIN = -2;

export interface Room {
  readonly table: RowTable;
  /** Row after row, one number for each resource. */
  readonly room: Float64Array;
  readonly width: number;
}

export function openNode(id: number, rows: Mask, width: number): OpenNode {
  const first = nextRow(rows, 0);
  const last = lastRow(rows);
  const row = first === last ? first : -1;
  return {
    id,
    rows,
    row,
    witness: last,
    choice: first,
    used: new Float64Array(width),
    pods: [],
    ports: [],
    full: false,
    domains: new Map(),
  };
}

/** Whether a node of this row has room beside what is used. */
export function rowFits({ room, width }: Room, row: number, used: Float64Array, requests: Float64Array): boolean {
  const at = row * width;
  for (let i = 0; i < width; i++) {
    const wanted = requests[i] ?? 0;
    if (wanted > 0 && (used[i] ?? 0) + wanted > (room[at + i] ?? 0)) return false;
  }
  return true;
}

/** Whether a pod finds room on the node without making it a larger one. */
export function fitsChoice(room: Room, { choice, used, full, ports }: OpenNode, fit: Fit): boolean {
  if (full || !has(fit.mask, choice) || !rowFits(room, choice, used, fit.requests)) return false;
  return fit.ports.length === 0 || !portsConflict(fit.ports, ports);
}

/** Whether a pod finds room on the node, spread and affinity aside. Once false it stays false: nodes only fill up. */
export function nodeFits(room: Room, node: OpenNode, fit: Fit): boolean {
  if (node.full || (fit.ports.length > 0 && portsConflict(fit.ports, node.ports))) return false;
  const { witness } = node;
  if (has(fit.mask, witness) && rowFits(room, witness, node.used, fit.requests)) return true;
  if (node.row !== -1) return false;
  const found = fittingIn(room, node.rows, node.used, fit);
  if (found === -1) return false;
  node.witness = found;
  return true;
}

/** The last of these rows that suits the pod and has room beside what is used; -1 where there is none. */
export function fittingIn(room: Room, rows: Mask, used: Float64Array, fit: Fit): number {
  for (let word = rows.length - 1; word >= 0; word--) {
    let bits = (rows[word] ?? 0) & (fit.mask[word] ?? 0);
    while (bits !== 0) {
      const bit = 31 - Math.clz32(bits);
      const row = (word << 5) + bit;
      if (rowFits(room, row, used, fit.requests)) return row;
      bits &= ~(1 << bit);
    }
  }
  return -1;
}

/** The node's domain of a key: an index, UNDECIDED or NO_DOMAIN. */
export function domainOf(table: RowTable, node: OpenNode, key: string): number {
  if (key === HOSTNAME) return node.id;
  const decided = node.domains.get(key);
  if (decided !== undefined) return decided;
  const domain = commonDomain(table.domains(key).ofRow, node.rows);
  if (domain !== UNDECIDED) node.domains.set(key, domain);
  return domain;
}

function commonDomain(ofRow: Int32Array, rows: Mask): number {
  const first = nextRow(rows, 0);
  const domain = known(ofRow[first]);
  for (let row = nextRow(rows, first + 1); row !== -1; row = nextRow(rows, row + 1)) {
    if (known(ofRow[row]) !== domain) return UNDECIDED;
  }
  return domain;
}

function known(domain = -1): number {
  return domain === -1 ? NO_DOMAIN : domain;
}

/** Counts a pod in a group. The node's domain must be decided. */
export function countIn(table: RowTable, group: Group, node: OpenNode, owner: boolean): void {
  if (!owner) group.total++;
  const domain = domainOf(table, node, group.key);
  if (domain < 0) return;
  const list = owner ? group.owners : group.counts;
  while (list.length <= domain) list.push(0);
  list[domain] = (list[domain] ?? 0) + 1;
}

/** Whether the group counts pods of this node. */
export function counted(group: Group, node: OpenNode): boolean {
  if (group.filter === undefined) return true;
  return node.row === -1 ? meets(group.filter, node.rows) : has(group.filter, node.row);
}
