import type { RuleSet } from "./rule.ts";

/** ValidatingAdmissionPolicies, judged without a cluster. */
export const policyRules = {
  "policy/denied": {
    level: "error",
    means:
      "A ValidatingAdmissionPolicy refuses the Workspace; the message is the API server's own, after `denied request: `.",
    remedy: "Do what the message says, or ask whoever owns the policy.",
    when: "a policy whose validation is false",
  },
  "policy/warned": {
    level: "warning",
    means: "A policy whose binding warns has something against the Workspace; it is stored nevertheless.",
    remedy: "Do what the message says before the binding denies.",
    when: "the same by a binding with validationActions [Warn]",
  },
  "policy/not-judged": {
    level: "warning",
    means:
      "A policy asks what cannot be known without the cluster (who asks, the authorizer, a parameter that is not among the files), or is written in a way this engine cannot read. It may still deny.",
    remedy: "Add the parameter to the files, or look at what the API server says with kubectl apply --dry-run=server.",
    when: "a policy that asks authorizer",
  },
} as const satisfies RuleSet;
