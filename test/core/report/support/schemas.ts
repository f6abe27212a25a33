import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { validateXML } from "xmllint-wasm";
import type { JsonObject } from "../../../../src/core/json.ts";
import { packageRoot } from "../../../../src/package-root.ts";
import { codeQualitySchema } from "../../../support/schemas/gitlab.ts";

const directory = join(packageRoot(), "test/support/schemas");
const ajv = new Ajv({
  strict: false,
  // The pattern of languages has a bracket too many, which only the older reading of patterns takes.
  unicodeRegExp: false,
  formats: {
    uri: (text: string) => URL.canParse(text),
    "uri-reference": (text: string) => /^[\w.~!$&'()*+,;=:@/?#%-]*$/.test(text) && URL.canParse(text, "file:///root/"),
    "date-time": (text: string) => !Number.isNaN(Date.parse(text)),
  },
});
const junitSchema = readFileSync(join(directory, "junit-10.xsd"), "utf8");

// The schema is of draft 4; but for these two members it says the same in draft 7.
const {
  $schema: _,
  id: __,
  ...sarif
} = JSON.parse(readFileSync(join(directory, "sarif-2.1.0.schema.json"), "utf8")) as JsonObject;
const validateSarif = ajv.compile(sarif);
const validateCodeQuality = ajv.compile(codeQualitySchema);

/** What is wrong with a SARIF log; none when nothing is. */
export function sarifFaults(text: string): readonly string[] {
  return validateSarif(JSON.parse(text)) ? [] : (validateSarif.errors ?? []).map((one) => JSON.stringify(one));
}

export function codeQualityFaults(text: string): readonly string[] {
  const valid = validateCodeQuality(JSON.parse(text));
  return valid ? [] : (validateCodeQuality.errors ?? []).map((one) => JSON.stringify(one));
}

/** What is wrong with JUnit reports, as XML and by their schema. A start of the validator takes a while: ask of many at once. */
export async function junitFaults(texts: readonly string[]): Promise<readonly string[]> {
  const xml = texts.map((contents, i) => ({ fileName: `report-${i}.xml`, contents }));
  const { valid, errors } = await validateXML({ xml, schema: junitSchema });
  return valid ? [] : errors.map(({ rawMessage }) => rawMessage);
}
