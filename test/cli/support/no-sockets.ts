import dgram from "node:dgram";
import dns from "node:dns";
import { syncBuiltinESMExports } from "node:module";
import net from "node:net";

/**
 * Preloaded with `--import`: whatever asks for the network ends the process with 1 and a line on standard error, also where
 * the error would be caught. All of Node's clients come down to these.
 */
function refused(): never {
  process.stderr.write("asked for the network\n");
  process.exit(1);
}

net.Socket.prototype.connect = refused;
net.Server.prototype.listen = refused;
dgram.createSocket = refused;
for (const module of [dns, dns.promises]) {
  for (const name of Object.keys(module))
    if (/^(lookup|resolve|reverse)/.test(name)) Reflect.set(module, name, refused);
}
syncBuiltinESMExports();
