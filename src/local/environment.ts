/** Variables a Go tool chain or a network client needs; everything else of the caller's environment stays out. */
const PASSED_ON = [
  "PATH",
  "LANG",
  "TZ",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
  "http_proxy",
  "https_proxy",
  "no_proxy",
];

/**
 * The environment of everything started here. KUBECONFIG usually points at production and HOME holds ~/.kube and ~/.kwok,
 * so neither is inherited: HOME becomes `home`, a folder of the run's own.
 */
export function scrubbedEnvironment(home: string, source: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const environment: Record<string, string> = { HOME: home, TMPDIR: home };
  for (const name of PASSED_ON) {
    const value = source[name];
    if (value !== undefined) environment[name] = value;
  }
  // The API server is on loopback; a proxy from the environment must not see these calls.
  const direct = environment.NO_PROXY ?? environment.no_proxy;
  environment.NO_PROXY = direct === undefined ? "127.0.0.1,localhost" : `${direct},127.0.0.1,localhost`;
  environment.no_proxy = environment.NO_PROXY;
  return environment;
}
