import { error, type Issue } from "../issue.ts";
import { shown } from "../schema.ts";
import type { Check } from "./check.ts";

const PATH = "resource.partition";
/** As NVIDIA names a slice: compute slices and memory. */
const PROFILE = /^\d+g\.[\d.]+gb$/;

/** A part of a node's GPUs: one slice of a cut GPU (mig), or some of the whole ones (accelerator); on own nodes only. */
export const checkPartition: Check = (workspace, { provision }) => {
  const partition = workspace.resource?.partition;
  // A tuning Workspace is refused one by the rules on tuning.
  if (partition === undefined || workspace.tuning !== undefined) return [];
  const { mode, profile, count } = partition;
  const own = provision
    ? [
        error(
          PATH,
          "partition/provision",
          `${PATH} needs nodes of your own, set metadata.annotations[foresail.dev/provision]: "false"; a node that is bought is used whole`,
        ),
      ]
    : [];
  if (mode === "mig") return [...own, ...migIssues(profile, count)];
  if (mode === "accelerator") return [...own, ...acceleratorIssues(profile, count)];
  return [
    ...own,
    error(`${PATH}.mode`, "partition/mode", `${PATH}.mode must be mig or accelerator, given ${shown(mode)}`),
  ];
};

function migIssues(profile: string | undefined, count: number | undefined): readonly Issue[] {
  const issues: Issue[] = [];
  if (count !== undefined) {
    const text = `${PATH}.count is for mode accelerator: remove it, with mig a pod gets one slice`;
    issues.push(error(`${PATH}.count`, "partition/count", text));
  }
  if (profile === undefined || !PROFILE.test(profile)) {
    const given = profile === undefined ? "it is absent" : `given ${shown(profile)}`;
    const text = `${PATH}.profile must name a slice as NVIDIA does, for example 1g.10gb, ${given}`;
    issues.push(error(`${PATH}.profile`, "partition/profile", text));
  }
  return issues;
}

function acceleratorIssues(profile: string | undefined, count: number | undefined): readonly Issue[] {
  const issues: Issue[] = [];
  if ((profile ?? "") !== "") {
    const text = `${PATH}.profile is for mode mig: remove it, or state mode mig`;
    issues.push(error(`${PATH}.profile`, "partition/profile", text));
  }
  if (count === undefined || count < 1) {
    const given = count === undefined ? "it is absent" : `given ${count}`;
    const text = `${PATH}.count must be the number of whole GPUs with mode accelerator, at least 1, ${given}`;
    issues.push(error(`${PATH}.count`, "partition/count", text));
  }
  return issues;
}
