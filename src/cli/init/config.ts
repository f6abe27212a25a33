/**
 * The configuration of `foresail check` with every key at its default, each commented out: `# ` begins a remark, `#` alone
 * a key.
 */
export const CONFIG = `# Configuration of foresail check, found from the directory it runs in upwards. A flag wins over this file.
# Everything here is the default; remove the # to change it.

# Severity of single rules by their code (docs/rules.md, foresail check --help): error, warning, notice or off.
#rules:
#  image/moving-tag: warning

# Namespace of Workspaces that state none.
#namespace: default

# Findings that were there before and do not count; written by foresail check --write-baseline.
#baseline: .foresail-baseline.json

# Findings from which the exit code is 1: error, warning or never.
#fail-on: error

# Directories or files with ValidatingAdmissionPolicies; shipped: those that ship. Those among the files judge what is applied with them.
#policies: [shipped]

# Directories or files of catalogue data, over what ships: models, sizes, prices, mirrors of your own.
#catalogs: []

# The most that all Workspaces together may cost, in USD: 5000/month or 7.50/hour. Absent: no budget.
#budget: 5000/month

# Quotas of the cloud by region, each a file that az vm list-usage --location REGION -o json wrote. Absent: not compared.
#quotas:
#  eastus: usage.json

# Findings that are left, each with its reason. workspace (namespace/name) and path are patterns with *; until is the last day.
#waivers:
#  - rule: cost/over-budget
#    workspace: team-a/*
#    path: clusters/dev/*
#    reason: a trial, agreed with the platform team
#    until: 2027-01-31
`;
