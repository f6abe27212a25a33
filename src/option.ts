/** One option of a long-running command. Its flag, environment variable and key in the file all come from its name. */
export type Option = TextOption | IntegerOption | NumberOption | SwitchOption | ChoiceOption | ListOption;

interface Described {
  /** Half a sentence for `--help`. */
  readonly help: string;
}
export interface TextOption extends Described {
  readonly kind: "text";
  readonly default?: string;
}
export interface IntegerOption extends Described {
  readonly kind: "integer";
  readonly default?: number;
  readonly min?: number;
  readonly max?: number;
}
export interface NumberOption extends Described {
  readonly kind: "number";
  readonly default?: number;
  readonly min?: number;
  readonly max?: number;
}
/** `--name`, `--name=false` or `--no-name`. */
export interface SwitchOption extends Described {
  readonly kind: "switch";
  readonly default: boolean;
}
export interface ChoiceOption extends Described {
  readonly kind: "choice";
  readonly choices: readonly string[];
  readonly default: string;
}
/** Repeatable as a flag, comma-separated in the environment, a sequence in the file. */
export interface ListOption extends Described {
  readonly kind: "list";
}

export type Options = { readonly [name: string]: Option };

type ValueOf<O extends Option> = O extends ListOption
  ? readonly string[]
  : O extends SwitchOption
    ? boolean
    : O extends ChoiceOption
      ? O["choices"][number]
      : O extends { kind: "text" }
        ? string | (O extends { default: string } ? never : undefined)
        : number | (O extends { default: number } ? never : undefined);

export type Values<T extends Options> = { readonly [K in keyof T]: ValueOf<T[K]> };

/** `drainSeconds` → `drain-seconds`. */
export function flagName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** What the user gave for an option, not yet read: text from a flag or variable, anything from the file. */
export interface Given {
  readonly value: unknown;
  /** Where it was given, for messages: `--port`, `FORESAIL_PORT`, `foresail.yaml: port`. */
  readonly where: string;
}

/** What the user gave cannot be used. The message says what and where. */
export class UsageError extends Error {}

export function defaultOf(option: Option): unknown {
  return option.kind === "list" ? [] : option.default;
}

/** Throws UsageError when the value is not one the option allows. */
export function readValue(option: Option, given: Given): unknown {
  const { value } = given;
  switch (option.kind) {
    case "text":
      return typeof value === "string" && value !== "" ? value : fail(given, "a text that is not empty");
    case "choice":
      return option.choices.find((choice) => choice === value) ?? fail(given, option.choices.join(" or "));
    case "switch":
      return readSwitch(given);
    case "list":
      return readList(given);
    case "integer":
    case "number":
      return readNumber(option, given);
  }
}

function readSwitch(given: Given): boolean {
  const text = String(given.value);
  return text === "true" || (text === "false" ? false : fail(given, "true or false"));
}

function readList(given: Given): readonly string[] {
  const { value } = given;
  const items = typeof value === "string" ? value.split(",") : value;
  if (Array.isArray(items) && items.every((item) => typeof item === "string" && item !== "")) return items;
  return fail(given, "a list of texts that are not empty");
}

function readNumber(option: IntegerOption | NumberOption, given: Given): number {
  // Number("") and Number(" ") are 0.
  const number = /\d/.test(String(given.value)) ? Number(given.value) : Number.NaN;
  const { kind, min = 0, max } = option;
  const fits = kind === "integer" ? Number.isSafeInteger(number) : Number.isFinite(number);
  if (fits && number >= min && number <= (max ?? number)) return number;
  const what = kind === "integer" ? "a whole number" : "a number";
  return fail(given, max === undefined ? `${what} of at least ${min}` : `${what} from ${min} to ${max}`);
}

function fail(given: Given, allowed: string): never {
  throw new UsageError(`${given.where} is ${JSON.stringify(given.value)}: expected ${allowed}`);
}
