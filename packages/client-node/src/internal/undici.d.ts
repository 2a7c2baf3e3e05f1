// Undici's entry point loads all of it, fetch and WebSocket included: four times the start-up time of what is needed here.
declare module "undici/lib/dispatcher/client.js" {
  import { Client } from "undici"
  export default Client
}

declare module "undici/lib/core/connect.js" {
  import { buildConnector } from "undici"
  export default buildConnector
}
