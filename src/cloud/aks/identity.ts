import type { Endpoint } from "./endpoint.ts";
import type { AksIdentity, AksOptions } from "./options.ts";

/** Who signs in, with all that is needed for it. */
export type Identity =
  | {
      readonly kind: "workload-identity";
      readonly tenantId: string;
      readonly clientId: string;
      readonly tokenFilePath: string;
    }
  | {
      readonly kind: "service-principal";
      readonly tenantId: string;
      readonly clientId: string;
      readonly secret: Secret;
    }
  | { readonly kind: "managed-identity"; readonly clientId?: string; readonly resourceId?: string };

type Secret = { readonly clientSecret: string } | { readonly certificatePath: string; readonly password?: string };

type Environment = { readonly [name: string]: string | undefined };

type Given = Pick<AksOptions, "identity" | "clientId" | "tenantId" | "identityResourceId">;

/**
 * The identity that was asked for or, with `auto`, the first that the environment provides: a token file is workload identity,
 * a secret or certificate a service principal, else the machine's own. A text says what is missing.
 */
export function identityOf(options: Given, environment: Environment): Identity | string {
  const given = (name: string): string | undefined => environment[name] || undefined;
  const clientId = options.clientId ?? given("AZURE_CLIENT_ID");
  const tenantId = options.tenantId ?? given("AZURE_TENANT_ID");
  const tokenFilePath = given("AZURE_FEDERATED_TOKEN_FILE");
  const secret = secretOf(given);
  const stated = options.identity ?? "auto";
  switch (stated === "auto" ? provided(options, tokenFilePath, secret) : stated) {
    case "workload-identity":
      return workload(tenantId, clientId, tokenFilePath);
    case "service-principal":
      return principal(tenantId, clientId, secret);
    case "managed-identity":
      return managed(options, clientId);
    default:
      return `identity ${options.identity}: expected auto, workload-identity, service-principal or managed-identity`;
  }
}

function provided(options: Given, tokenFilePath: string | undefined, secret: Secret | undefined): AksIdentity {
  if (options.identityResourceId !== undefined) return "managed-identity";
  if (tokenFilePath !== undefined) return "workload-identity";
  return secret === undefined ? "managed-identity" : "service-principal";
}

type Text = string | undefined;

function workload(tenantId: Text, clientId: Text, tokenFilePath: Text): Identity | string {
  if (tenantId !== undefined && clientId !== undefined && tokenFilePath !== undefined) {
    return { kind: "workload-identity", tenantId, clientId, tokenFilePath };
  }
  return missing("workload identity", {
    "a client id (AZURE_CLIENT_ID)": clientId,
    "a tenant id (AZURE_TENANT_ID)": tenantId,
    "a token (AZURE_FEDERATED_TOKEN_FILE: does the pod carry the label azure.workload.identity/use?)": tokenFilePath,
  });
}

function principal(tenantId: Text, clientId: Text, secret: Secret | undefined): Identity | string {
  if (tenantId !== undefined && clientId !== undefined && secret !== undefined) {
    return { kind: "service-principal", tenantId, clientId, secret };
  }
  return missing("service principal", {
    "a client id (AZURE_CLIENT_ID)": clientId,
    "a tenant id (AZURE_TENANT_ID)": tenantId,
    "a secret (AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH)": secret,
  });
}

function managed(options: Given, clientId: Text): Identity | string {
  const resourceId = options.identityResourceId;
  if (resourceId === undefined) return { kind: "managed-identity", ...(clientId !== undefined && { clientId }) };
  if (options.clientId === undefined) return { kind: "managed-identity", resourceId };
  return "managed identity: a client id and a resource id name two identities: give one of them";
}

function secretOf(given: (name: string) => string | undefined): Secret | undefined {
  const clientSecret = given("AZURE_CLIENT_SECRET");
  if (clientSecret !== undefined) return { clientSecret };
  const certificatePath = given("AZURE_CLIENT_CERTIFICATE_PATH");
  const password = given("AZURE_CLIENT_CERTIFICATE_PASSWORD");
  return certificatePath === undefined ? undefined : { certificatePath, ...(password !== undefined && { password }) };
}

function missing(kind: string, parts: { readonly [what: string]: unknown }): string {
  const absent = Object.keys(parts).filter((what) => parts[what] === undefined);
  return `${kind}: ${absent.join(", and ")} is missing`;
}

/** The SDK's credential; nothing is sent before a token is needed. Node reads proxies of HTTPS_PROXY for it by itself. */
export async function credentialOf(identity: Identity, { authorityHost, customAuthority }: Endpoint) {
  const sdk = await import("@azure/identity");
  // Whoever waits for the token has a queue that waits better.
  const authority = { authorityHost, disableInstanceDiscovery: customAuthority, retryOptions: { maxRetries: 1 } };
  switch (identity.kind) {
    case "workload-identity": {
      const { tenantId, clientId, tokenFilePath } = identity;
      return new sdk.WorkloadIdentityCredential({ ...authority, tenantId, clientId, tokenFilePath });
    }
    case "service-principal": {
      const { tenantId, clientId, secret } = identity;
      if ("clientSecret" in secret) {
        return new sdk.ClientSecretCredential(tenantId, clientId, secret.clientSecret, authority);
      }
      const { certificatePath, password } = secret;
      const certificate = { certificatePath, ...(password !== undefined && { certificatePassword: password }) };
      return new sdk.ClientCertificateCredential(tenantId, clientId, certificate, authority);
    }
    case "managed-identity": {
      const { clientId, resourceId } = identity;
      if (resourceId !== undefined) return new sdk.ManagedIdentityCredential({ resourceId });
      return new sdk.ManagedIdentityCredential(clientId === undefined ? {} : { clientId });
    }
  }
}
