import type { TransportError, Unauthorized } from "@effect-lro/core/OperationsError"
import type { HttpClientError } from "@effect/platform/HttpClientError"
import type { HttpClientResponse } from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { TypeId } from "../LimitedClient.js"
import { type Asked, fromClient, transportError } from "./failure.js"

/** Reads a body of at most so many bytes as UTF-8. */
export const read = (
  response: HttpClientResponse,
  asked: Asked,
  maxBytes: number
): Effect.Effect<string, TransportError | Unauthorized> => readWith(response, asked, maxBytes, Effect.succeed)

/** The same for who knows what to do with it. */
export const readWith = <A, E>(
  response: HttpClientResponse,
  asked: Asked,
  maxBytes: number,
  use: (body: string) => Effect.Effect<A, E>
): Effect.Effect<A, E | TransportError | Unauthorized> =>
  Effect.matchEffect(
    // The length that a server tells is that of the compressed body, which says nothing of what comes out of it.
    isComplete(response) || isShort(response, maxBytes) ? response.text : readCounting(response, asked, maxBytes),
    {
      onSuccess: use,
      onFailure: (error): Effect.Effect<A, E | TransportError | Unauthorized> =>
        error._tag === "ResponseError" && error.reason === "EmptyBody"
          ? use("")
          : Effect.fail(error._tag === "TransportError" ? error : fromClient(asked, error))
    }
  )

const isComplete = (response: HttpClientResponse): boolean => TypeId in response

const isShort = (response: HttpClientResponse, maxBytes: number): boolean => {
  const { "content-encoding": encoding, "content-length": length } = response.headers
  return length !== undefined && (encoding === undefined || encoding === "identity") && Number(length) <= maxBytes
}

const readCounting = (
  response: HttpClientResponse,
  asked: Asked,
  maxBytes: number
): Effect.Effect<string, HttpClientError | TransportError> =>
  Effect.suspend(() => {
    const decoder = new TextDecoder()
    let size = 0
    let text = ""
    return Effect.map(
      Stream.runForEachChunk(response.stream, (chunk) => {
        for (const bytes of chunk) {
          size += bytes.byteLength
          if (size > maxBytes) {
            return Effect.fail(
              transportError(asked, "TooLarge", `the answer is larger than ${maxBytes} bytes and was not read`)
            )
          }
          text += decoder.decode(bytes, { stream: true })
        }
        return Effect.void
      }),
      () => text + decoder.decode()
    )
  })
