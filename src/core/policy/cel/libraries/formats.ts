import { fn, method, type Overload } from "../overload.ts";
import { parseTimestamp } from "../time-text.ts";
import { parseUrl } from "../url-text.ts";
import { type Format, none, some } from "../value.ts";

const LABEL = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;
const LABEL_TEXT =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;
const SUBDOMAIN_TEXT =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL_1035 = /^[a-z](?:[-a-z0-9]*[a-z0-9])?$/;
const LABEL_1035_TEXT =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const LABEL_VALUE = /^(?:(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const LABEL_VALUE_TEXT =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function named(name: string, pattern: RegExp, most: number, description: string): Format {
  const tooLong = (text: string) => (text.length > most ? [`must be no more than ${most} bytes`] : []);
  const validate = (text: string): readonly string[] => [
    ...tooLong(text),
    ...(pattern.test(text) ? [] : [description]),
  ];
  return { kind: "kubernetes.NamedFormat", name, validate };
}

function simple(name: string, holds: (text: string) => boolean, description: string): Format {
  return { kind: "kubernetes.NamedFormat", name, validate: (text) => (holds(text) ? [] : [description]) };
}

/** The formats whose messages are known here; the rest of Kubernetes' list is a call of no known function: not judged. */
const FORMATS: { readonly [name: string]: Format } = {
  dns1123Label: named("DNS1123Label", LABEL, 63, LABEL_TEXT),
  dns1123Subdomain: named("DNS1123Subdomain", SUBDOMAIN, 253, SUBDOMAIN_TEXT),
  dns1035Label: named("DNS1035Label", LABEL_1035, 63, LABEL_1035_TEXT),
  labelValue: named("LabelValue", LABEL_VALUE, 63, LABEL_VALUE_TEXT),
  uri: simple("URI", (text) => parseUrl(text) !== undefined, "is no URI"),
  uuid: simple("uuid", (text) => UUID.test(text), "does not match the UUID format"),
  byte: simple("byte", (text) => text !== "" && BASE64.test(text), "invalid base64"),
  date: simple("date", (text) => parseTimestamp(`${text}T00:00:00Z`) !== undefined, "invalid date"),
};

/** Kubernetes' format library. */
export const formats: readonly Overload[] = [
  ...Object.entries(FORMATS).map(([name, format]) => fn(`format.${name}`, [], () => format)),
  fn("format.named", ["string"], ([name]) => {
    const format = Object.hasOwn(FORMATS, name) ? FORMATS[name] : undefined;
    return format === undefined ? none : some(format);
  }),
  method("validate", ["kubernetes.NamedFormat", "string"], ([format, text]) => {
    const problems = format.validate(text);
    return problems.length === 0 ? none : some(problems);
  }),
];
