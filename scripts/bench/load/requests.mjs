import { nameOf, project } from "../operation.mjs"

const head = "Host: 127.0.0.1\r\nAuthorization: Bearer the-token-of-the-bench\r\n"

const get = (path) => `GET ${path} HTTP/1.1\r\n${head}\r\n`

const post = (path, body = "{}") =>
  `POST ${path} HTTP/1.1\r\n${head}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`

/** A walk over numbers that visits them all, in no order that a cache could like. */
const scattered = (index, of) => (index * 7919) % of

const collection = `/v1/projects/${project}/operations`

/** What is asked, by the number of the request. */
const kinds = {
  get: ({ stored }) => {
    const requests = Array.from({ length: Math.min(stored, 10_000) }, (_, i) =>
      get(`/v1/${nameOf(scattered(i, stored))}`)
    )
    return (index) => requests[index % requests.length]
  },
  one: ({ name }) => {
    const request = get(`/v1/${name}`)
    return () => request
  },
  list: ({ query }) => {
    const request = get(`${collection}?${query}`)
    return () => request
  },
  cancel:
    ({ names }) =>
    (index) =>
      post(`/v1/${names[index % names.length]}:cancel`),
  wait:
    ({ names }) =>
    (index) =>
      post(`/v1/${names[index % names.length]}:wait`),
  start: () => {
    const request = post(`/v1/projects/${project}/jobs:run`)
    return () => request
  }
}

export const requestsOf = (kind, parameters) => kinds[kind](parameters)
