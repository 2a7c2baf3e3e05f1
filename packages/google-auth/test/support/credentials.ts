import { generateKeyPairSync } from "node:crypto"

const pair = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" }
})

export const { privateKey, publicKey } = pair

export const serviceAccount = (tokenUri: string) => ({
  type: "service_account",
  project_id: "demo",
  private_key_id: "key-1",
  private_key: privateKey,
  client_email: "robot@demo.iam.gserviceaccount.com",
  client_id: "1",
  token_uri: tokenUri
})

export const authorizedUser = (tokenUri: string) => ({
  type: "authorized_user",
  client_id: "client-1",
  client_secret: "canary-client-secret",
  refresh_token: "canary-refresh-token",
  token_uri: tokenUri
})

export const earthEngine = (tokenUri: string) => ({
  client_id: "client-2",
  client_secret: "canary-client-secret",
  refresh_token: "canary-refresh-token",
  scopes: ["https://www.googleapis.com/auth/earthengine"],
  project: "ee-project",
  token_uri: tokenUri
})

export const externalAccount = (origin: string, source: object) => ({
  type: "external_account",
  audience: "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q",
  subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
  token_url: `${origin}/sts`,
  credential_source: source
})
