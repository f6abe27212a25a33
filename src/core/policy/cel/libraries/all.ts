import { type Functions, indexed } from "../overload.ts";
import { conversions } from "./conversions.ts";
import { elsewhere } from "./elsewhere.ts";
import { formats } from "./formats.ts";
import { lists } from "./lists.ts";
import { networks } from "./networks.ts";
import { optionals } from "./optionals.ts";
import { quantities } from "./quantities.ts";
import { sets } from "./sets.ts";
import { strings } from "./strings.ts";
import { times } from "./times.ts";
import { urls } from "./urls.ts";
import { versions } from "./versions.ts";

/**
 * The functions of Kubernetes 1.36 for expressions that are created (apiserver, pkg/cel/environment/base.go); those that
 * need somebody to ask, as the authorizer does, are known by name only.
 */
export const functions: Functions = indexed([
  ...conversions,
  ...strings,
  ...lists,
  ...sets,
  ...optionals,
  ...quantities,
  ...networks,
  ...versions,
  ...urls,
  ...formats,
  ...times,
  ...elsewhere,
]);
