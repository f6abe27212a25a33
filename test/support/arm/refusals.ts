import type { ArmError, Refusal } from "./wire.ts";

/** What Azure says of each trouble, with the words a client has to tell them apart by. */
export interface Trouble {
  readonly status: number;
  readonly error: ArmError;
}

export interface QuotaNumbers {
  /** As in `standardNCADSA100v4Family`, `LowPriorityCores`, `Total Regional`. */
  readonly name: string;
  readonly region: string;
  readonly limit: number;
  readonly used: number;
  readonly asked: number;
}

/** Codes that name what there is too little of. */
export type StockCode =
  | "ZonalAllocationFailed"
  | "OverconstrainedZonalAllocationRequest"
  | "AllocationFailed"
  | "OverconstrainedAllocationRequest"
  | "SkuNotAvailable"
  | "VMSizeNotSupported"
  | "BadRequest";

/** One message of one quota; which one it is, only the text says. */
export function quotaError({ name, region, limit, used, asked }: QuotaNumbers): ArmError {
  const which = name === "LowPriorityCores" ? "LowPriorityCores" : `${name} Cores`;
  return {
    code: "OperationNotAllowed",
    message:
      `Operation could not be completed as it results in exceeding approved ${which} quota. ` +
      `Additional details - Deployment Model: Resource Manager, Location: ${region}, Current Limit: ${limit}, ` +
      `Current Usage: ${used}, Additional Required: ${asked}, (Minimum) New Limit Required: ${used + asked}. ` +
      "Submit a request for Quota increase at https://aka.ms/ProdportalCRP by specifying parameters listed in the " +
      "'Details' section for deployment to succeed.",
  };
}

/** The same, as an operation that failed later tells it: the outer code is another. */
export function laterQuotaError(numbers: QuotaNumbers): ArmError {
  const inner = quotaError(numbers);
  return { code: "QuotaExceeded", message: inner.message, details: [inner] };
}

const STOCK_MESSAGES: Readonly<Record<StockCode, (vmSize: string, region: string) => string>> = {
  ZonalAllocationFailed: (vmSize) =>
    `Allocation failed. We do not have sufficient capacity for the requested VM size ${vmSize} in this zone. ` +
    "Read more about improving likelihood of allocation success at http://aka.ms/allocation-guidance",
  OverconstrainedZonalAllocationRequest: (vmSize) =>
    `Allocation failed. VM(s) of size ${vmSize} with the following constraints cannot be allocated in this zone, ` +
    "because the condition is too restrictive.",
  AllocationFailed: (vmSize, region) =>
    `Allocation failed. We do not have sufficient capacity for the requested VM size ${vmSize} in region ${region}.`,
  OverconstrainedAllocationRequest: (vmSize) =>
    `Allocation failed. VM(s) of size ${vmSize} with the following constraints cannot be allocated, because the ` +
    "condition is too restrictive. Constraints applied are: - Networking Constraints - VM Size",
  SkuNotAvailable: (vmSize, region) =>
    `The requested VM size for resource 'Following SKUs have failed for Capacity Restrictions: ${vmSize}' is currently ` +
    `not available in location '${region}'. Please try another size or deploy to a different location or different zone.`,
  VMSizeNotSupported: (vmSize, region) =>
    `The VM size of AgentPoolProfile is not supported: ${vmSize} is not allowed in your subscription in location '${region}'.`,
  BadRequest: (vmSize, region) =>
    `Virtual Machine size: ${vmSize} is not supported for subscription in location '${region}'.`,
};

export const stockError = (code: StockCode, vmSize: string, region: string): ArmError => ({
  code,
  message: STOCK_MESSAGES[code](vmSize, region),
});

/** Another operation has the pool, or the cluster. */
export const busy = (pool: string, operation: string): Refusal => ({
  status: 409,
  error: {
    code: "OperationNotAllowed",
    message:
      `Operation is not allowed because there's an in progress ${operation} operation on agent pool '${pool}'. ` +
      "Please wait for it to finish before starting a new operation. See https://aka.ms/aks-pending-operation for more details",
  },
});

export const overridden: ArmError = {
  code: "ReconcileVMSSAgentPoolFailed",
  message: "The operation was overriden and canceled by a later operation on the managed cluster.",
};

export const throttled = (handler: string, seconds: number, retryAfter: number | undefined): Refusal => ({
  status: 429,
  error: {
    code: "Throttled",
    message: `The ${handler} request limit has been exceeded for agentpools, please retry again in ${seconds} seconds.`,
  },
  ...(retryAfter === undefined ? {} : { headers: { "retry-after": String(retryAfter) } }),
});
