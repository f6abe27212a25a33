import type { JsonObject } from "./json.ts";
import type { WorkspaceStatus } from "./kinds/workspace-status.ts";

/** Names one live object exactly. */
export interface Target {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** One thing to do, as data: a plan can be printed, compared and not carried out. */
export type Action =
  /** Server-side apply of a child by field manager `foresail`; without force where nothing of that name was seen. */
  | {
      readonly kind: "apply";
      readonly object: JsonObject;
      readonly exists: boolean;
      /** It was made by KAITO: what the object does not state goes, whoever wrote it. */
      readonly takesOver?: true;
    }
  /** Server-side apply of `spec.replicas` alone, by field manager `foresail-replicas`. */
  | { readonly kind: "applyReplicas"; readonly object: JsonObject }
  | { readonly kind: "delete"; readonly target: Target; readonly propagation: "Foreground" | "Background" }
  | { readonly kind: "addFinalizer" }
  | {
      readonly kind: "removeFinalizer";
      /** Absent: ours and KAITO's. */
      readonly only?: string;
    }
  | {
      readonly kind: "createClaim";
      readonly claim: JsonObject;
      /** Keys of the pods it is for; empty: not known, or still to come. */
      readonly pods: readonly string[];
    }
  | {
      readonly kind: "deleteClaim";
      readonly name: string;
      readonly uid: string;
      readonly why: string;
      /** Only if no pod uses this node of its; empty: of whatever node it has by now. */
      readonly ifUnused?: string;
      /** What the claim says when it goes is remembered as if somebody else had deleted it. */
      readonly tellsItsEnd?: boolean;
    }
  | {
      readonly kind: "deletePool";
      readonly name: string;
      readonly uid: string;
      /** Only if no pod uses these nodes. */
      readonly ifUnused: readonly string[];
    }
  | { readonly kind: "applyStatus"; readonly status: WorkspaceStatus }
  | {
      readonly kind: "event";
      readonly type: "Normal" | "Warning";
      readonly reason: string;
      readonly note: string;
      /** Absent: the Workspace. */
      readonly regarding?: Target;
    }
  /** Look again, whatever happens until then. */
  | { readonly kind: "requeue"; readonly afterMs: number };

export interface Plan {
  /** In the order they are carried out; the first that fails ends the plan. */
  readonly actions: readonly Action[];
  /** Why it is as it is, for logs and `foresail plan`. */
  readonly reasons: readonly { readonly reason: string; readonly message: string }[];
  /** Claims without pods at this look: the caller remembers since when. */
  readonly emptyClaims: readonly string[];
  /** Waiting pods for which a Ready node has room, to be remembered likewise. */
  readonly placeable?: readonly string[];
  /** Claims whose node joined and cannot be used, by `unreadyName`, to be remembered likewise. */
  readonly unready?: readonly string[];
  /** Whether pods wait because too many nodes are being launched: the caller looks again when some have joined. */
  readonly awaitsLaunches?: boolean;
}
