import { error, warning } from "../issue.ts";
import { shown } from "../schema.ts";
import type { Check } from "./check.ts";

// 63 characters of a label value less the 11 a StatefulSet or Job adds to the names of its pods and revisions.
const LONGEST_NAME = 52;

/** Children carry the name of the Workspace, so it must be a label and leave room for suffixes. */
export const checkName: Check = (workspace) => {
  const name = workspace.metadata.name ?? "";
  if (name === "") {
    return [
      error(
        "metadata.name",
        "name/required",
        "metadata.name is required: a name made from metadata.generateName comes too late for admission, state one",
      ),
    ];
  }
  if (name.length > LONGEST_NAME) {
    return [
      error(
        "metadata.name",
        "name/too-long",
        `metadata.name has ${name.length} characters; its Deployment, Service and pods leave room for ${LONGEST_NAME}: shorten it`,
      ),
    ];
  }
  if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name)) {
    return [
      error(
        "metadata.name",
        "name/invalid",
        `metadata.name must consist of a-z, 0-9 and -, and start and end with a letter or digit, given ${shown(name)}`,
      ),
    ];
  }
  // A training run has no Service.
  return /^[0-9]/.test(name) && workspace.tuning === undefined
    ? [
        warning(
          "metadata.name",
          "name/digit",
          "metadata.name starts with a digit: Kubernetes before 1.36 refuses a Service of that name",
        ),
      ]
    : [];
};
