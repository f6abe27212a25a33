/** A request that changes something outside of the process that sends it. */
export interface Request {
  readonly verb: string;
  readonly path: string;
  readonly body: string;
}

/** A request as it is counted. */
export interface Call extends Pick<Request, "verb" | "path"> {
  /** The same in each run of a scenario: verb, path without the names of this run, and which one of these it is. */
  readonly name: string;
  /** Status of the answer; absent while there is none. */
  status?: number;
}

/** Whose a request is, where several runs share one process. */
export interface Owner {
  owns(request: Request): boolean;
  /** A path without the names that only this run has. */
  plain(path: string): string;
}

/** Of a process that does one thing only. */
export const ALL_CALLS: Owner = { owns: () => true, plain: (path) => path };

/**
 * The owner of what is asked for the sake of one namespace: the namespace or one of its claims is named in the path or in
 * the body. A claim is known by its creation, whose labels tell of the namespace; its pool and Node carry its name.
 */
export function callsOf(space: string): Owner {
  const claims = new Set<string>();
  return {
    owns: (request) => {
      const { path, body } = request;
      const isNamed = [space, ...claims].some((name) => path.includes(name) || body.includes(name));
      if (isNamed && isClaimCreation(request)) claims.add(JSON.parse(body).metadata.name);
      return isNamed;
    },
    plain: (path) =>
      [...claims]
        .reduce((text, claim) => text.replaceAll(claim, "CLAIM"), path.replaceAll(space, "SPACE"))
        .replace(/\/pods\/[^/]+/, "/pods/POD")
        .replace(/^\/subscriptions\/.*\/agentPools/, "/agentPools"),
  };
}

export function isClaimCreation({ verb, path }: Pick<Call, "verb" | "path">): boolean {
  return verb === "POST" && path === "/apis/karpenter.sh/v1/nodeclaims";
}

export function isClaimDeletion({ verb, path }: Call): boolean {
  return verb === "DELETE" && path.startsWith("/apis/karpenter.sh/v1/nodeclaims/");
}

/** The finalizer of a Workspace, not its status. */
export function isWorkspacePatch({ verb, path }: Call): boolean {
  return verb === "PATCH" && /\/workspaces\/[^/]+$/.test(path);
}

export function isPoolCreation({ verb, path }: Call): boolean {
  return verb === "PUT" && path.includes("/agentPools/");
}

export function isPoolDeletion({ verb, path }: Call): boolean {
  return verb === "DELETE" && path.includes("/agentPools/");
}

/** The claim as such, not its status: once its finalizer is put on, once it goes. */
export function isClaimPatch({ verb, path }: Call): boolean {
  return verb === "PATCH" && /\/nodeclaims\/[^/]+$/.test(path);
}
