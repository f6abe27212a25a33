import { list, object, oneOf, string } from "../schema.ts";
import { ADOPTIONS } from "./report.ts";

const issue = object(
  {
    path: string("Field of the Workspace."),
    code: string("Rule; docs/rules.md lists all."),
    message: string("What is wrong, and a way out."),
  },
  "One thing that admission says.",
  { required: ["path", "code", "message"] },
);

/** One Workspace of `doctor --take-over -o json`. */
export const takenOverSchema = object(
  {
    namespace: string("Its namespace."),
    name: string("Its name."),
    runs: string("Kind of KAITO's workload, which runs on as it is; absent: nothing runs, and Foresail starts it."),
    adoption: oneOf(ADOPTIONS, "How pods are replaced at the adoption. Taking over alone restarts nothing."),
    changes: list(string("One change."), "What the adoption changes."),
    refused: list(issue, "What KAITO took and Foresail refuses."),
    warnings: list(issue, "What Foresail warns about."),
  },
  "What taking over means for one Workspace.",
  { required: ["namespace", "name", "adoption", "changes", "refused", "warnings"] },
);
