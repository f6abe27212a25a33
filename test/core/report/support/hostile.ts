import fc from "fast-check";
import type { CheckedWorkspace, Finding, Report, Subject } from "../../../../src/core/report/report.ts";
import { areas, type RuleCode } from "../../../../src/core/rules.ts";
import { report, running } from "./sample.ts";

/** What people would try: other formats' syntax, steering characters, halves of characters. */
const attacks = [
  "\n::error::owned",
  "\r\n::set-output name=x::y",
  "%0A::stop-commands::x",
  "<!-- foresail:report:check -->",
  "<!--",
  "--!>",
  "</td></tr></table><script>alert(1)</script>",
  "]]>",
  "</failure>",
  "\u0000",
  "\u001b[2J\u001b]0;title\u0007",
  "\u009b31m",
  "\u202egnp.exe",
  "\u200b",
  "\u2028",
  "\ud800",
  "\ufffe",
  "|",
  "\\|",
  "`",
  "```\n# heading",
  "\n/close",
  "@everyone",
  "#1",
  "[link](https://evil.example)",
  "https://evil.example",
  "<details>",
  "</details>",
  "</pre>",
  "$x$",
  "*_~",
  "../../etc/passwd",
  "日本語",
  "🚢",
];

export const hostileText = fc
  .array(fc.oneof(fc.constantFrom(...attacks), fc.string({ unit: "grapheme", maxLength: 8 })), { maxLength: 4 })
  .map((parts) => parts.join(""));

const codes = areas.flatMap(({ rules }) => Object.keys(rules)) as RuleCode[];
const line = fc.integer({ min: 1, max: 10_000 });

const place = fc.record({ file: hostileText, line, column: line });
const subject: fc.Arbitrary<Subject> = fc.record({ kind: hostileText, namespace: hostileText, name: hostileText });
const fix = fc.record({
  describes: hostileText,
  edits: fc.array(fc.record({ file: hostileText, line, endLine: line, text: hostileText }), { maxLength: 2 }),
});
const waiver = fc.record(
  {
    by: fc.constantFrom("annotation" as const, "config" as const, "baseline" as const),
    reason: hostileText,
    until: hostileText,
  },
  { requiredKeys: ["by", "reason"] },
);

const hostileFinding: fc.Arbitrary<Finding> = fc.record(
  {
    path: hostileText,
    code: fc.constantFrom(...codes),
    message: hostileText,
    level: fc.constantFrom("error" as const, "warning" as const, "notice" as const),
    subject,
    place,
    policy: hostileText,
    fix,
    waiver,
    fingerprint: fc.stringMatching(/^[0-9a-f]{32}$/),
  },
  { requiredKeys: ["path", "code", "message", "level", "place", "fingerprint"] },
);

const hostileWorkspace: fc.Arbitrary<CheckedWorkspace> = fc.record(
  {
    namespace: hostileText,
    name: hostileText,
    place,
    runs: fc.record({ preset: hostileText, release: hostileText, instanceType: hostileText }).map((texts) => ({
      ...running,
      ...texts,
    })),
  },
  { requiredKeys: ["namespace", "name", "place"] },
);

/** Reports in which every text is somebody else's. */
export const hostileReport: fc.Arbitrary<Report> = fc
  .tuple(
    fc.array(hostileFinding, { maxLength: 12 }),
    fc.array(hostileWorkspace, { maxLength: 4 }),
    fc.record({ id: hostileText, pricesAsOf: hostileText }),
  )
  .map(([findings, workspaces, catalogue]) => ({ ...report(findings, workspaces), catalogue }));

/** Characters that steer a terminal or turn text; a line feed ends a line. */
export const steering = /(?!\n)[\p{Cc}\p{Zl}\p{Zp}]|[\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
