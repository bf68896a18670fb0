/** How tiles of our server are asked for: with the pass that the page holds, never in an address. */
import { type RequestErrorEvent, Resource } from "cesium";
import type { Client } from "../client.ts";

/** `url`: a path of our server, or a full address of another one, which gets no pass of ours. */
export function tilesAt(client: Client, url: string): string | Resource {
  if (/^[a-z]+:/.test(url)) return url;
  const address = `${client.base}${url}`;
  if (!client.token) return address;
  return new Resource({
    url: address,
    headers: client.pass(),
    retryAttempts: 1,
    // children inherit the pass of their tileset; when it ran out they take the newest one
    retryCallback: (resource?: Resource, error?: RequestErrorEvent) => {
      const newest = client.pass()["authorization"];
      const known = resource?.headers?.["authorization"];
      if (error?.statusCode !== 401 || !resource || !newest) return Promise.resolve(false);
      if (known === newest) {
        client.tellSignedOut();
        return Promise.resolve(false);
      }
      resource.headers = { ...resource.headers, authorization: newest };
      return Promise.resolve(true);
    },
  });
}
