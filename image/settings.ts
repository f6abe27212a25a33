/**
 * How the processes of an image run, in words of the OCI image configuration. The Containerfile says the same; a test
 * compares the two.
 */
export const IMAGE_SETTINGS = {
  User: "65532:65532",
  WorkingDir: "/app",
  Entrypoint: ["/usr/local/bin/node", "/app/bin/foresail.js"],
  Env: ["PATH=/usr/local/bin", "NODE_ENV=production"],
} as const;

/** What the folders of an image are for, the lowest layer first: what changes seldom is pulled seldom. */
export const APPLICATION_LAYERS = ["node", "dependencies", "foresail"] as const;
