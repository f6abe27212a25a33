import { packageRoot } from "../src/package-root.ts";
import { stageApplication } from "./application.ts";

// Usage: node image/stage.ts FOLDER   lays out what the Containerfile copies
const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("usage: node image/stage.ts FOLDER");
stageApplication(packageRoot(), folder);
